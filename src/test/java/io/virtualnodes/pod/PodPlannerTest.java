package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodPlannerTest {
  private static final String UID = "6b9f-1";
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));
  private static final PodPolicy POLICY =
      new PodPolicy(Optional.empty(), Duration.ofHours(1), Instant.MIN);
  private static final PodMemory MEMORY = PodMemory.seenAt(NOON.minusSeconds(600));

  /** What a pod's status and metadata say. */
  enum Told {
    WAITING,
    RUNNING,
    DELETED_WAITING,
    DELETED_RUNNING,
    FINISHED,
    DELETED_FINISHED
  }

  enum Seen {
    UNKNOWN,
    ABSENT,
    PARTIAL,
    ALIVE,
    FINISHED
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          WAITING          | UNKNOWN  | Rest
          WAITING          | ABSENT   | Launch
          WAITING          | PARTIAL  | Launch
          WAITING          | ALIVE    | Report Running
          WAITING          | FINISHED | Report Succeeded
          RUNNING          | UNKNOWN  | Rest
          RUNNING          | ABSENT   | Report Failed GroupLost
          RUNNING          | PARTIAL  | Stop in PT30S
          RUNNING          | ALIVE    | Rest
          RUNNING          | FINISHED | Report Succeeded
          DELETED_WAITING  | UNKNOWN  | Rest
          DELETED_WAITING  | ABSENT   | Remove
          DELETED_WAITING  | PARTIAL  | Stop in PT21S
          DELETED_WAITING  | ALIVE    | Stop in PT21S
          DELETED_WAITING  | FINISHED | Report Succeeded
          DELETED_RUNNING  | UNKNOWN  | Rest
          DELETED_RUNNING  | ABSENT   | Report Failed GroupLost
          DELETED_RUNNING  | PARTIAL  | Stop in PT21S
          DELETED_RUNNING  | ALIVE    | Stop in PT21S
          DELETED_RUNNING  | FINISHED | Report Succeeded
          FINISHED         | UNKNOWN  | Rest
          FINISHED         | ABSENT   | Rest
          FINISHED         | PARTIAL  | Delete
          FINISHED         | ALIVE    | Stop in PT30S
          FINISHED         | FINISHED | Rest for PT59M50S
          DELETED_FINISHED | UNKNOWN  | Rest
          DELETED_FINISHED | ABSENT   | Remove
          DELETED_FINISHED | PARTIAL  | Delete
          DELETED_FINISHED | ALIVE    | Stop in PT21S
          DELETED_FINISHED | FINISHED | Remove
          """)
  void oneStepForEachPodAndGroup(Told told, Seen seen, String step) {
    assertThat(step(pod(told), view(seen), MEMORY)).isEqualTo(step);
  }

  @ParameterizedTest
  @CsvSource({
    "UNKNOWN, Delete",
    "ABSENT, Rest",
    "PARTIAL, Delete",
    "ALIVE, Delete",
    "FINISHED, Delete",
  })
  void aGroupGoesWithItsPod(Seen seen, String step) {
    assertThat(described(PodPlanner.planWithoutPod(view(seen)))).isEqualTo(step);
  }

  // Starting.

  @Test
  void aGroupThatIsBeingCreatedIsNoNews() {
    var creating = new GroupView.Alive(alive(new Waiting(Waiting.CREATING, "")));

    assertThat(step(pod(Told.WAITING), creating, MEMORY)).isEqualTo("Rest");
  }

  @Test
  void anImageThatCannotBePulledIsNews() {
    var unpulled = new GroupView.Alive(alive(new Waiting("ErrImagePull", "no such image")));
    var told = after(pod(Told.WAITING), unpulled.observation());

    assertThat(step(pod(Told.WAITING), unpulled, MEMORY)).isEqualTo("Report Pending");
    assertThat(step(told, unpulled, MEMORY)).isEqualTo("Rest");
  }

  @Test
  void aReasonToWaitThatNoLongerHoldsIsTakenBack() {
    var pod = waitingFor("NoCapacity");
    var creating = new GroupView.Alive(alive(new Waiting(Waiting.CREATING, "")));

    assertThat(step(pod, creating, MEMORY)).isEqualTo("Report Pending");
  }

  @Test
  void aPodOfWhichOneContainerRanIsNotStartedAgain() {
    var pod = pod(Told.RUNNING);
    pod.getStatus().setPhase("Pending");

    assertThat(step(pod, view(Seen.ABSENT), MEMORY)).isEqualTo("Report Failed GroupLost");
  }

  @Test
  void aPodThatWaitsToRunAgainHasRun() {
    var crashing = new GroupView.Alive(alive(new Waiting("CrashLoopBackOff", "")));
    var pod = after(pod(Told.WAITING), crashing.observation());
    pod.getStatus().getContainerStatuses().getFirst().setRestartCount(1);

    assertThat(step(pod, view(Seen.ABSENT), MEMORY)).isEqualTo("Report Failed GroupLost");
  }

  @Test
  void aPodOfWhichOnlyAnInitContainerRanIsNotStartedAgainAndGoesOnWhereItIsPartial() {
    var pod = pod(Told.WAITING);
    pod.getStatus()
        .setInitContainerStatuses(
            List.of(
                new ContainerStatusBuilder()
                    .withName("init")
                    .withNewState()
                    .withNewTerminated()
                    .withExitCode(0)
                    .endTerminated()
                    .endState()
                    .build()));

    assertThat(step(pod, view(Seen.ABSENT), MEMORY)).isEqualTo("Report Failed GroupLost");
    assertThat(step(pod, view(Seen.PARTIAL), MEMORY)).isEqualTo("Launch");
  }

  @ParameterizedTest
  @EnumSource(names = {"ABSENT", "PARTIAL"})
  void aPoolOnHoldStartsNothingAndSaysSoOnce(Seen seen) {
    var onHold =
        new PodPolicy(Optional.of("The pool is on hold"), Duration.ofHours(1), Instant.MIN);

    var plan = PodPlanner.plan(pod(Told.WAITING), view(seen), MEMORY, NODE, onHold, NOON);

    assertThat(described(plan)).isEqualTo("Report Pending Held");
    var told = ((Plan.Report) plan).report().appliedTo(pod(Told.WAITING));
    assertThat(described(PodPlanner.plan(told, view(seen), MEMORY, NODE, onHold, NOON)))
        .isEqualTo("Rest");
  }

  @Test
  void aPoolOnHoldKeepsWhatRuns() {
    var onHold =
        new PodPolicy(Optional.of("The pool is on hold"), Duration.ofHours(1), Instant.MIN);

    var plan = PodPlanner.plan(pod(Told.RUNNING), view(Seen.ALIVE), MEMORY, NODE, onHold, NOON);

    assertThat(described(plan)).isEqualTo("Rest");
  }

  // Trouble at the launch.

  @Test
  void aFailedLaunchIsReportedAndThenTriedAgainInTime() {
    var memory = troubled(new BackendException.NoCapacity("full", null), pod(Told.WAITING));
    var told = waitingFor(memory);

    assertThat(step(pod(Told.WAITING), view(Seen.ABSENT), memory))
        .isEqualTo("Report Pending NoCapacity");
    assertThat(step(told, view(Seen.ABSENT), memory)).isEqualTo("Rest for PT1M");
    assertThat(step(told, view(Seen.ABSENT), memory, NOON.plusSeconds(60))).isEqualTo("Launch");
  }

  @Test
  void whileTheBackendIsSilentThePodSaysSo() {
    var memory = troubled(new BackendException.Unavailable("timeout", null), pod(Told.WAITING));
    var told = waitingFor(memory);

    assertThat(step(pod(Told.WAITING), view(Seen.UNKNOWN), memory))
        .isEqualTo("Report Pending BackendUnavailable");
    assertThat(step(told, view(Seen.UNKNOWN), memory, NOON.plusSeconds(60))).isEqualTo("Rest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet"})
  void aPodThatWouldBeReplacedAtOnceWaitsForEver(String kind) {
    var pod = ownedBy(kind);
    var memory = troubled(new BackendException.Unsupported(List.of("spec.x")), pod);

    var plan = plan(pod, view(Seen.ABSENT), memory, NOON);

    assertThat(described(plan)).isEqualTo("Report Pending Unsupported");
    var told = ((Plan.Report) plan).report().appliedTo(pod);
    assertThat(step(told, view(Seen.ABSENT), memory, NOON.plusSeconds(86_400))).isEqualTo("Rest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Job", "Workflow"})
  void anyOtherPodThatCanNeverRunFails(String kind) {
    var pod = ownedBy(kind);
    var memory = troubled(new BackendException.Rejected("never", null), pod);

    assertThat(step(pod, view(Seen.ABSENT), memory)).isEqualTo("Report Failed Rejected");
  }

  @Test
  void aBarePodThatCanNeverRunFails() {
    var pod = pod(Told.WAITING);
    var memory = troubled(new BackendException.Unsupported(List.of("spec.x")), pod);

    assertThat(step(pod, view(Seen.ABSENT), memory)).isEqualTo("Report Failed Unsupported");
  }

  // Deadlines.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          WAITING | UNKNOWN | Rest for PT5S | Rest
          WAITING | ABSENT  | Launch        | Report Failed DeadlineExceeded
          WAITING | PARTIAL | Launch        | Report Failed DeadlineExceeded
          RUNNING | UNKNOWN | Rest for PT5S | Rest
          RUNNING | ALIVE   | Rest for PT5S | Stop in PT30S
          """)
  void theDeadlineOfAPodEndsIt(Told told, Seen seen, String before, String after) {
    var pod = pod(told);
    pod.getStatus().setStartTime("2026-03-01T11:59:00Z");
    pod.getSpec().setActiveDeadlineSeconds(60L);

    assertThat(step(pod, view(seen), MEMORY, NOON.minusSeconds(5))).isEqualTo(before);
    assertThat(step(pod, view(seen), MEMORY, NOON)).isEqualTo(after);
  }

  @Test
  void aPodThatOverstaysBeforeItWasReportedRunningIsStopped() {
    var pod = pod(Told.WAITING);
    pod.getStatus().setStartTime("2026-03-01T11:59:00Z");
    pod.getSpec().setActiveDeadlineSeconds(60L);

    assertThat(step(pod, view(Seen.ALIVE), MEMORY)).isEqualTo("Stop in PT30S");
  }

  // Stopping.

  @Test
  void aStopIsAskedForOnceAndAgainIfItSeemsLost() {
    var pod = pod(Told.DELETED_RUNNING); // its grace ends at 12:00:20
    var memory = MEMORY.stopping(NOON, NOON.plusSeconds(20));

    assertThat(step(pod, view(Seen.ALIVE), memory, NOON.plusSeconds(1)))
        .isEqualTo("Rest for PT1M19S");
    assertThat(step(pod, view(Seen.ALIVE), memory, NOON.plusSeconds(79)))
        .isEqualTo("Rest for PT1S");
    assertThat(step(pod, view(Seen.ALIVE), memory, NOON.plusSeconds(80))).isEqualTo("Stop in PT0S");
  }

  @Test
  void aShorterGraceStopsSooner() {
    var pod = pod(Told.DELETED_RUNNING);
    pod.getMetadata().setDeletionTimestamp("2026-03-01T12:00:01Z");
    var memory = MEMORY.stopping(NOON.minusSeconds(10), NOON.plusSeconds(20));

    assertThat(step(pod, view(Seen.ALIVE), memory)).isEqualTo("Stop in PT2S");
  }

  @Test
  void aGraceThatIsOverOrWasNoneMeansNow() {
    var pod = pod(Told.DELETED_RUNNING);
    pod.getMetadata().setDeletionTimestamp("2026-03-01T11:59:00Z");

    assertThat(step(pod, view(Seen.ALIVE), MEMORY)).isEqualTo("Stop in PT0S");
  }

  @Test
  void aPodWithoutAGraceHasKubernetesDefault() {
    var pod = pod(Told.FINISHED);
    pod.getSpec().setTerminationGracePeriodSeconds(null);
    assertThat(step(pod, view(Seen.ALIVE), MEMORY)).isEqualTo("Stop in PT30S");

    pod.getSpec().setTerminationGracePeriodSeconds(5L);
    assertThat(step(pod, view(Seen.ALIVE), MEMORY)).isEqualTo("Stop in PT5S");
  }

  /** Kubernetes sets no limit to it, but time has one. */
  @Test
  void aGraceWithoutEndIsAHundredYears() {
    var pod = pod(Told.FINISHED);
    pod.getSpec().setTerminationGracePeriodSeconds(Long.MAX_VALUE);

    assertThat(step(pod, view(Seen.ALIVE), MEMORY)).isEqualTo("Stop in PT876000H");
  }

  // Going.

  @Test
  void whoHoldsAFinalizerIsToldThatAPodEndedUnstarted() {
    var pod = pod(Told.DELETED_WAITING);
    pod.getMetadata().setFinalizers(List.of("batch.kubernetes.io/job-tracking"));

    var plan = plan(pod, view(Seen.ABSENT), MEMORY, NOON);

    assertThat(described(plan)).isEqualTo("Report Failed Deleted");
    var told = ((Plan.Report) plan).report().appliedTo(pod);
    assertThat(step(told, view(Seen.ABSENT), MEMORY)).isEqualTo("Remove");
  }

  @Test
  void aRemovalIsAskedForAgainAfterAWhile() {
    var pod = pod(Told.DELETED_FINISHED);
    var memory = MEMORY.removedAt(NOON);

    assertThat(step(pod, view(Seen.FINISHED), memory, NOON.plusSeconds(10)))
        .isEqualTo("Rest for PT20S");
    assertThat(step(pod, view(Seen.ABSENT), memory, NOON.plusSeconds(30))).isEqualTo("Remove");
  }

  @Test
  void aFinishedGroupIsKeptForItsLogsUntilRetentionEnds() {
    var pod = pod(Told.FINISHED); // its group finished at 11:59:50
    var end = Instant.parse("2026-03-01T12:59:50Z");

    assertThat(step(pod, view(Seen.FINISHED), MEMORY, end.minusSeconds(1)))
        .isEqualTo("Rest for PT1S");
    assertThat(step(pod, view(Seen.FINISHED), MEMORY, end)).isEqualTo("Delete");
  }

  @ParameterizedTest
  @CsvSource({
    "FINISHED, 2026-03-01T11:59:49Z, Rest for PT59M50S",
    "FINISHED, 2026-03-01T11:59:50Z, Delete",
    "FINISHED, 2026-03-01T12:00:00Z, Delete",
    // Nothing but logs may be lost: first the end is put on record.
    "RUNNING, 2026-03-01T12:00:00Z, Report Succeeded",
    "WAITING, 2026-03-01T12:00:00Z, Report Succeeded",
  })
  void aFinishedGroupWhoseRoomIsNeededGoesOnceItsEndIsOnRecord(
      Told told, Instant givenUpTo, String step) {
    var crowded = new PodPolicy(Optional.empty(), Duration.ofHours(1), givenUpTo);

    var plan =
        PodPlanner.plan(pod(told), new GroupView.Finished(finished()), MEMORY, NODE, crowded, NOON);

    assertThat(described(plan)).isEqualTo(step);
  }

  @Test
  void withoutRetentionAFinishedGroupGoesAtOnce() {
    var none = new PodPolicy(Optional.empty(), Duration.ZERO, Instant.MIN);

    var plan = PodPlanner.plan(pod(Told.FINISHED), view(Seen.FINISHED), MEMORY, NODE, none, NOON);

    assertThat(described(plan)).isEqualTo("Delete");
  }

  // Freshness.

  @ParameterizedTest
  @CsvSource({
    "11:59:59Z, Rest", // before we asked
    "12:00:00Z, Rest", // within the settling time
    "12:00:02.999Z, Rest",
    "12:00:03Z, Launch",
  })
  void onlyAListThatBeganLateEnoughProvesAnAbsence(String began, String step) {
    var memory = MEMORY.launched(NOON);
    var list = Optional.of(new Snapshot(Instant.parse("2026-03-01T" + began), List.of()));

    var view = GroupView.of(list, UID, memory.asked(), Duration.ofSeconds(3));

    assertThat(step(pod(Told.WAITING), view, memory)).isEqualTo(step);
  }

  @Test
  void aRunningPodIsNotDeclaredLostByAnOlderList() {
    var memory = PodMemory.seenAt(NOON);
    var list = Optional.of(new Snapshot(NOON.minusSeconds(1), List.of()));

    var view = GroupView.of(list, UID, memory.asked(), Duration.ZERO);

    assertThat(step(pod(Told.RUNNING), view, memory)).isEqualTo("Rest");
  }

  @Test
  void beforeTheFirstListNothingIsKnown() {
    var view = GroupView.of(Optional.empty(), UID, NOON, Duration.ZERO);

    assertThat(view).isEqualTo(new GroupView.Unknown());
    assertThat(step(pod(Told.WAITING), view, MEMORY)).isEqualTo("Rest");
  }

  @Test
  void whatAnOlderListSawIsThere() {
    var list = Optional.of(new Snapshot(NOON.minusSeconds(9), List.of(finished())));

    assertThat(GroupView.of(list, UID, NOON, Duration.ZERO))
        .isEqualTo(new GroupView.Finished(finished()));
  }

  @Test
  void aGroupThatWeMakeRightNowIsNotTakenForCutOff() {
    var half = observation(UID, Progress.PARTIAL, new Waiting("", ""), Optional.empty());
    var older = Optional.of(new Snapshot(NOON.minusSeconds(1), List.of(half)));
    var fresh = Optional.of(new Snapshot(NOON, List.of(half)));

    assertThat(GroupView.of(older, UID, NOON, Duration.ZERO)).isEqualTo(new GroupView.Unknown());
    assertThat(GroupView.of(fresh, UID, NOON, Duration.ZERO))
        .isEqualTo(new GroupView.Partial(half));
  }

  @Test
  void aSuccessorOfTheSameNameHasAGroupOfItsOwn() {
    var predecessors = observation("0ld-uid", Progress.ALIVE, new Running(NOON), Optional.empty());
    var list = Optional.of(new Snapshot(NOON, List.of(predecessors)));

    var view = GroupView.of(list, UID, MEMORY.asked(), Duration.ZERO);

    assertThat(step(pod(Told.WAITING), view, MEMORY)).isEqualTo("Launch");
  }

  // A cache that lags behind what we wrote.

  @Test
  void whatThisProcessWroteCountsUntilTheCacheShowsIt() {
    var stale = pod(Told.WAITING); // version 100
    var report = PodStatusReport.of(stale, running(), NODE, NOON);
    var memory = MEMORY.reported(report, "101");

    assertThat(step(stale, view(Seen.ALIVE), memory, NOON.plusSeconds(5))).isEqualTo("Rest");
    assertThat(step(stale, view(Seen.ABSENT), memory)).isEqualTo("Report Failed GroupLost");
  }

  @Test
  void aPodThatThisProcessEndedStaysEnded() {
    var stale = pod(Told.RUNNING);
    var memory = MEMORY.reported(PodStatusReport.of(stale, finished(), NODE, NOON), "101");

    assertThat(step(stale, view(Seen.FINISHED), memory)).isEqualTo("Rest for PT59M50S");
    assertThat(step(stale, view(Seen.ABSENT), memory)).isEqualTo("Rest");
  }

  @Test
  void timesThatWereWrittenDoNotMoveWhileTheCacheLags() {
    var stale = pod(Told.WAITING);
    var report = PodStatusReport.of(stale, running(), NODE, NOON);
    var memory = MEMORY.reported(report, "101");
    var crashing = new GroupView.Alive(alive(new Waiting("CrashLoopBackOff", "")));

    var plan = (Plan.Report) plan(stale, crashing, memory, NOON.plusSeconds(5));

    assertThat(plan.report().status().getConditions())
        .filteredOn(condition -> condition.getType().equals("Initialized"))
        .extracting(condition -> condition.getLastTransitionTime())
        .containsExactly("2026-03-01T12:00:00Z");
  }

  @Test
  void aNewerCacheCountsMoreThanWhatThisProcessWrote() {
    var pod = pod(Told.WAITING);
    pod.getMetadata().setResourceVersion("1000");
    var memory = MEMORY.reported(PodStatusReport.of(pod, running(), NODE, NOON), "999");

    assertThat(step(pod, view(Seen.ALIVE), memory)).isEqualTo("Report Running");
  }

  // Given.

  private static Pod pod(Told told) {
    return switch (told) {
      case WAITING -> waiting();
      case RUNNING -> after(waiting(), running());
      case DELETED_WAITING -> deleted(waiting());
      case DELETED_RUNNING -> deleted(after(waiting(), running()));
      case FINISHED -> after(waiting(), finished());
      case DELETED_FINISHED -> deleted(after(waiting(), finished()));
    };
  }

  private static Pod waiting() {
    return GoldenText.pod(
        """
        metadata: {name: web, namespace: shop, uid: 6b9f-1, resourceVersion: "100"}
        spec:
          restartPolicy: Always
          terminationGracePeriodSeconds: 30
          containers: [{name: app, image: "web:1"}]
        status:
          phase: Pending
          conditions: [{type: PodScheduled, status: "True"}]
        """);
  }

  private static Pod deleted(Pod pod) {
    return new PodBuilder(pod)
        .editMetadata()
        .withDeletionTimestamp("2026-03-01T12:00:20Z")
        .endMetadata()
        .build();
  }

  private static Pod ownedBy(String kind) {
    return new PodBuilder(waiting())
        .editMetadata()
        .withOwnerReferences(
            new OwnerReferenceBuilder().withKind(kind).withName("o").withController(true).build())
        .endMetadata()
        .build();
  }

  private static Pod after(Pod pod, Observation observation) {
    return PodStatusReport.of(pod, observation, NODE, NOON.minusSeconds(10)).appliedTo(pod);
  }

  private static Pod waitingFor(String reason) {
    return PodStatusReport.waiting(waiting(), reason, "", NODE, NOON).appliedTo(waiting());
  }

  private static Pod waitingFor(PodMemory memory) {
    var consequence = memory.trouble().orElseThrow().consequence();
    return PodStatusReport.waiting(
            waiting(), consequence.reason(), consequence.message(), NODE, NOON)
        .appliedTo(waiting());
  }

  private static PodMemory troubled(BackendException failure, Pod pod) {
    var consequence = PodFailure.of(failure, pod, 1);
    return MEMORY.troubled(
        new PodMemory.Trouble(consequence, 1, consequence.retryAfter().map(NOON::plus)));
  }

  private static GroupView view(Seen seen) {
    return switch (seen) {
      case UNKNOWN -> new GroupView.Unknown();
      case ABSENT -> new GroupView.Absent();
      case PARTIAL ->
          new GroupView.Partial(
              observation(UID, Progress.PARTIAL, new Waiting("", ""), Optional.empty()));
      case ALIVE -> new GroupView.Alive(running());
      case FINISHED -> new GroupView.Finished(finished());
    };
  }

  private static Observation running() {
    return alive(new Running(NOON.minusSeconds(60)));
  }

  private static Observation alive(ContainerState state) {
    return observation(UID, Progress.ALIVE, state, Optional.empty());
  }

  private static Observation finished() {
    var end = NOON.minusSeconds(10);
    var state = new Exited(0, "Completed", "", NOON.minusSeconds(60), end);
    return observation(UID, Progress.FINISHED, state, Optional.of(end));
  }

  private static Observation observation(
      String uid, Progress progress, ContainerState state, Optional<Instant> end) {
    return new Observation(
        GroupId.first(uid),
        new GroupOwner("burst", "burst-0", "shop", "web"),
        progress,
        List.of(new ContainerObservation("app", state, Optional.empty(), "", 0, "", "", "")),
        List.of("172.17.0.5"),
        NOON.minusSeconds(70),
        end);
  }

  // When and then.

  private static String step(Pod pod, GroupView view, PodMemory memory) {
    return step(pod, view, memory, NOON);
  }

  private static String step(Pod pod, GroupView view, PodMemory memory, Instant now) {
    return described(plan(pod, view, memory, now), now);
  }

  private static Plan plan(Pod pod, GroupView view, PodMemory memory, Instant now) {
    return PodPlanner.plan(pod, view, memory, NODE, POLICY, now);
  }

  private static String described(Plan plan) {
    return described(plan, NOON);
  }

  private static String described(Plan plan, Instant now) {
    return switch (plan) {
      case Plan.Launch() -> "Launch";
      case Plan.Report(var report) -> "Report " + told(report);
      case Plan.Stop(var deadline) -> "Stop in " + Duration.between(now, deadline);
      case Plan.Delete() -> "Delete";
      case Plan.Remove() -> "Remove";
      case Plan.Rest(var again) -> again.map(wait -> "Rest for " + wait).orElse("Rest");
    };
  }

  private static String told(PodStatusReport report) {
    var reason = report.status().getReason();
    return report.status().getPhase() + (reason == null ? "" : " " + reason);
  }
}
