package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Mount;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerGroupTest {

  @Test
  void aGroupHasAContainer() {
    assertThatThrownBy(() -> group(List.of(), List.of()))
        .hasMessage("a group has at least one container");
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

  private static ContainerGroup group(List<ContainerSpec> containers, List<Volume> volumes) {
    return new ContainerGroup(
        GroupId.first("uid"),
        new GroupOwner("burst", "burst-0", "shop", "web"),
        "web",
        containers,
        volumes,
        RestartPolicy.ALWAYS,
        Duration.ofSeconds(30));
  }

  private static ContainerSpec container(
      Map<String, EnvironmentValue> environment, List<Mount> mounts) {
    return new ContainerSpec(
        "app",
        "web:1",
        PullPolicy.ALWAYS,
        List.of(),
        List.of(),
        Optional.empty(),
        environment,
        Resources.UNNAMED,
        Resources.UNNAMED,
        mounts);
  }
}
