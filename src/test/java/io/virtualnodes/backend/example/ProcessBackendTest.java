package io.virtualnodes.backend.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is this backend's own. */
class ProcessBackendTest {
  @TempDir private Path root;
  private ProcessSubject subject;

  @BeforeEach
  void openSubject() {
    subject = new ProcessSubject(root, "own");
  }

  @AfterEach
  void closeSubject() {
    subject.close();
  }

  @Test
  void everythingThatCannotBeDoneIsRefusedAtOnceAndByItsPath() {
    var hook = new Action.Sleep(Duration.ofSeconds(1));
    var group =
        new GroupBuilder(subject.pool())
            .image("other:1", PullPolicy.ALWAYS)
            .workingDirectory("/srv")
            .resources(Resources.UNNAMED, new Resources(100, 0))
            .lastWords("/tmp/words", true)
            .care(
                new Care(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(hook),
                    Optional.empty()))
            .part(Part.INIT)
            .container("first", List.of("python3"), List.of("-c", "pass"))
            .volume(new Volume.Scratch("data", Volume.Medium.DISK, 0))
            .mount("data", "/data", false)
            .script("main", "exit 0")
            .build();

    var refusal = catchThrowableOfType(Unsupported.class, () -> subject.backend().create(group));

    assertThat(refusal.reasons())
        .extracting(reason -> reason.split(": ", 2)[0])
        .containsExactlyInAnyOrder(
            "spec.initContainers[first].command",
            "spec.initContainers[first].image",
            "spec.initContainers[first].workingDir",
            "spec.initContainers[first].resources.limits",
            "spec.initContainers[first].terminationMessagePath",
            "spec.initContainers[first].terminationMessagePolicy",
            "spec.initContainers[first].lifecycle.preStop",
            "spec.volumes[data]");
    assertThat(subject.copies(group.id())).isZero();
  }

  @Test
  void aContainerSeesItsOwnVariablesAndNoneOfTheOperators() throws IOException {
    var group =
        new GroupBuilder(subject.pool())
            .environment("PATH", "/usr/bin:/bin:/own")
            .environment("WORDS", "one two")
            .script("main", "env | grep -v ^PWD= | grep -v ^OLDPWD= | sort")
            .build();
    subject.backend().create(group);
    subject.await(group.id(), it -> it.progress() == Progress.FINISHED);

    try (var log =
        subject.backend().streams().logs(group.id(), "main", LogOptions.ALL).orElseThrow()) {
      assertThat(log).hasContent("HOSTNAME=host-of-pod\nPATH=/usr/bin:/bin:/own\nWORDS=one two\n");
    }
  }

  @Test
  void aContainerWhoseEndNobodyNotedHasNotSucceeded() throws IOException {
    var group = new GroupBuilder(subject.pool()).script("main", "sleep 3600").build();
    subject.backend().create(group);
    subject.await(group.id(), ProcessBackendTest::runs);
    long keeper =
        Long.parseLong(
            Files.readString(root.resolve("own/" + group.id() + "/main/0/keeper")).strip());

    assertThat(ProcessHandle.of(keeper).orElseThrow().destroyForcibly()).isTrue();

    var ended = subject.await(group.id(), it -> it.progress() == Progress.FINISHED);
    assertThat(ended.containers().getFirst().state())
        .isInstanceOfSatisfying(
            Exited.class,
            exit -> {
              assertThat(exit.code()).isEqualTo(137);
              assertThat(exit.reason()).isEqualTo("ContainerStatusUnknown");
            });
  }

  @Test
  void aLaunchThatWasCutOffIsCompletedByTheNextOperator() throws IOException {
    var group = new GroupBuilder(subject.pool()).script("main", "sleep 3600").build();
    subject.backend().close();
    var folder = root.resolve("own/" + group.id());
    new GroupFolder(folder).accept(KeptGroup.of(group, Instant.now()));
    Files.createDirectories(folder.resolve("main/0"));

    subject.restart();

    var running = subject.await(group.id(), ProcessBackendTest::runs);
    assertThat(running.containers().getFirst().restarts()).isZero();
    assertThat(subject.copies(group.id())).isEqualTo(1);
  }

  private static boolean runs(Observation group) {
    return group.containers().getFirst().state() instanceof Running;
  }
}
