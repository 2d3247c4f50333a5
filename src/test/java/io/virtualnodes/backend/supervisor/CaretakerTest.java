package io.virtualnodes.backend.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Health.Readiness;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.backend.ProbeTally.Result;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With periods of a twentieth of a second, so that nobody has to wait for minutes. */
@Timeout(30)
class CaretakerTest {
  private static final Duration PERIOD = Duration.ofMillis(50);
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final Instance INSTANCE = new Instance(GroupId.first("some-uid"), "main", 0);

  private final FakeTending runtime = new FakeTending();
  private final List<Incident> incidents = new CopyOnWriteArrayList<>();
  private final Caretaker caretaker = new Caretaker(runtime, InstantSource.system());

  @BeforeEach
  void begin() {
    caretaker.onIncident(incidents::add);
    // What comes after the first look is new.
    caretaker.seen(List.of());
  }

  @AfterEach
  void close() {
    caretaker.close();
  }

  private static Optional<Probe> probe(String command, Optional<Duration> grace) {
    return Optional.of(
        new Probe(exec(command), Duration.ZERO, PERIOD, Duration.ofSeconds(5), 1, 3, grace));
  }

  private static Optional<Probe> probe(String command) {
    return probe(command, Optional.empty());
  }

  private static Action exec(String command) {
    return new Action.Exec(List.of(command));
  }

  private static Care probes(
      Optional<Probe> startup, Optional<Probe> liveness, Optional<Probe> readiness) {
    return new Care(
        startup, liveness, readiness, Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static Care hooks(Optional<Action> postStart, Optional<Action> preStop) {
    return new Care(
        Optional.empty(), Optional.empty(), Optional.empty(), postStart, preStop, Optional.empty());
  }

  private static TendedContainer container(
      Care care, RestartPolicy policy, Milestone... milestones) {
    return new TendedContainer(
        INSTANCE,
        new GroupOwner("burst", "node-0", "team-a", "pod-a"),
        "id",
        Instant.now(),
        care,
        Optional.empty(),
        policy,
        GRACE,
        false,
        Set.of(milestones));
  }

  private static TendedContainer container(Care care) {
    return container(care, RestartPolicy.ALWAYS);
  }

  private Health health(TendedContainer tended) {
    return caretaker.standing(tended).health().orElseThrow();
  }

  private void awaitAsked(String what, int times) {
    await().until(() -> runtime.times(what) >= times);
  }

  @Test
  void aContainerIsReadyOnceItsProbePassesAndNoLongerOnceItFails() {
    runtime.codes.put("ready?", 1);
    var tended = container(probes(Optional.empty(), Optional.empty(), probe("ready?")));
    caretaker.seen(List.of(tended));
    awaitAsked("ready?", 1);
    assertThat(health(tended)).isEqualTo(new Health(true, Readiness.NO));

    runtime.codes.put("ready?", 0);
    await().until(() -> health(tended).ready() == Readiness.YES);
    runtime.codes.put("ready?", 1);
    await().until(() -> health(tended).ready() == Readiness.NO);

    assertThat(runtime.graces).isEmpty();
    assertThat(incidents)
        .extracting(Incident::message)
        .containsOnly("Readiness probe failed: ready? said 1");
  }

  @Test
  void whatProbesComeToIsCountedOverAllRunsOfAContainer() {
    runtime.codes.put("ready?", 1);
    var tended = container(probes(Optional.empty(), probe("alive?"), probe("ready?")));
    caretaker.seen(List.of(tended));
    await().until(() -> counted("Readiness", Result.FAILED) >= 2);
    await().until(() -> counted("Liveness", Result.SUCCESSFUL) >= 2);
    assertThat(counted("Readiness", Result.SUCCESSFUL)).isZero();

    caretaker.seen(List.of());
    caretaker.retain(INSTANCE.group()::equals);
    assertThat(counted("Readiness", Result.FAILED)).isGreaterThanOrEqualTo(2);

    caretaker.retain(_ -> false);
    await().untilAsserted(() -> assertThat(caretaker.probes()).isEmpty());
  }

  private long counted(String probe, Result result) {
    return caretaker.probes().stream()
        .filter(tally -> tally.group().equals(INSTANCE.group()))
        .filter(tally -> tally.container().equals("main"))
        .filter(tally -> tally.probe().equals(probe) && tally.result() == result)
        .mapToLong(ProbeTally::count)
        .sum();
  }

  @Test
  void aProbeThatKeepsItsResultIsNoChange() {
    var tended = container(probes(Optional.empty(), probe("alive?"), probe("ready?")));
    caretaker.seen(List.of(tended));
    await().until(() -> health(tended).ready() == Readiness.YES);
    int changes = runtime.changes.get();

    awaitAsked("ready?", 8);
    awaitAsked("alive?", 8);

    assertThat(runtime.changes).hasValue(changes);
    assertThat(incidents).isEmpty();
  }

  @Test
  void aContainerThatFailsItsLivenessProbeIsEndedOnceWithTheProbesGrace() {
    runtime.codes.put("alive?", 1);
    var grace = Optional.of(Duration.ofSeconds(3));
    var tended = container(probes(Optional.empty(), probe("alive?", grace), Optional.empty()));

    caretaker.seen(List.of(tended));

    awaitAsked("stop id", 1);
    assertThat(runtime.asked).containsExactly("alive?", "alive?", "alive?", "stop id");
    assertThat(runtime.graces).containsExactly(Duration.ofSeconds(3));
    assertThat(incidents)
        .extracting(Incident::kind, Incident::message)
        .containsExactly(
            tuple(Incident.Kind.UNHEALTHY, "Liveness probe failed: alive? said 1"),
            tuple(
                Incident.Kind.ENDED_AS_UNHEALTHY,
                "Container main failed liveness probe, will be restarted"));
  }

  @Test
  void thatAContainerMustBeRestartedIsOnRecordBeforeItCanSucceed() {
    runtime.codes.put("alive?", 1);
    var care = probes(Optional.empty(), probe("alive?"), Optional.empty());

    caretaker.seen(List.of(container(care, RestartPolicy.ON_FAILURE)));

    awaitAsked("stop id", 1);
    assertThat(runtime.asked).endsWith("UNHEALTHY", "stop id");
    assertThat(runtime.graces).containsExactly(GRACE);
  }

  @Test
  void whatWasFoundUnhealthyByAProcessThatIsGoneIsEnded() {
    var care = probes(Optional.empty(), probe("alive?"), Optional.empty());

    caretaker.seen(List.of(container(care, RestartPolicy.ON_FAILURE, Milestone.UNHEALTHY)));

    awaitAsked("stop id", 1);
    assertThat(runtime.asked).containsExactly("stop id");
  }

  @Test
  void otherProbesWaitForTheStartup() {
    runtime.codes.put("up?", 1);
    var startup =
        new Probe(
            exec("up?"), Duration.ZERO, PERIOD, Duration.ofSeconds(5), 1, 1000, Optional.empty());
    var tended = container(probes(Optional.of(startup), probe("alive?"), probe("ready?")));
    caretaker.seen(List.of(tended));
    awaitAsked("up?", 5);
    assertThat(runtime.asked).containsOnly("up?");
    assertThat(caretaker.startedUp(tended)).isFalse();

    runtime.codes.put("up?", 0);

    await().until(() -> health(tended).ready() == Readiness.YES);
    awaitAsked("alive?", 2);
    long asked = runtime.times("up?");
    assertThat(caretaker.startedUp(tended)).isTrue();
    assertThat(runtime.times("STARTED_UP")).isEqualTo(1);
    awaitAsked("alive?", 5);
    assertThat(runtime.times("up?")).isEqualTo(asked);
  }

  @Test
  void aContainerThatDoesNotStartUpIsEnded() {
    runtime.codes.put("up?", 1);

    caretaker.seen(
        List.of(
            container(
                probes(probe("up?"), probe("alive?"), Optional.empty()), RestartPolicy.NEVER)));

    awaitAsked("stop id", 1);
    assertThat(runtime.asked).containsExactly("up?", "up?", "up?", "stop id");
    assertThat(incidents.getLast().message()).isEqualTo("Container main failed startup probe");
  }

  @Test
  void whatStartedUpBeforeUsIsNotAskedAgainWhetherItDid() {
    runtime.codes.put("up?", 1);
    var care = probes(probe("up?"), probe("alive?"), Optional.empty());

    caretaker.seen(List.of(container(care, RestartPolicy.ALWAYS, Milestone.STARTED_UP)));

    awaitAsked("alive?", 5);
    assertThat(runtime.asked).containsOnly("alive?");
  }

  @Test
  void whatRanBeforeUsIsReadyIfItWasUntilSomethingElseIsFound() {
    runtime.codes.put("ready?", 1);
    try (var next = new Caretaker(runtime, InstantSource.system())) {
      var tended = container(probes(Optional.empty(), Optional.empty(), probe("ready?")));

      next.seen(List.of(tended));
      assertThat(next.standing(tended).health())
          .contains(new Health(true, Readiness.AS_TOLD_BEFORE));

      await().until(() -> next.standing(tended).health().orElseThrow().ready() == Readiness.NO);
      assertThat(runtime.times("ready?")).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void aBackendThatIsAwaySaysNothingOfItsContainers() {
    var tended = container(probes(Optional.empty(), probe("alive?"), probe("ready?")));
    caretaker.seen(List.of(tended));
    await().until(() -> health(tended).ready() == Readiness.YES);

    runtime.unanswered.addAll(List.of("alive?", "ready?"));
    long asked = runtime.times("alive?");
    awaitAsked("alive?", (int) asked + 6);

    assertThat(health(tended).ready()).isEqualTo(Readiness.YES);
    assertThat(runtime.graces).isEmpty();
    assertThat(incidents)
        .extracting(Incident::message)
        .contains("Liveness probe errored and resulted in unknown state: nobody there");
  }

  @Test
  void aCommandThatTakesTooLongIsAFailure() {
    runtime.takes.put("alive?", Duration.ofSeconds(60));
    var hurried = new Probe(exec("alive?"), Duration.ZERO, PERIOD, PERIOD, 1, 2, Optional.empty());

    caretaker.seen(
        List.of(container(probes(Optional.empty(), Optional.of(hurried), Optional.empty()))));

    awaitAsked("stop id", 1);
    assertThat(incidents.getFirst().message())
        .isEqualTo("Liveness probe failed: command \"alive?\" timed out");
  }

  @Test
  void whatEndedIsNotProbedAnyMore() throws InterruptedException {
    var tended = container(probes(Optional.empty(), probe("alive?"), Optional.empty()));
    caretaker.seen(List.of(tended));
    awaitAsked("alive?", 2);

    caretaker.seen(List.of());
    Thread.sleep(PERIOD);
    long asked = runtime.times("alive?");
    Thread.sleep(PERIOD.multipliedBy(5));

    assertThat(runtime.times("alive?")).isEqualTo(asked);
    assertThat(caretaker.standing(tended)).isEqualTo(Standing.LEFT_ALONE);
  }

  @Test
  void aContainerIsBeingCreatedUntilItsHookIsDone() {
    runtime.takes.put("warm up", Duration.ofMillis(300));
    var tended = container(hooks(Optional.of(exec("warm up")), Optional.empty()));

    caretaker.seen(List.of(tended));
    assertThat(caretaker.standing(tended).postStarted()).isFalse();
    assertThat(health(tended)).isEqualTo(new Health(false, Readiness.NO));

    await().until(() -> caretaker.standing(tended).postStarted());
    awaitAsked("POST_STARTED", 1);
    caretaker.seen(List.of(tended));
    assertThat(runtime.asked).containsExactly("warm up", "POST_STARTED");
    assertThat(health(tended)).isEqualTo(new Health(true, Readiness.YES));
  }

  @Test
  void aHookThatWasDoneByAProcessThatIsGoneIsNotDoneAgain() throws InterruptedException {
    var care = hooks(Optional.of(exec("warm up")), Optional.empty());
    var tended = container(care, RestartPolicy.ALWAYS, Milestone.POST_STARTED);

    caretaker.seen(List.of(tended));
    Thread.sleep(PERIOD.multipliedBy(4));

    assertThat(runtime.asked).isEmpty();
    assertThat(caretaker.standing(tended).postStarted()).isTrue();
  }

  @Test
  void aContainerWhoseHookFailsIsEnded() {
    runtime.codes.put("warm up", 3);

    caretaker.seen(List.of(container(hooks(Optional.of(exec("warm up")), Optional.empty()))));

    awaitAsked("stop id", 1);
    assertThat(runtime.asked).containsExactly("warm up", "stop id");
    assertThat(incidents)
        .singleElement()
        .satisfies(
            incident -> {
              assertThat(incident.kind()).isEqualTo(Incident.Kind.POST_START_FAILED);
              assertThat(incident.message())
                  .isEqualTo("PostStartHook failed: exited with 3: warm up said 3");
            });
  }

  @Test
  void aContainerIsAskedToEndOnceItsHookIsDoneWithWhatIsLeftOfTheGrace() {
    runtime.takes.put("drain", Duration.ofMillis(500));
    var tended = container(hooks(Optional.empty(), Optional.of(exec("drain"))));
    caretaker.seen(List.of(tended));

    caretaker.end(tended, GRACE);
    caretaker.end(tended, GRACE);

    awaitAsked("stop id", 1);
    assertThat(runtime.asked).containsExactly("drain", "stop id");
    assertThat(runtime.graces.getFirst()).isBetween(GRACE.minusSeconds(5), GRACE.minusMillis(500));
  }

  @Test
  void aHookIsCutOffByTheGraceAndTheContainerAskedAllTheSame() {
    runtime.takes.put("drain", Duration.ofSeconds(60));
    var tended = container(hooks(Optional.empty(), Optional.of(exec("drain"))));
    caretaker.seen(List.of(tended));
    var began = Instant.now();

    caretaker.end(tended, Duration.ofSeconds(1));

    awaitAsked("stop id", 1);
    assertThat(Duration.between(began, Instant.now()))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(10));
    assertThat(runtime.graces).containsExactly(Ending.LEAST_GRACE);
    assertThat(incidents).isEmpty();
  }

  @Test
  void aShorterGraceBringsTheEndForward() {
    var tended =
        container(hooks(Optional.empty(), Optional.of(new Action.Sleep(Duration.ofSeconds(60)))));
    caretaker.seen(List.of(tended));

    caretaker.end(tended, GRACE);
    caretaker.end(tended, Duration.ofMillis(200));

    awaitAsked("stop id", 1);
    caretaker.end(tended, Duration.ZERO);
    assertThat(runtime.graces).containsExactly(Ending.LEAST_GRACE, Duration.ZERO);
  }

  @Test
  void aHookBeforeTheEndThatFailsHoldsNothingUp() {
    runtime.codes.put("drain", 1);
    var tended = container(hooks(Optional.empty(), Optional.of(exec("drain"))));
    caretaker.seen(List.of(tended));

    caretaker.end(tended, GRACE);

    awaitAsked("stop id", 1);
    assertThat(incidents).extracting(Incident::kind).containsExactly(Incident.Kind.PRE_STOP_FAILED);
  }

  @Test
  void withoutGraceNoHookIsDone() {
    var tended = container(hooks(Optional.empty(), Optional.of(exec("drain"))));

    caretaker.end(tended, Duration.ZERO);

    assertThat(runtime.asked).containsExactly("stop id");
  }
}
