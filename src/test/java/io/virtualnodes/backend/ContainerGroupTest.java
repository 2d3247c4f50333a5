package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerGroup.Mount;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerGroupTest {

  @Test
  void aGroupHasAContainer() {
    assertThatThrownBy(() -> group(List.of(), List.of()))
        .hasMessage("a group has at least one main container");
  }

  @Test
  void whatIsMountedIsThere() {
    var container = container(Map.of(), List.of(new Mount("data", "/data", false)));

    assertThatThrownBy(() -> group(List.of(container), List.of()))
        .hasMessage("container app mounts unknown volume data");
    var data = new Volume.Scratch("data", Volume.Medium.DISK, 0);
    assertThat(group(List.of(container), List.of(data)).volumes()).containsExactly(data);
  }

  @Test
  void aFileThatIsMountedIsThere() {
    var mount = new Mount("config", "/etc/app.conf", true, Optional.of("app.conf"));
    var container = container(Map.of(), List.of(mount));

    for (var volume :
        List.of(
            new Volume.Scratch("config", Volume.Medium.DISK, 0),
            new Volume.Files("config", List.of(new File("app", new byte[0], 0644))))) {
      assertThatThrownBy(() -> group(List.of(container), List.of(volume)))
          .hasMessage("container app mounts unknown volume config/app.conf");
    }
    var config = new Volume.Files("config", List.of(new File("app.conf", new byte[0], 0644)));
    assertThat(group(List.of(container), List.of(config)).volumes()).containsExactly(config);
  }

  @Test
  void theEnvironmentKeepsItsOrder() {
    var environment = new LinkedHashMap<String, EnvironmentValue>();
    for (var name : "z y x w v u t s r q p o n m l k".split(" ")) {
      environment.put(name, new EnvironmentValue.Plain(""));
    }

    var container = container(environment, List.of());
    environment.clear();

    assertThat(String.join(" ", container.environment().keySet()))
        .isEqualTo("z y x w v u t s r q p o n m l k");
  }

  @Test
  void aFileCannotBeChangedFromOutside() {
    var content = new byte[] {1, 2};
    var file = new File("f", content, 0644);

    content[0] = 9;
    file.content()[1] = 9;

    assertThat(file.content()).containsExactly(1, 2);
  }

  @Test
  void aSecretValueIsNotPrinted() {
    assertThat(new EnvironmentValue.Secret("swordfish")).asString().doesNotContain("swordfish");
  }

  @Test
  void resourcesAreNotNegative() {
    assertThatThrownBy(() -> new Resources(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Resources(0, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void mainContainersComeLastAndAreNotMissing() {
    var init = new GroupBuilder("burst").init("init", "true");
    assertThatThrownBy(init::build).hasMessage("a group has at least one main container");

    var late = new GroupBuilder("burst").script("main", "true").sidecar("late", "true");
    assertThatThrownBy(late::build)
        .hasMessage("init containers and sidecars come before the main ones");
  }

  /** As the scheduler counts: sidecars run along with all that follows, init containers alone. */
  @ParameterizedTest
  @CsvSource({
    "main 3 main 4, 7",
    "init 9 main 3 main 4, 9",
    "init 5 main 3 main 4, 7",
    "sidecar 2 main 3, 5",
    "sidecar 2 init 5 main 3, 7",
    "init 6 sidecar 2 main 3, 6",
    "sidecar 1 init 5 sidecar 2 init 4 main 3, 7",
    "sidecar 1 sidecar 2 main 0, 3",
  })
  void whatAGroupRequestsIsItsMost(String containers, long most) {
    var builder = new GroupBuilder("burst");
    var words = containers.split(" ");
    for (int i = 0; i < words.length; i += 2) {
      var name = words[i] + i;
      builder.resources(
          new Resources(Long.parseLong(words[i + 1]), 10 * Long.parseLong(words[i + 1])),
          Resources.UNNAMED);
      switch (words[i]) {
        case "init" -> builder.init(name, "true");
        case "sidecar" -> builder.sidecar(name, "true");
        default -> builder.script(name, "true");
      }
    }

    assertThat(builder.build().requests()).isEqualTo(new Resources(most, 10 * most));
  }

  @ParameterizedTest
  @CsvSource({
    "ALWAYS, MAIN, ALWAYS",
    "ALWAYS, INIT, ON_FAILURE",
    "ALWAYS, SIDECAR, ALWAYS",
    "ON_FAILURE, MAIN, ON_FAILURE",
    "ON_FAILURE, INIT, ON_FAILURE",
    "ON_FAILURE, SIDECAR, ALWAYS",
    "NEVER, MAIN, NEVER",
    "NEVER, INIT, NEVER",
    "NEVER, SIDECAR, ALWAYS",
  })
  void aPolicyMeansWhatThePartMakesOfIt(RestartPolicy ofGroup, Part part, RestartPolicy means) {
    assertThat(ofGroup.of(part)).isEqualTo(means);
  }

  private static ContainerGroup group(List<ContainerSpec> containers, List<Volume> volumes) {
    return new ContainerGroup(
        GroupId.first("uid"),
        new GroupOwner("burst", "burst-0", "shop", "web"),
        "web",
        containers,
        volumes,
        RestartPolicy.ALWAYS,
        Duration.ofSeconds(30),
        Optional.empty(),
        Surroundings.USUAL,
        ContainerGroup.Wishes.NONE,
        ContainerGroup.USUAL_SERVICE_ACCOUNT);
  }

  private static ContainerSpec container(
      Map<String, EnvironmentValue> environment, List<Mount> mounts) {
    return new ContainerSpec(
        "app",
        Part.MAIN,
        Optional.empty(),
        "web:1",
        PullPolicy.ALWAYS,
        List.of(),
        List.of(),
        Optional.empty(),
        environment,
        Resources.UNNAMED,
        Resources.UNNAMED,
        mounts,
        Terminal.NONE,
        LastWords.USUAL,
        Security.USUAL,
        Care.NONE);
  }
}
