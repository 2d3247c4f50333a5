package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Restarts.ExitCodes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What the core relies on, whatever runs the groups: every backend passes these scenarios. Each has
 * a pool of its own.
 *
 * <p>What a container does is told by a script of few words, which a simulation can understand too.
 */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
public abstract class BackendContract {
  private static final String RUNS = "sleep 3600";
  private static final String OBEYS = "trap 'exit 7' TERM; sleep 3600 & wait";
  private static final String DISOBEYS = "trap '' TERM; sleep 3600 & wait";
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Channels HEARS = new Channels(false, true, true, false);
  // What a service and the machine under it may add to a time.
  private static final Duration TOLERANCE = Duration.ofSeconds(10);

  private BackendSubject subject;

  /** A pool that nobody else uses, ready for groups. */
  protected abstract BackendSubject open();

  @BeforeEach
  void openSubject() {
    subject = open();
  }

  @AfterEach
  void closeSubject() {
    subject.close();
  }

  // ---- Asking for a group

  @Test
  void askingAgainChangesNothing() {
    var group = runs();
    backend().create(group);
    var before = awaitRunning(group.id());

    backend().create(group);

    assertUnchanged(before);
    assertThat(subject.copies(group.id())).isEqualTo(1);
  }

  @Test
  void askingTwiceAtOnceMakesOneGroup() throws Exception {
    for (var policy : RestartPolicy.values()) {
      var group = group().restarts(policy).script("main", RUNS).script("more", RUNS).build();
      var together = new CyclicBarrier(2);
      Callable<Void> ask =
          () -> {
            together.await();
            backend().create(group);
            return null;
          };

      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var asked : threads.invokeAll(List.of(ask, ask))) {
          asked.get();
        }
      }

      awaitRunning(group.id());
      only(group.id());
      assertThat(subject.copies(group.id())).isEqualTo(1);
    }
  }

  @Test
  void anotherAttemptForTheSamePodIsAnotherGroup() {
    var first = group().script("main", OBEYS).build();
    var second = group().id(new GroupId(first.id().podUid(), 1)).script("main", RUNS).build();
    backend().create(first);
    backend().create(second);
    awaitRunning(first.id());
    var running = awaitRunning(second.id());

    backend().stop(first.id(), LONG);
    awaitFinished(first.id());
    backend().delete(first.id());

    assertThat(find(first.id())).isEmpty();
    assertUnchanged(running);
  }

  @Test
  void aListDuringLaunchesFailsNotAndTakesNoneForFinished() throws Exception {
    var groups =
        Stream.of(runs(), group().script("one", RUNS).script("two", RUNS).build(), runs()).toList();
    var launched = new AtomicBoolean();
    var seen = new ArrayList<Observation>();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var lists =
          threads.submit(
              () -> {
                while (!launched.get()) {
                  seen.addAll(backend().list());
                }
              });
      try {
        groups.forEach(backend()::create);
      } finally {
        launched.set(true);
      }
      lists.get();
    }

    assertThat(seen).extracting(Observation::progress).doesNotContain(Progress.FINISHED);
    assertThat(listed())
        .extracting(Observation::id, Observation::progress)
        .containsExactlyInAnyOrderElementsOf(
            groups.stream().map(group -> tuple(group.id(), Progress.ALIVE)).toList());
  }

  @Test
  void whatAListLacksAfterTheSettlingTimeIsNotThere() {
    var asked = runs();
    var notAsked = runs();
    backend().create(asked);

    assertThat(find(asked.id())).isPresent();
    assertThat(find(notAsked.id())).isEmpty();
    assertThat(subject.copies(notAsked.id())).isZero();

    backend().delete(asked.id());

    assertThat(listed()).isEmpty();
    assertThat(subject.copies(asked.id())).isZero();
  }

  // ---- Running and ending

  @Test
  void aGroupIsObservedWithItsOwnerItsCodesAndItsTimes() {
    var group =
        group()
            .script("ends-well", "sleep 1; exit 0")
            .script("fails", "exit 3")
            .script("as-if-killed", "exit 137")
            .script("most", "exit 255")
            .build();
    backend().create(group);

    var seen = awaitFinished(group.id());

    assertThat(seen.owner()).isEqualTo(group.owner());
    assertThat(seen.containers())
        .extracting(ContainerObservation::name)
        .containsExactly("ends-well", "fails", "as-if-killed", "most");
    var exits = exits(seen);
    assertThat(exits).extracting(Exited::code).containsExactly(0, 3, 137, 255);
    assertThat(exits)
        .extracting(Exited::reason)
        .containsExactly("Completed", "Error", "Error", "Error");
    assertThat(exits)
        .allSatisfy(
            exit -> {
              assertThat(exit.since()).isAfterOrEqualTo(seen.createdAt());
              assertThat(exit.at()).isAfterOrEqualTo(exit.since());
            });
    assertThat(seen.finishedAt())
        .isEqualTo(exits.stream().map(Exited::at).max(Comparator.naturalOrder()));
    assertUnchanged(seen);
  }

  @Test
  void aContainerKeepsTheTimeOfItsStart() {
    var group = group().script("main", "sleep 2; exit 0").build();
    backend().create(group);
    var running = (Running) state(awaitRunning(group.id()), "main");

    var finished = awaitFinished(group.id());

    assertThat(exit(finished, "main").since()).isEqualTo(running.since());
    // A service may note the start a moment after the fact.
    assertThat(Duration.between(running.since(), exit(finished, "main").at()))
        .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(2).plus(TOLERANCE));
  }

  @Test
  void aGroupOfWhichOneContainerRunsIsAlive() {
    var group = group().script("ends", "exit 3").script("stays", OBEYS).build();
    backend().create(group);

    var seen = subject.await(group.id(), it -> state(it, "ends") instanceof Exited);

    assertThat(seen.progress()).isEqualTo(Progress.ALIVE);
    assertThat(seen.finishedAt()).isEmpty();
    subject.await(group.id(), it -> state(it, "stays") instanceof Running);
    backend().stop(group.id(), LONG);
    var finished = awaitFinished(group.id());
    assertThat(exit(finished, "ends").code()).isEqualTo(3);
    assertThat(finished.finishedAt()).contains(exit(finished, "stays").at());
  }

  // ---- Restarts

  @Test
  void withoutRestartsAContainerStaysAsItEnded() {
    staysAsItEnded(RestartPolicy.NEVER, 3);
  }

  @Test
  void onFailureAContainerThatEndedWellStaysSo() {
    staysAsItEnded(RestartPolicy.ON_FAILURE, 0);
  }

  private void staysAsItEnded(RestartPolicy policy, int code) {
    var group = group().restarts(policy).script("main", "exit " + code).build();
    backend().create(group);
    var ended = awaitFinished(group.id());
    assertThat(exit(ended, "main").code()).isEqualTo(code);
    assertThat(ended.containers().getFirst().restarts()).isZero();
    assertThat(ended.containers().getFirst().previous()).isEmpty();

    subject.pass(LONG);

    assertUnchanged(ended);
  }

  @Test
  void onFailureAContainerThatFailedIsStartedAgain() {
    isStartedAgain(RestartPolicy.ON_FAILURE, 3);
  }

  @Test
  void alwaysAContainerThatEndedIsStartedAgain() {
    isStartedAgain(RestartPolicy.ALWAYS, 0);
  }

  private void isStartedAgain(RestartPolicy policy, int code) {
    var group =
        group().restarts(policy).script("main", "exit " + code).script("stays", RUNS).build();
    backend().create(group);

    // The first restart comes at once, the second waits.
    var waiting = subject.await(group.id(), it -> waitsFor(it, "CrashLoopBackOff"));

    var container = waiting.containers().getFirst();
    assertThat(waiting.progress()).isEqualTo(Progress.ALIVE);
    assertThat(container.restarts()).isEqualTo(1);
    assertThat(container.previous()).map(Exited::code).contains(code);
    assertThat(state(waiting, "stays")).isInstanceOf(Running.class);
    subject.pass(Duration.ofSeconds(10));
    var again =
        subject.await(group.id(), it -> it.containers().getFirst().restarts() == 2).containers();
    assertThat(again.getFirst().previous()).map(Exited::code).contains(code);
    assertThat(again.getLast().restarts()).isEqualTo(subject.restartsGroupsAsAWhole() ? 2 : 0);
  }

  @Test
  void aContainersOwnRuleComesBeforeThePolicyOfItsGroup() {
    needsOwnRestarts();
    var ruled = new Restarts(RestartPolicy.NEVER, List.of(codes(3)));
    var group =
        group()
            .restarts(ruled)
            .script("main", "exit 3")
            .restarts(ruled)
            .script("other", "exit 4")
            .script("plain", "exit 3")
            .build();
    backend().create(group);

    var waiting = subject.await(group.id(), it -> waitsFor(it, "CrashLoopBackOff"));

    var again = waiting.containers().getFirst();
    assertThat(again.restarts()).isEqualTo(1);
    assertThat(again.previousId()).isNotEmpty();
    assertThat(waiting.progress()).isEqualTo(Progress.ALIVE);
    for (var name : List.of("other", "plain")) {
      assertThat(state(waiting, name)).isInstanceOf(Exited.class);
    }
  }

  @Test
  void aContainerOfItsOwnPolicyStaysEndedInAGroupThatRestarts() {
    needsOwnRestarts();
    var group =
        group()
            .restarts(RestartPolicy.ALWAYS)
            .restarts(new Restarts(RestartPolicy.NEVER))
            .script("main", "exit 3")
            .build();
    backend().create(group);
    var ended = awaitFinished(group.id());

    subject.pass(LONG);

    assertUnchanged(ended);
    assertThat(exit(ended, "main").code()).isEqualTo(3);
  }

  @Test
  void aFailedInitContainerOfItsOwnRuleIsTriedAgain() {
    needsOwnRestarts();
    var group =
        group()
            .restarts(new Restarts(RestartPolicy.NEVER, List.of(codes(3))))
            .init("first", "exit 3")
            .script("main", RUNS)
            .build();
    backend().create(group);

    var waiting = subject.await(group.id(), it -> waitsFor(it, "first", "CrashLoopBackOff"));

    assertThat(waiting.progress()).isEqualTo(Progress.ALIVE);
    assertThat(state(waiting, "main")).isInstanceOf(Waiting.class);
  }

  private static ExitCodes codes(Integer... listed) {
    return new ExitCodes(false, new TreeSet<>(List.of(listed)));
  }

  // ---- What a group is told of itself

  @Test
  void aContainerIsToldItsGroupsAddressWhereThatIsPromised() {
    assumeThat(backend().capabilities().features()).contains(Feature.OWN_ADDRESS);
    var group = group().script("main", "echo at " + OwnAddress.FIRST + "; sleep 3600").build();
    backend().create(group);

    var running = awaitRunning(group.id());

    subject.await(
        group.id(),
        _ -> log(group.id()).equals(Optional.of("at " + running.addresses().getFirst() + "\n")));
  }

  @Test
  void whatABackendHasIsPromisedAndNothingElse() {
    var features = backend().capabilities().features();

    assertThat(features.contains(Feature.GUESTS)).isEqualTo(backend().guests().isPresent());
    assertThat(features.contains(Feature.CLAIMED_VOLUMES))
        .isEqualTo(backend().volumes().isPresent());
  }

  // ---- Volumes that outlive groups

  @Test
  void aClaimedVolumeOutlivesItsGroupsAndEndsWhenItIsDeleted() {
    assumeThat(backend().capabilities().features()).contains(Feature.CLAIMED_VOLUMES);
    var volume = new Volume.Claimed("data", "pvc-" + UUID.randomUUID());
    var writer =
        group()
            .volume(volume)
            .mount("data", "/data", false)
            .script("main", "echo kept >/data/file; sleep 3600")
            .build();
    backend().create(writer);
    awaitRunning(writer.id());
    subject.await(writer.id(), _ -> reads(volume, "kept"));
    assertThatThrownBy(() -> stored().delete(volume.id())).isInstanceOf(Unavailable.class);

    backend().delete(writer.id());

    assertThat(reads(volume, "kept")).isTrue();
    // Who reads is gone as well.
    stored().delete(volume.id());
    assertThat(reads(volume, "kept")).isFalse();
    stored().delete(volume.id());
    stored().delete("pvc-that-never-was");
  }

  /** Whether a group of its own sees this in the volume's file; it is gone afterwards. */
  private boolean reads(Volume.Claimed volume, String text) {
    var reader =
        group()
            .volume(volume)
            .mount("data", "/seen", true)
            .script("main", "[ \"$(cat /seen/file)\" = " + text + " ]")
            .build();
    backend().create(reader);
    int code = exit(awaitFinished(reader.id()), "main").code();
    backend().delete(reader.id());
    return code == 0;
  }

  private Volumes stored() {
    return backend().volumes().orElseThrow();
  }

  // ---- Init containers and sidecars

  @Test
  void initContainersRunOneAfterTheOtherBeforeTheMainOnes() {
    var group =
        group()
            .init("first", "echo one; sleep 2; exit 0")
            .init("second", "exit 0")
            .script("main", "exit 3")
            .script("more", "exit 0")
            .build();
    backend().create(group);

    var during = subject.await(group.id(), it -> state(it, "first") instanceof Running);

    assertThat(during.progress()).isEqualTo(Progress.ALIVE);
    assertThat(during.addresses()).isNotEmpty();
    assertThat(List.of(state(during, "second"), state(during, "main"), state(during, "more")))
        .containsOnly(new Waiting(Waiting.CREATING, ""));
    var ended = awaitFinished(group.id());
    assertThat(ended.containers())
        .extracting(ContainerObservation::name)
        .containsExactly("first", "second", "main", "more");
    assertThat(exits(ended)).extracting(Exited::code).containsExactly(0, 0, 3, 0);
    assertThat(exit(ended, "second").since()).isAfterOrEqualTo(exit(ended, "first").at());
    assertThat(exit(ended, "main").since()).isAfterOrEqualTo(exit(ended, "second").at());
    assertThat(exit(ended, "more").since()).isAfterOrEqualTo(exit(ended, "second").at());
    assertThat(subject.copies(group.id())).isEqualTo(1);
    if (subject.showsLogs()) {
      assertThat(backend().streams().logs(group.id(), "first", LogOptions.ALL))
          .map(BackendContract::text)
          .contains("one\n");
    }
  }

  @Test
  void withoutRestartsAFailedInitContainerIsTheEndOfItsGroup() {
    needsSidecars();
    var group =
        group()
            .sidecar("side", OBEYS)
            .init("fails", "sleep 1; exit 3")
            .init("never", "exit 0")
            .script("main", RUNS)
            .build();
    backend().create(group);

    var ended = awaitFinished(group.id());

    assertThat(exit(ended, "fails").code()).isEqualTo(3);
    assertThat(exit(ended, "side").code()).isEqualTo(7);
    assertThat(state(ended, "never")).isInstanceOf(Waiting.class);
    assertThat(state(ended, "main")).isInstanceOf(Waiting.class);
    assertThat(ended.finishedAt()).contains(exit(ended, "side").at());
    subject.pass(LONG);
    backend().create(group);
    assertUnchanged(ended);
  }

  @Test
  void onFailureAFailedInitContainerIsTriedAgain() {
    failedInitContainerIsTriedAgain(RestartPolicy.ON_FAILURE);
  }

  @Test
  void alwaysAFailedInitContainerIsTriedAgain() {
    failedInitContainerIsTriedAgain(RestartPolicy.ALWAYS);
  }

  private void failedInitContainerIsTriedAgain(RestartPolicy policy) {
    var group = group().restarts(policy).init("fails", "exit 3").script("main", RUNS).build();
    backend().create(group);

    var waiting = subject.await(group.id(), it -> waitsFor(it, "fails", "CrashLoopBackOff"));

    var init = waiting.containers().getFirst();
    assertThat(waiting.progress()).isEqualTo(Progress.ALIVE);
    assertThat(init.restarts()).isEqualTo(1);
    assertThat(init.previous()).map(Exited::code).contains(3);
    assertThat(state(waiting, "main")).isEqualTo(new Waiting(Waiting.CREATING, ""));
    subject.pass(Duration.ofSeconds(10));
    var again = subject.await(group.id(), it -> it.containers().getFirst().restarts() == 2);
    assertThat(state(again, "main")).isEqualTo(new Waiting(Waiting.CREATING, ""));
  }

  @Test
  void anInitContainerThatSucceededIsNotRunAgain() {
    assumeTrue(!subject.restartsGroupsAsAWhole(), "init containers come with all others again");
    var group =
        group()
            .restarts(RestartPolicy.ALWAYS)
            .init("once", "exit 0")
            .script("main", "exit 3")
            .build();
    backend().create(group);
    var waiting = subject.await(group.id(), it -> waitsFor(it, "CrashLoopBackOff"));
    var once = waiting.containers().getFirst();
    assertThat(((Exited) once.state()).code()).isZero();

    backend().create(group);
    subject.restart();
    subject.pass(Duration.ofSeconds(10));

    var again = subject.await(group.id(), it -> it.containers().getLast().restarts() > 1);
    assertThat(again.containers().getFirst()).isEqualTo(once);
    assertThat(subject.copies(group.id())).isEqualTo(1);
  }

  @Test
  void theNextOperatorGoesOnWithTheInitContainers() {
    needsSidecars();
    var group =
        group()
            .sidecar("side", OBEYS)
            .init("first", "sleep 3; exit 0")
            .init("second", "sleep 1; exit 0")
            .script("main", "sleep 1; exit 5")
            .build();
    backend().create(group);
    var before = subject.await(group.id(), it -> state(it, "first") instanceof Running);

    subject.restart();
    backend().create(group);

    var ended = awaitFinished(group.id());
    assertThat(exits(ended)).extracting(Exited::code).containsExactly(7, 0, 0, 5);
    assertThat(ended.containers()).extracting(ContainerObservation::restarts).containsOnly(0);
    assertThat(exit(ended, "first").since()).isEqualTo(((Running) state(before, "first")).since());
    assertThat(exit(ended, "side").since()).isEqualTo(((Running) state(before, "side")).since());
    assertThat(exit(ended, "second").since()).isAfterOrEqualTo(exit(ended, "first").at());
    assertThat(exit(ended, "main").since()).isAfterOrEqualTo(exit(ended, "second").at());
    assertThat(subject.copies(group.id())).isEqualTo(1);
  }

  @Test
  void aSidecarThatCannotBeRunIsRefusedByName() {
    var group = group().sidecar("side", RUNS).script("main", RUNS).build();
    if (subject.runsSidecars()) {
      assertThatCode(() -> backend().create(group)).doesNotThrowAnyException();
      return;
    }

    var refusal = catchThrowableOfType(Unsupported.class, () -> backend().create(group));

    assertThat(refusal.reasons())
        .anyMatch(reason -> reason.startsWith("spec.initContainers[side].restartPolicy: "));
    assertThat(subject.copies(group.id())).isZero();
  }

  @Test
  void aSidecarRunsFromItsPlaceOnUntilTheMainContainersEnded() {
    needsSidecars();
    var group =
        group()
            .init("before", "exit 0")
            .sidecar("side", OBEYS)
            .init("after", "exit 0")
            .script("main", "sleep 2; exit 0")
            .build();
    backend().create(group);

    var running = subject.await(group.id(), it -> state(it, "main") instanceof Running);

    assertThat(state(running, "side")).isInstanceOf(Running.class);
    var ended = awaitFinished(group.id());
    assertThat(exits(ended)).extracting(Exited::code).containsExactly(0, 7, 0, 0);
    assertThat(exit(ended, "side").since()).isAfterOrEqualTo(exit(ended, "before").at());
    assertThat(exit(ended, "after").since()).isAfterOrEqualTo(exit(ended, "side").since());
    assertThat(Duration.between(exit(ended, "main").at(), exit(ended, "side").at()))
        .isBetween(Duration.ZERO, TOLERANCE);
    assertThat(ended.containers()).extracting(ContainerObservation::restarts).containsOnly(0);
    subject.pass(LONG);
    assertUnchanged(ended);
  }

  @Test
  void aSidecarThatEndedIsStartedAgainWhateverThePolicy() {
    needsSidecars();
    var group =
        group()
            .sidecar("side", "sleep 3; exit 0")
            .script("main", RUNS)
            .script("more", RUNS)
            .build();
    backend().create(group);

    var waiting = subject.await(group.id(), it -> waitsFor(it, "side", "CrashLoopBackOff"));

    assertThat(waiting.progress()).isEqualTo(Progress.ALIVE);
    assertThat(waiting.containers().getFirst().restarts()).isEqualTo(1);
    assertThat(state(waiting, "main")).isInstanceOf(Running.class);
    subject.pass(Duration.ofSeconds(10));
    var again = subject.await(group.id(), it -> it.containers().getFirst().restarts() == 2);
    assertThat(state(again, "main")).isEqualTo(state(waiting, "main"));
  }

  @Test
  void sidecarsEndInReverseOrder() {
    needsSidecars();
    var group =
        group()
            .sidecar("one", OBEYS)
            .sidecar("two", OBEYS)
            .script("main", "sleep 1; exit 0")
            .build();
    backend().create(group);

    var ended = awaitFinished(group.id());

    assertThat(exits(ended)).extracting(Exited::code).containsExactly(7, 7, 0);
    assertThat(exit(ended, "two").at()).isAfterOrEqualTo(exit(ended, "main").at());
    assertThat(exit(ended, "one").at()).isAfterOrEqualTo(exit(ended, "two").at());
  }

  @Test
  void sidecarsThatDoNotEndAreKilledWithinOneGrace() {
    needsSidecars();
    var grace = Duration.ofSeconds(3);
    var group =
        group()
            .grace(grace)
            .sidecar("one", DISOBEYS)
            .sidecar("two", DISOBEYS)
            .script("main", "sleep 1; exit 0")
            .build();
    backend().create(group);

    var ended = awaitFinished(group.id());

    assertThat(exits(ended)).extracting(Exited::code).containsExactly(137, 137, 0);
    for (var sidecar : List.of("one", "two")) {
      assertThat(Duration.between(exit(ended, "main").at(), exit(ended, sidecar).at()))
          .isBetween(grace.minusMillis(100), grace.plus(TOLERANCE));
    }
  }

  @Test
  void aStopEndsTheMainContainersFirstAndIsCompletedByTheNextOperator() {
    needsSidecars();
    var group =
        group()
            .restarts(RestartPolicy.ALWAYS)
            .sidecar("one", OBEYS)
            .sidecar("two", OBEYS)
            .script("main", DISOBEYS)
            .script("more", OBEYS)
            .build();
    backend().create(group);
    awaitRunning(group.id());

    backend().stop(group.id(), Duration.ofSeconds(5));

    var ending = subject.await(group.id(), it -> state(it, "more") instanceof Exited);
    assertThat(state(ending, "one")).isInstanceOf(Running.class);
    assertThat(state(ending, "two")).isInstanceOf(Running.class);
    subject.restart();
    var ended = awaitFinished(group.id());
    assertThat(exit(ended, "main").code()).isEqualTo(137);
    assertThat(exit(ended, "more").code()).isEqualTo(7);
    assertThat(exit(ended, "one").at()).isAfter(exit(ended, "more").at());
    assertThat(exit(ended, "two").at()).isAfter(exit(ended, "more").at());
    assertThat(ended.containers()).extracting(ContainerObservation::restarts).containsOnly(0);
    subject.pass(LONG);
    assertUnchanged(ended);
  }

  @Test
  void aGroupThatIsStoppedBeforeItsMainContainersNeverStartsThem() {
    needsSidecars();
    var group =
        group()
            .restarts(RestartPolicy.ALWAYS)
            .sidecar("side", OBEYS)
            .init("init", OBEYS)
            .script("main", RUNS)
            .build();
    backend().create(group);
    subject.await(group.id(), it -> state(it, "init") instanceof Running);

    backend().stop(group.id(), LONG);

    var ended = awaitFinished(group.id());
    assertThat(exit(ended, "init").code()).isEqualTo(7);
    assertThat(exit(ended, "side").code()).isEqualTo(7);
    assertThat(state(ended, "main")).isInstanceOf(Waiting.class);
    subject.pass(LONG);
    backend().create(group);
    assertUnchanged(ended);
  }

  // ---- Images

  @Test
  void aGroupWhoseImageIsMissingWaitsForIt() {
    var image = subject.missingImage();
    var group = group().image(image, PullPolicy.IF_NOT_PRESENT).script("main", "exit 0").build();
    if (!subject.fetchesImages()) {
      var refusal = catchThrowableOfType(Unsupported.class, () -> backend().create(group));
      assertThat(refusal.reasons())
          .anyMatch(reason -> reason.startsWith("spec.containers[main].image: "));
      assertThat(subject.copies(group.id())).isZero();
      return;
    }
    backend().create(group);

    var failed = subject.await(group.id(), it -> waitsFor(it, "ErrImagePull"));

    assertThat(failed.progress()).isEqualTo(Progress.ALIVE);
    assertThat(((Waiting) state(failed, "main")).message()).contains(image);
    var backOff = subject.await(group.id(), it -> waitsFor(it, "ImagePullBackOff"));
    assertThat(backOff.progress()).isEqualTo(Progress.ALIVE);
    assertThat(backOff.containers().getFirst().restarts()).isZero();

    backend().delete(group.id());

    subject.pass(LONG);
    assertThat(find(group.id())).isEmpty();
    assertThat(subject.copies(group.id())).isZero();
  }

  // ---- Stopping

  @Test
  void aProgramThatEndsWhenToldToHasItsOwnCode() {
    var group = group().script("main", OBEYS).build();
    backend().create(group);
    awaitRunning(group.id());
    var asked = subject.now();

    backend().stop(group.id(), LONG);

    var exit = exit(awaitFinished(group.id()), "main");
    assertThat(exit.code()).isEqualTo(7);
    assertThat(Duration.between(asked, exit.at())).isBetween(Duration.ZERO, TOLERANCE);
  }

  @Test
  void aProgramThatDoesNotEndIsKilledAfterItsGrace() {
    var group = group().script("main", DISOBEYS).build();
    var grace = Duration.ofSeconds(3);
    backend().create(group);
    awaitRunning(group.id());
    var asked = subject.now();

    backend().stop(group.id(), grace);

    var exit = exit(awaitFinished(group.id()), "main");
    assertThat(exit.code()).isEqualTo(137);
    assertThat(exit.reason()).isEqualTo("Error");
    var kept = subject.ownGrace().orElse(grace);
    assertThat(Duration.between(asked, exit.at())).isBetween(kept, kept.plus(TOLERANCE));
  }

  @Test
  void aShorterGraceReplacesALongerOne() {
    var group = group().script("main", DISOBEYS).build();
    backend().create(group);
    awaitRunning(group.id());
    backend().stop(group.id(), LONG);
    backend().stop(group.id(), LONG);

    backend().stop(group.id(), Duration.ofSeconds(1));

    assertThat(exit(awaitFinished(group.id()), "main").code()).isEqualTo(137);
  }

  @Test
  void aLongerGraceDoesNotReplaceAShorterOne() {
    var group = group().script("main", DISOBEYS).build();
    backend().create(group);
    awaitRunning(group.id());

    backend().stop(group.id(), Duration.ofSeconds(1));
    backend().stop(group.id(), LONG);

    assertThat(exit(awaitFinished(group.id()), "main").code()).isEqualTo(137);
  }

  @Test
  void aGroupThatWasStoppedStaysSoUntilItIsDeleted() {
    for (var policy : RestartPolicy.values()) {
      var group = group().restarts(policy).script("main", OBEYS).script("more", OBEYS).build();
      backend().create(group);
      awaitRunning(group.id());
      backend().stop(group.id(), LONG);
      var stopped = awaitFinished(group.id());

      backend().create(group);
      backend().stop(group.id(), Duration.ZERO);
      subject.pass(LONG);

      assertUnchanged(stopped);
      assertThat(exits(stopped)).extracting(Exited::code).containsExactly(7, 7);
      subject.restart();
      assertUnchanged(stopped);
      backend().delete(group.id());
      assertThat(find(group.id())).isEmpty();
    }
  }

  @Test
  void aGroupThatWaitsForItsRestartIsNotStartedOnceItWasStopped() {
    var group = group().restarts(RestartPolicy.ALWAYS).script("main", "exit 3").build();
    backend().create(group);
    subject.await(group.id(), it -> waitsFor(it, "CrashLoopBackOff"));

    backend().stop(group.id(), LONG);

    var stopped = awaitFinished(group.id());
    assertThat(exit(stopped, "main").code()).isEqualTo(3);
    subject.pass(LONG);
    assertUnchanged(stopped);
  }

  @Test
  void whatHasEndedIsNotChangedByAStop() {
    var group = group().script("main", "exit 3").build();
    backend().create(group);
    var ended = awaitFinished(group.id());

    backend().stop(group.id(), Duration.ZERO);

    assertUnchanged(ended);
  }

  // ---- Deleting

  @Test
  void deletingTakesARunningGroupAwayWithoutGrace() {
    var group = group().restarts(RestartPolicy.ALWAYS).script("main", DISOBEYS).build();
    backend().create(group);
    awaitRunning(group.id());

    backend().delete(group.id());

    assertThat(find(group.id())).isEmpty();
    assertThat(subject.copies(group.id())).isZero();
  }

  @Test
  void stoppingAndDeletingWhatIsNotThereIsSuccess() {
    var unknown = GroupId.first("no-such-pod");
    var deleted = runs();
    backend().create(deleted);
    awaitRunning(deleted.id());
    backend().delete(deleted.id());

    for (var id : List.of(unknown, deleted.id())) {
      assertThatCode(() -> backend().stop(id, Duration.ofSeconds(1))).doesNotThrowAnyException();
      assertThatCode(() -> backend().delete(id)).doesNotThrowAnyException();
      assertThatCode(() -> backend().delete(id)).doesNotThrowAnyException();
    }

    assertThat(listed()).isEmpty();
  }

  @Test
  void anotherPoolsGroupsAreNeitherSeenNorTouched() {
    var group = runs();
    var neighbour = subject.neighbour();
    neighbour
        .backend()
        .create(new GroupBuilder(neighbour.pool()).id(group.id()).script("main", RUNS).build());
    neighbour.await(group.id(), BackendContract::running);
    settle();
    var before = neighbour.backend().list();

    assertThat(listed()).isEmpty();
    backend().stop(group.id(), Duration.ZERO);
    backend().delete(group.id());

    settle();
    assertThat(neighbour.backend().list()).isEqualTo(before);
    if (subject.showsLogs()) {
      assertThat(backend().streams().logs(group.id(), "main", LogOptions.ALL)).isEmpty();
    }
    // An id is another group in each pool.
    backend().create(group);
    awaitRunning(group.id());
    backend().delete(group.id());
    assertThat(neighbour.backend().list()).isEqualTo(before);
  }

  // ---- Another operator, and a service that is hard to reach

  @Test
  void theNextOperatorFindsWhatTheOneBeforeMade() {
    var ends = group().script("main", "exit 3").build();
    var stays = group().restarts(RestartPolicy.ALWAYS).script("main", OBEYS).build();
    var waits = group().restarts(RestartPolicy.ALWAYS).script("main", "exit 4").build();
    var groups = List.of(ends, stays, waits);
    groups.forEach(backend()::create);
    var ended = awaitFinished(ends.id());
    var stayed = awaitRunning(stays.id());
    var waited = subject.await(waits.id(), it -> waitsFor(it, "CrashLoopBackOff"));

    subject.restart();

    for (int time : List.of(1, 2)) {
      assertUnchanged(ended);
      assertUnchanged(stayed);
      var still = only(waits.id());
      assertThat(still.createdAt()).as("time %s", time).isEqualTo(waited.createdAt());
      assertThat(still.containers().getFirst().restarts())
          .isGreaterThanOrEqualTo(waited.containers().getFirst().restarts());
      groups.forEach(backend()::create);
    }
    assertThat(groups).extracting(group -> subject.copies(group.id())).containsOnly(1);
    subject.pass(Duration.ofSeconds(10));
    subject.await(waits.id(), it -> it.containers().getFirst().restarts() > 1);
    backend().stop(stays.id(), LONG);
    assertThat(exit(awaitFinished(stays.id()), "main").code()).isEqualTo(7);
    groups.forEach(group -> backend().delete(group.id()));
    assertThat(listed()).isEmpty();
    assertThat(groups).extracting(group -> subject.copies(group.id())).containsOnly(0);
  }

  @Test
  void aLaunchWhoseAnswerWasLostMayBeAskedForAgain() {
    int lost = 0;
    for (boolean more = true; more; ) {
      var group =
          group()
              .restarts(RestartPolicy.ON_FAILURE)
              .script("main", RUNS)
              .script("more", RUNS)
              .build();
      more = subject.losingAnswer(lost + 1, () -> mayBeUnavailable(() -> backend().create(group)));
      lost += more ? 1 : 0;
      assertThat(listed())
          .filteredOn(it -> it.id().equals(group.id()))
          .hasSizeLessThan(2)
          .allSatisfy(it -> assertThat(it.progress()).isNotEqualTo(Progress.FINISHED));

      backend().create(group);

      awaitRunning(group.id());
      only(group.id());
      assertThat(subject.copies(group.id())).isEqualTo(1);
      backend().delete(group.id());
    }
    assertThat(lost).as("answers that were lost").isPositive();
  }

  @Test
  void aLaunchWithASidecarWhoseAnswerWasLostMayBeAskedForAgain() {
    needsSidecars();
    int lost = 0;
    for (boolean more = true; more; ) {
      var group = group().sidecar("side", RUNS).script("main", RUNS).build();
      more = subject.losingAnswer(lost + 1, () -> mayBeUnavailable(() -> backend().create(group)));
      lost += more ? 1 : 0;

      backend().create(group);

      var running = awaitRunning(group.id());
      assertThat(running.containers())
          .isNotEmpty()
          .allMatch(container -> container.restarts() == 0);
      assertThat(subject.copies(group.id())).isEqualTo(1);
      backend().delete(group.id());
    }
    assertThat(lost).as("answers that were lost").isPositive();
  }

  @Test
  void aStopWhoseAnswerWasLostMayBeAskedForAgain() {
    int lost = 0;
    for (boolean more = true; more; ) {
      var group =
          group()
              .restarts(RestartPolicy.ALWAYS)
              .script("main", OBEYS)
              .script("more", OBEYS)
              .build();
      backend().create(group);
      awaitRunning(group.id());
      more =
          subject.losingAnswer(
              lost + 1, () -> mayBeUnavailable(() -> backend().stop(group.id(), LONG)));
      lost += more ? 1 : 0;

      backend().stop(group.id(), LONG);

      var stopped = awaitFinished(group.id());
      assertThat(exits(stopped)).extracting(Exited::code).containsExactly(7, 7);
      assertThat(stopped.containers())
          .isNotEmpty()
          .allMatch(container -> container.restarts() == 0);
      backend().delete(group.id());
    }
    assertThat(lost).as("answers that were lost").isPositive();
  }

  @Test
  void aDeletionWhoseAnswerWasLostMayBeAskedForAgain() {
    int lost = 0;
    for (boolean more = true; more; ) {
      var group = group().script("main", RUNS).script("more", RUNS).build();
      backend().create(group);
      awaitRunning(group.id());
      more =
          subject.losingAnswer(
              lost + 1, () -> mayBeUnavailable(() -> backend().delete(group.id())));
      lost += more ? 1 : 0;

      backend().delete(group.id());

      assertThat(listed()).isEmpty();
      assertThat(subject.copies(group.id())).isZero();
    }
    assertThat(lost).as("answers that were lost").isPositive();
  }

  @Test
  void aServiceThatCannotBeReachedIsUnavailableAndNotEmpty() {
    var group = runs();
    var another = runs();
    backend().create(group);
    var before = awaitRunning(group.id());

    subject.cutOff();

    assertThatThrownBy(() -> backend().list()).isInstanceOf(Unavailable.class);
    assertThatThrownBy(() -> backend().create(another)).isInstanceOf(Unavailable.class);
    assertThatThrownBy(() -> backend().stop(group.id(), Duration.ZERO))
        .isInstanceOf(Unavailable.class);
    assertThatThrownBy(() -> backend().delete(group.id())).isInstanceOf(Unavailable.class);
    if (subject.showsLogs()) {
      assertThatThrownBy(() -> backend().streams().logs(group.id(), "main", LogOptions.ALL))
          .isInstanceOf(Unavailable.class);
    }
    assertThat(backend().capabilities().runtime()).isNotEmpty();

    subject.reconnect();

    assertUnchanged(before);
    assertThat(find(another.id())).isEmpty();
    assertThat(subject.copies(another.id())).isZero();
  }

  @Test
  void aBackendThatWasClosedIsUnavailableAndItsGroupsGoOn() {
    var group = runs();
    backend().create(group);
    var before = awaitRunning(group.id());
    var closed = backend();

    closed.close();

    assertThatThrownBy(closed::list).isInstanceOf(Unavailable.class);
    subject.restart();
    assertUnchanged(before);
  }

  // ---- Logs

  @Test
  void aLogIsThereFromTheStartUntilTheGroupIsDeleted() {
    var ended = group().script("main", "echo the end; exit 3").build();
    var running = group().script("main", "echo here; sleep 3600").build();
    if (!subject.showsLogs()) {
      var refusal = catchThrowableOfType(Unsupported.class, () -> log(ended.id()).orElseThrow());
      assertThat(refusal.reasons()).anyMatch(reason -> reason.contains("log"));
      return;
    }
    backend().create(ended);
    backend().create(running);
    awaitFinished(ended.id());
    subject.await(running.id(), _ -> log(running.id()).equals(Optional.of("here\n")));

    assertThat(log(ended.id())).contains("the end\n");
    assertThat(backend().streams().logs(ended.id(), "other", LogOptions.ALL)).isEmpty();
    assertThat(log(GroupId.first("no-such-pod"))).isEmpty();

    backend().stop(running.id(), Duration.ZERO);
    awaitFinished(running.id());
    assertThat(log(running.id())).contains("here\n");
    for (var id : List.of(ended.id(), running.id())) {
      backend().delete(id);
      assertThat(log(id)).isEmpty();
    }
  }

  // ---- Conversations

  @Test
  void aCommandIsHeardAndEndsWithItsOwnCode() throws Exception {
    var group = runs();
    backend().create(group);
    awaitRunning(group.id());

    for (var ended :
        List.of(
            new Ended(0, "hello world\n", "echo", "hello world"),
            new Ended(3, "one\ntwo\n", "sh", "-c", "echo one; false || echo two; exit 3"),
            new Ended(1, "", "false"))) {
      var caller = TestCaller.saying("");
      var conversation = exec(group.id(), ended.words(), HEARS);
      if (conversation.isEmpty()) {
        return;
      }

      assertThat(conversation.get().orElseThrow().hold(caller.caller())).isEqualTo(ended.code());
      assertThat(caller.output()).isEqualTo(ended.output());
      assertThat(caller.errors()).isEmpty();
    }
    var caller = TestCaller.saying("");
    var unknown = exec(group.id(), List.of("no-such-program"), HEARS).orElseThrow().orElseThrow();
    assertThat(unknown.hold(caller.caller())).isEqualTo(127);
    assertThat(caller.errors()).contains("no-such-program").contains("not found");
  }

  private record Ended(int code, String output, List<String> words) {
    private Ended(int code, String output, String... words) {
      this(code, output, List.of(words));
    }
  }

  @Test
  void aCommandReadsUntilTheEndOfTheInput() throws Exception {
    var group = runs();
    backend().create(group);
    awaitRunning(group.id());
    var caller = TestCaller.saying("one\ntwo");
    var conversation =
        exec(
            group.id(),
            List.of("sh", "-c", "cat && exit 5"),
            new Channels(true, true, true, false));
    if (conversation.isEmpty()) {
      return;
    }

    assertThat(conversation.get().orElseThrow().hold(caller.caller())).isEqualTo(5);

    assertThat(caller.output()).isEqualTo("one\ntwo");
  }

  @Test
  void withWhatDoesNotRunNobodyTalks() {
    var ended = group().script("main", "exit 0").build();
    var running = runs();
    backend().create(ended);
    backend().create(running);
    awaitFinished(ended.id());
    awaitRunning(running.id());
    var streams = backend().streams();

    for (var id : List.of(ended.id(), GroupId.first("no-such-pod"))) {
      exec(id, List.of("true"), HEARS).ifPresent(talk -> assertThat(talk).isEmpty());
      offered(() -> streams.attach(id, "main", HEARS))
          .ifPresent(talk -> assertThat(talk).isEmpty());
      offered(() -> streams.ports(id)).ifPresent(ports -> assertThat(ports).isEmpty());
    }
    offered(() -> streams.exec(running.id(), "other", List.of("true"), HEARS))
        .ifPresent(talk -> assertThat(talk).isEmpty());
  }

  @Test
  void aLogIsFollowedToTheEndOfItsInstance() {
    var group = group().script("main", "echo early; sleep 4; echo late; exit 4").build();
    backend().create(group);
    awaitRunning(group.id());
    var followed =
        new LogOptions(
            true, false, false, Optional.empty(), OptionalLong.of(1), OptionalLong.empty());

    var log = offered(() -> backend().streams().logs(group.id(), "main", followed));
    if (log.isEmpty()) {
      return;
    }

    assertThat(log.get().map(BackendContract::text)).hasValue("early\nlate\n");
    assertThat(exit(awaitFinished(group.id()), "main").code()).isEqualTo(4);
    // What has ended is read to its end.
    assertThat(backend().streams().logs(group.id(), "main", followed).map(BackendContract::text))
        .hasValue("late\n");
  }

  @Test
  void whoAttachesHearsTheFirstProcessUntilItsEnd() throws Exception {
    var group = group().script("main", "echo early; sleep 4; echo late; exit 4").build();
    backend().create(group);
    awaitRunning(group.id());
    subject.pass(Duration.ofSeconds(1));
    var caller = TestCaller.saying("");
    var conversation = offered(() -> backend().streams().attach(group.id(), "main", HEARS));
    if (conversation.isEmpty()) {
      return;
    }

    assertThat(conversation.get().orElseThrow().hold(caller.caller())).isEqualTo(4);

    assertThat(caller.output()).endsWith("late\n");
    assertThat(exit(awaitFinished(group.id()), "main").code()).isEqualTo(4);
  }

  @Test
  void aPortIsConnectedToWhereSomebodyListens() throws Exception {
    assumeTrue(subject.reachesAddresses(), "nobody has a way to addresses at this service");
    var group =
        group()
            // Which a simulation heeds, and nobody else.
            .environment("SIMULATED_PORTS", "8080")
            .script("main", "nc -ll -p 8080 -e cat & sleep 3600")
            .build();
    backend().create(group);
    awaitRunning(group.id());
    var offered = offered(() -> backend().streams().ports(group.id()));
    if (offered.isEmpty()) {
      return;
    }
    var ports = offered.get().orElseThrow();

    assertThatThrownBy(() -> ports.connect(8099))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("port 8099")
        .hasMessageContaining("connection refused");
    await()
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              try (var link = ports.connect(8080)) {
                link.output().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                link.endOutput();
                assertThat(link.input().readAllBytes()).isNotEmpty();
              }
            });
  }

  @Test
  void whatRunsIsToldWithWhatItUses() {
    var group = group().script("one", RUNS).script("two", RUNS).build();
    var ended = group().script("main", "exit 0").build();
    backend().create(group);
    backend().create(ended);
    var running = awaitRunning(group.id());
    awaitFinished(ended.id());
    var usage = offered(() -> backend().streams().usage());
    if (usage.isEmpty()) {
      return;
    }

    assertThat(usage.get())
        .extracting(ContainerUsage::group, ContainerUsage::container, ContainerUsage::started)
        .containsExactlyInAnyOrder(
            tuple(group.id(), "one", ((Running) state(running, "one")).since()),
            tuple(group.id(), "two", ((Running) state(running, "two")).since()));
    assertThat(usage.get())
        .allSatisfy(
            one -> {
              assertThat(one.cpuNanos().getAsLong()).isPositive();
              assertThat(one.workingSetBytes().getAsLong()).isPositive();
            });
    subject.pass(Duration.ofSeconds(10));
    assertThat(backend().streams().usage())
        .allSatisfy(
            later -> {
              var before =
                  usage.get().stream()
                      .filter(one -> one.container().equals(later.container()))
                      .findFirst()
                      .orElseThrow();
              assertThat(later.at()).isAfterOrEqualTo(before.at());
              assertThat(later.cpuNanos().getAsLong())
                  .isGreaterThanOrEqualTo(before.cpuNanos().getAsLong());
            });
  }

  @Test
  void withAServiceThatCannotBeReachedNobodyTalks() {
    var group = runs();
    backend().create(group);
    awaitRunning(group.id());
    var streams = backend().streams();

    subject.cutOff();

    for (Supplier<Object> talk :
        List.<Supplier<Object>>of(
            () -> streams.exec(group.id(), "main", List.of("true"), HEARS),
            () -> streams.attach(group.id(), "main", HEARS),
            () -> streams.ports(group.id()),
            streams::usage)) {
      assertThatThrownBy(talk::get).isInstanceOfAny(Unavailable.class, Unsupported.class);
    }
  }

  private Optional<Optional<Conversation>> exec(GroupId id, List<String> words, Channels channels) {
    return offered(() -> backend().streams().exec(id, "main", words, channels));
  }

  /** Nothing from a backend that says clearly that it has no such thing. */
  private static <T> Optional<T> offered(Supplier<T> asked) {
    try {
      return Optional.of(asked.get());
    } catch (Unsupported e) {
      assertThat(e.reasons()).isNotEmpty().noneMatch(String::isBlank);
      return Optional.empty();
    }
  }

  // ---- Words

  private Backend backend() {
    return subject.backend();
  }

  private GroupBuilder group() {
    return new GroupBuilder(subject.pool());
  }

  private ContainerGroup runs() {
    return group().script("main", RUNS).build();
  }

  private void needsOwnRestarts() {
    assumeTrue(subject.keepsOwnRestarts(), "containers' own restarts are refused");
  }

  private void needsSidecars() {
    assumeTrue(subject.runsSidecars(), "sidecars are refused, as another scenario shows");
  }

  private void settle() {
    subject.pass(backend().capabilities().settling());
  }

  /** What a list says that counts. */
  private List<Observation> listed() {
    settle();
    return backend().list();
  }

  private Optional<Observation> find(GroupId id) {
    return listed().stream().filter(group -> group.id().equals(id)).findFirst();
  }

  /** The group, which is listed once. */
  private Observation only(GroupId id) {
    var found = listed().stream().filter(group -> group.id().equals(id)).toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  /** That it is seen as before; one that ended may have given its addresses back. */
  private void assertUnchanged(Observation before) {
    var ignored =
        before.progress() == Progress.FINISHED ? new String[] {"addresses"} : new String[0];
    assertThat(only(before.id()))
        .usingRecursiveComparison()
        .ignoringFields(ignored)
        .isEqualTo(before);
  }

  private Observation awaitRunning(GroupId id) {
    return subject.await(id, BackendContract::running);
  }

  private static boolean running(Observation group) {
    return !group.containers().isEmpty()
        && group.containers().stream().allMatch(one -> one.state() instanceof Running);
  }

  private Observation awaitFinished(GroupId id) {
    return subject.await(id, group -> group.progress() == Progress.FINISHED);
  }

  private static ContainerState state(Observation group, String container) {
    return group.containers().stream()
        .filter(one -> one.name().equals(container))
        .findFirst()
        .orElseThrow()
        .state();
  }

  private static Exited exit(Observation group, String container) {
    return (Exited) state(group, container);
  }

  private static List<Exited> exits(Observation finished) {
    return finished.containers().stream().map(one -> (Exited) one.state()).toList();
  }

  private static boolean waitsFor(Observation group, String reason) {
    return waitsFor(group, "main", reason);
  }

  private static boolean waitsFor(Observation group, String container, String reason) {
    return state(group, container) instanceof Waiting(var found, _) && found.equals(reason);
  }

  /** Whether it fails or not depends on where the answer was lost; it fails in no other way. */
  private static void mayBeUnavailable(Runnable request) {
    try {
      request.run();
    } catch (Unavailable e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private Optional<String> log(GroupId id) {
    return backend().streams().logs(id, "main", LogOptions.ALL).map(BackendContract::text);
  }

  private static String text(InputStream log) {
    try (log) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
