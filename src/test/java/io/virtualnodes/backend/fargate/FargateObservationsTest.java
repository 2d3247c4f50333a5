package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.fargate.FargateObservations.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.ecs.model.Attachment;
import software.amazon.awssdk.services.ecs.model.Container;
import software.amazon.awssdk.services.ecs.model.KeyValuePair;
import software.amazon.awssdk.services.ecs.model.Task;

class FargateObservationsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final FargateLaunch FIRST = FargateLaunch.first("pool-uid", Fargates.ID);
  private static final GroupOwner OWNER = new GroupOwner("burst", "node-0", "team-a", "pod-a");

  @Test
  void aTaskThatIsBeingMadeWaits() {
    var seen = observe(RestartPolicy.NEVER, task("PROVISIONING").build());

    assertThat(seen.progress()).isEqualTo(Progress.ALIVE);
    assertThat(state(seen, "main")).isEqualTo(new Waiting("ContainerCreating", ""));
    assertThat(seen.addresses()).isEmpty();
    assertThat(seen.createdAt()).isEqualTo(NOON);
  }

  @Test
  void aTaskThatRunsHasAnAddressAndItsStart() {
    var seen =
        observe(
            RestartPolicy.NEVER,
            task("RUNNING")
                .pullStoppedAt(NOON.plusSeconds(30))
                .startedAt(NOON.plusSeconds(40))
                .containers(container("main", "RUNNING").imageDigest("sha256:1").build())
                .attachments(
                    Attachment.builder()
                        .type("ElasticNetworkInterface")
                        .details(
                            KeyValuePair.builder()
                                .name("privateIPv4Address")
                                .value("10.0.0.7")
                                .build())
                        .build())
                .build());

    assertThat(state(seen, "main")).isEqualTo(new Running(NOON.plusSeconds(30)));
    assertThat(seen.addresses()).containsExactly("10.0.0.7");
    assertThat(seen.containers().getFirst().containerId()).isEqualTo("fargate://abc-main");
    assertThat(seen.containers().getFirst().imageId()).isEqualTo("sha256:1");
  }

  @ParameterizedTest
  @CsvSource({
    "0, , Completed",
    "3, , Error",
    "137, , Error",
    "137, OutOfMemoryError: Container killed due to memory usage, OOMKilled"
  })
  void aContainerEndsWithItsOwnCodeAndReason(int code, String said, String reason) {
    var seen =
        observe(
            RestartPolicy.NEVER,
            ended()
                .containers(container("main", "STOPPED").exitCode(code).reason(said).build())
                .build());

    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
    assertThat(exit(seen, "main").code()).isEqualTo(code);
    assertThat(exit(seen, "main").reason()).isEqualTo(reason);
    assertThat(seen.finishedAt()).contains(NOON.plusSeconds(100));
  }

  @Test
  void anEndWithoutACodeIsNeverASuccess() {
    var running = task("RUNNING").containers(container("main", "RUNNING").build()).build();
    var lost = ended().containers(container("main", "STOPPED").build()).build();
    var before = read(RestartPolicy.NEVER, running, Optional.empty(), NOON);

    var reading = read(RestartPolicy.NEVER, lost, Optional.of(before), NOON.plusSeconds(200));

    assertThat(reading.states().get("main"))
        .isInstanceOfSatisfying(
            Exited.class,
            exited -> {
              assertThat(exited.code()).isEqualTo(137);
              assertThat(exited.reason()).isEqualTo("ContainerStatusUnknown");
            });
  }

  @Test
  void whatAwsTookAwayIsToldInItsWords() {
    var seen =
        observe(
            RestartPolicy.NEVER,
            ended()
                .stopCode("SpotInterruption")
                .stoppedReason("Your Spot Task was interrupted.")
                .containers(container("main", "STOPPED").exitCode(143).build())
                .build());

    assertThat(exit(seen, "main").message())
        .isEqualTo("SpotInterruption: Your Spot Task was interrupted.");
  }

  @Test
  void aStopCodeThatIsNewIsToldToo() {
    var seen =
        observe(
            RestartPolicy.NEVER,
            ended()
                .stopCode("SolarFlare")
                .stoppedReason("The sun.")
                .containers(container("main", "STOPPED").exitCode(143).build())
                .build());

    assertThat(exit(seen, "main").message()).isEqualTo("SolarFlare: The sun.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CannotPullContainerError: pull image manifest has been retried 5 time(s)|ErrImagePull",
        "ResourceInitializationError: unable to pull secrets or registry"
            + " auth|CreateContainerConfigError",
        "ResourceInitializationError: failed to validate logger args|FailedCreatePodSandBox",
        "ResourceInitializationError: failed to invoke EFS utils commands|FailedMount",
        "CannotStartContainerError: exec format error|RunContainerError",
        "Timeout waiting for network interface provisioning to complete.|ContainerCreating"
      })
  void aTaskThatFailedToStartIsTriedAgainAndSaysWhy(String said, String reason) {
    var task = ended().stopCode("TaskFailedToStart").stoppedReason(said).build();

    var seen = observe(RestartPolicy.NEVER, task);

    assertThat(seen.progress()).isEqualTo(Progress.ALIVE);
    assertThat(state(seen, "main")).isEqualTo(new Waiting(reason, said));
    assertThat(at(RestartPolicy.NEVER, task, FIRST, NOON.plusSeconds(101)).next())
        .isEqualTo(
            new Step.Launch(FIRST.triedAgain(Duration.ofSeconds(10), NOON), NOON.plusSeconds(110)));
  }

  @Test
  void anImageThatIsMissingIsWaitedForAfterAWhile() {
    var task =
        ended().stopCode("TaskFailedToStart").stoppedReason("CannotPullContainerError: no").build();

    assertThat(state(observe(RestartPolicy.NEVER, task, NOON.plusSeconds(105)), "main"))
        .isEqualTo(new Waiting("ImagePullBackOff", "CannotPullContainerError: no"));
  }

  @Test
  void aContainerThatFailedIsStartedAgainByAnotherTask() {
    var first = ended().containers(container("main", "STOPPED").exitCode(3).build()).build();

    // The first restart comes at once.
    var observations = at(RestartPolicy.ON_FAILURE, first, FIRST, NOON.plusSeconds(101));
    assertThat(observations.observe().progress()).isEqualTo(Progress.ALIVE);
    var again = (Step.Launch) observations.next();
    assertThat(again.when()).isEqualTo(NOON.plusSeconds(100));
    assertThat(again.next()).isEqualTo(FIRST.startedAgain(Duration.ofSeconds(10), NOON));

    // The second one waits.
    var second = at(RestartPolicy.ON_FAILURE, first, again.next(), NOON.plusSeconds(101));
    assertThat(((Step.Launch) second.next()).when()).isEqualTo(NOON.plusSeconds(110));
    var waiting = second.observe().containers().getFirst();
    assertThat(waiting.state()).isInstanceOf(Waiting.class);
    assertThat(((Waiting) waiting.state()).reason()).isEqualTo("CrashLoopBackOff");
    assertThat(waiting.restarts()).isEqualTo(1);
    assertThat(waiting.previous()).map(Exited::code).contains(3);
    assertThat(waiting.previousId()).isEqualTo("fargate://abc-main");
  }

  @Test
  void aGroupThatWasStoppedIsNotStartedAgain() {
    var stopped =
        ended()
            .stopCode("UserInitiated")
            .stoppedReason(StopReason.STOPPED.words())
            .containers(container("main", "STOPPED").exitCode(143).build())
            .build();

    var observations = at(RestartPolicy.ALWAYS, stopped, FIRST, NOON.plusSeconds(200));

    assertThat(observations.observe().progress()).isEqualTo(Progress.FINISHED);
    assertThat(observations.next()).isEqualTo(new Step.Rest());
  }

  @Test
  void whatSomebodyElseStoppedIsStartedAgain() {
    var stopped =
        ended()
            .stopCode("UserInitiated")
            .stoppedReason("Stopped in the console")
            .containers(container("main", "STOPPED").exitCode(143).build())
            .build();

    assertThat(at(RestartPolicy.ALWAYS, stopped, FIRST, NOON.plusSeconds(200)).next())
        .isInstanceOf(Step.Launch.class);
  }

  @Test
  void anInitContainerThatFailedEndsItsGroupAndItsTask() {
    var task =
        task("PENDING")
            .containers(
                container("first", "STOPPED").exitCode(3).build(),
                container("main", "PENDING").build())
            .build();
    var shape = shape(RestartPolicy.NEVER, "first", "main");
    var reading = TaskReading.of(task, shape, Optional.empty(), NOON.plusSeconds(60));
    var observations =
        new FargateObservations(
            FIRST, OWNER, task, shape, reading, false, Map.of(), NOON.plusSeconds(60));

    assertThat(observations.observe().progress()).isEqualTo(Progress.FINISHED);
    assertThat(observations.next()).isEqualTo(new Step.Stop(StopReason.OVER));
    assertThat(state(observations.observe(), "main"))
        .isEqualTo(new Waiting("ContainerCreating", ""));
  }

  @Test
  void whatWaitedForAFailedContainerNeverRan() {
    var task =
        ended()
            .containers(
                container("first", "STOPPED").exitCode(3).build(),
                container("main", "STOPPED")
                    .exitCode(143)
                    .reason(
                        "CannotStartContainerError: dependency graph: failed to resolve dependency")
                    .build())
            .build();
    var reading =
        TaskReading.of(task, shape(RestartPolicy.NEVER, "first", "main"), Optional.empty(), NOON);

    assertThat(reading.states().get("main")).isInstanceOf(Waiting.class);
    assertThat(reading.failedToStart()).isEmpty();
  }

  @Test
  void ofSeveralContainersTheTaskIsStoppedOnceAllHaveEnded() {
    var shape = shape(RestartPolicy.NEVER, "", "main", "more");
    var one =
        task("RUNNING")
            .containers(
                container("main", "STOPPED").exitCode(0).build(),
                container("more", "RUNNING").build())
            .build();
    var reading = TaskReading.of(one, shape, Optional.empty(), NOON.plusSeconds(50));
    var first =
        new FargateObservations(
            FIRST, OWNER, one, shape, reading, false, Map.of(), NOON.plusSeconds(50));
    assertThat(first.next()).isEqualTo(new Step.Rest());
    assertThat(first.observe().progress()).isEqualTo(Progress.ALIVE);

    var all =
        one.toBuilder()
            .containers(
                container("main", "STOPPED").exitCode(0).build(),
                container("more", "STOPPED").exitCode(4).build())
            .build();
    var later = TaskReading.of(all, shape, Optional.of(reading), NOON.plusSeconds(60));
    var over =
        new FargateObservations(
            FIRST, OWNER, all, shape, later, false, Map.of(), NOON.plusSeconds(60));

    assertThat(over.next()).isEqualTo(new Step.Stop(StopReason.OVER));
    assertThat(over.observe().progress()).isEqualTo(Progress.FINISHED);
    // The first end stays as it was seen.
    assertThat(exit(over.observe(), "main").at()).isEqualTo(NOON.plusSeconds(50));
    assertThat(over.observe().finishedAt()).contains(NOON.plusSeconds(60));
  }

  // ---- Words

  private static Task.Builder task(String status) {
    return Task.builder()
        .taskArn("arn:aws:ecs:us-east-1:123456789012:task/burst/abc")
        .createdAt(NOON)
        .desiredStatus("RUNNING")
        .lastStatus(status);
  }

  private static Task.Builder ended() {
    return task("STOPPED")
        .desiredStatus("STOPPED")
        .startedAt(NOON.plusSeconds(40))
        .executionStoppedAt(NOON.plusSeconds(100))
        .stoppedAt(NOON.plusSeconds(120));
  }

  private static Container.Builder container(String name, String status) {
    return Container.builder().name(name).image("app:1").lastStatus(status);
  }

  private static TaskShape shape(RestartPolicy policy, String init, String... main) {
    var containers = new java.util.ArrayList<TaskShape.Shaped>();
    if (!init.isEmpty()) {
      containers.add(new TaskShape.Shaped(init, Part.INIT, Care.NONE));
    }
    List.of(main).forEach(name -> containers.add(new TaskShape.Shaped(name, Part.MAIN, Care.NONE)));
    return new TaskShape(containers, policy, List.of());
  }

  private static TaskReading read(
      RestartPolicy policy, Task task, Optional<TaskReading> before, Instant now) {
    return TaskReading.of(task, shape(policy, "", "main"), before, now);
  }

  private static FargateObservations at(
      RestartPolicy policy, Task task, FargateLaunch launch, Instant now) {
    return new FargateObservations(
        launch,
        OWNER,
        task,
        shape(policy, "", "main"),
        read(policy, task, Optional.empty(), now),
        false,
        Map.of(),
        now);
  }

  private static Observation observe(RestartPolicy policy, Task task) {
    return observe(policy, task, NOON.plusSeconds(101));
  }

  private static Observation observe(RestartPolicy policy, Task task, Instant now) {
    return at(policy, task, FIRST, now).observe();
  }

  private static ContainerState state(Observation seen, String container) {
    return seen.containers().stream()
        .filter(one -> one.name().equals(container))
        .findFirst()
        .orElseThrow()
        .state();
  }

  private static Exited exit(Observation seen, String container) {
    return (Exited) state(seen, container);
  }
}
