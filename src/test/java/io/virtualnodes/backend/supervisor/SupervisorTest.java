package io.virtualnodes.backend.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.supervisor.FakeRuntime.Asked;
import io.virtualnodes.backend.supervisor.FakeRuntime.AskedToEnd;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.SupervisedGroup.SupervisedContainer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SupervisorTest {
  private static final Instant NOON = Instant.parse("2026-02-03T12:00:00Z");
  private static final GroupId ID = GroupId.first("some-uid");

  private final FakeRuntime runtime = new FakeRuntime();
  private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
  private final Supervisor supervisor = new Supervisor(runtime, now::get);

  @AfterEach
  void close() {
    supervisor.close();
  }

  private static SupervisedGroup group(Latest... latest) {
    var containers =
        java.util.stream.IntStream.range(0, latest.length)
            .mapToObj(i -> new SupervisedContainer("c" + i, Part.MAIN, Optional.empty(), latest[i]))
            .toList();
    return group(RestartPolicy.ALWAYS, containers.toArray(SupervisedContainer[]::new));
  }

  private static SupervisedGroup group(RestartPolicy policy, SupervisedContainer... containers) {
    return new SupervisedGroup(
        ID, policy, Duration.ofSeconds(30), Optional.empty(), List.of(containers));
  }

  private static Latest down(int number, Duration backOff) {
    return new Latest.Down(
        new EndedInstance(number, 1, NOON.minusSeconds(5), NOON.minusSeconds(1), backOff));
  }

  private void awaitAsked(int times) {
    await().until(() -> runtime.asked.size() >= times);
  }

  @Test
  void whatEndedIsStartedAgainWithItsNextNumber() {
    supervisor.seen(List.of(group(new Latest.Up(), down(0, Duration.ZERO))));

    awaitAsked(1);
    assertThat(runtime.asked).containsExactly(new Asked(ID, "c1", 1, Duration.ofSeconds(10)));
  }

  @Test
  void whatIsThereWhenItBeginsIsLookedAtWithoutBeingHandedIn() {
    var first = new FakeRuntime();
    first.show(group(down(0, Duration.ZERO)));
    first.meanwhile(() -> first.show(group(new Latest.Up())));

    try (var _ = new Supervisor(first, now::get)) {
      await().until(() -> first.asked.size() == 1);
    }
  }

  @Test
  void aContainerThatIsBeingRestartedIsNotAskedForAgain() {
    var done = new CountDownLatch(1);
    runtime.meanwhile(() -> uninterruptibly(done));
    var view = List.of(group(down(0, Duration.ZERO)));

    supervisor.seen(view);
    awaitAsked(1);
    supervisor.seen(view);
    supervisor.seen(view);
    int looks = runtime.looks();
    done.countDown();

    // The look after the restart shows it up.
    await().until(() -> runtime.looks() > looks);
    assertThat(runtime.asked).hasSize(1);
  }

  @Test
  void eachContainerIsRestartedWithoutWaitingForTheOthers() {
    var done = new CountDownLatch(1);
    runtime.meanwhile(() -> uninterruptibly(done));

    supervisor.seen(List.of(group(down(0, Duration.ZERO), down(0, Duration.ZERO))));

    awaitAsked(2);
    done.countDown();
  }

  @Test
  void aRestartThatWasCutOffIsCompletedAtOnceByItsNumber() {
    supervisor.seen(List.of(group(new Latest.CutOff(4, Duration.ofSeconds(80)))));

    awaitAsked(1);
    assertThat(runtime.asked).containsExactly(new Asked(ID, "c0", 4, Duration.ofSeconds(80)));
  }

  @Test
  void whatWaitsIsStartedOnlyWhenItIsDue() {
    var view = List.of(group(down(1, Duration.ofSeconds(10))));

    supervisor.seen(view);
    now.set(NOON.plusSeconds(8));
    supervisor.seen(view);
    assertThat(runtime.asked).isEmpty();
    now.set(NOON.plusSeconds(9));
    supervisor.seen(view);

    awaitAsked(1);
    assertThat(runtime.asked).containsExactly(new Asked(ID, "c0", 2, Duration.ofSeconds(20)));
  }

  @Test
  void whatStaysEndedIsLeftAlone() {
    supervisor.seen(
        List.of(
            group(
                RestartPolicy.NEVER,
                new SupervisedContainer(
                    "c0", Part.MAIN, Optional.empty(), down(0, Duration.ZERO)))));

    assertThat(runtime.asked).isEmpty();
  }

  @Test
  void aFailedRestartIsAskedForAgainAfterAWhile() {
    // The first is foreseen, the second is a defect: neither must end the supervision.
    for (var failure :
        List.of(new BackendException.Unavailable("busy", null), new IllegalStateException("?"))) {
      runtime.asked.clear();
      var seen = runtime.looks();
      runtime.failures.add(failure);
      var view = List.of(group(down(0, Duration.ZERO)));
      supervisor.seen(view);
      await().until(() -> runtime.asked.size() == 1 && runtime.looks() > seen);

      supervisor.seen(view);
      assertThat(runtime.asked).hasSize(1);
      now.set(now.get().plusSeconds(10));
      supervisor.seen(view);

      awaitAsked(2);
      assertThat(runtime.asked.get(1)).isEqualTo(runtime.asked.get(0));
    }
  }

  /** The main container ended a second before noon, and there are 30 s from then. */
  private static SupervisedGroup ending(Latest first, Latest second) {
    return group(
        RestartPolicy.NEVER,
        new SupervisedContainer("s0", Part.SIDECAR, Optional.empty(), first),
        new SupervisedContainer("s1", Part.SIDECAR, Optional.empty(), second),
        new SupervisedContainer("c0", Part.MAIN, Optional.empty(), down(0, Duration.ZERO)));
  }

  @Test
  void sidecarsAreAskedToEndOneAfterTheOtherWithinOneGrace() {
    supervisor.seen(List.of(ending(new Latest.Up(), new Latest.Up())));
    await().until(() -> runtime.askedToEnd.size() == 1);
    now.set(NOON.plusSeconds(9));
    supervisor.seen(List.of(ending(new Latest.Up(), down(0, Duration.ZERO))));

    await().until(() -> runtime.askedToEnd.size() == 2);
    assertThat(runtime.askedToEnd)
        .containsExactly(
            new AskedToEnd(ID, "s1", Duration.ofSeconds(29)),
            new AskedToEnd(ID, "s0", Duration.ofSeconds(20)));
    assertThat(runtime.asked).isEmpty();
  }

  @Test
  void aSidecarIsAskedAgainOnlyWhenItsTimeIsLongUp() {
    var view = List.of(ending(down(0, Duration.ZERO), new Latest.Up()));
    supervisor.seen(view);
    await().until(() -> runtime.looks() > 1 && runtime.askedToEnd.size() == 1);

    now.set(NOON.plusSeconds(38));
    supervisor.seen(view);
    assertThat(runtime.askedToEnd).hasSize(1);
    now.set(NOON.plusSeconds(39));

    // Once the first request is over on its own thread.
    await()
        .until(
            () -> {
              supervisor.seen(view);
              return runtime.askedToEnd.size() == 2;
            });
    assertThat(runtime.askedToEnd.getLast().grace()).isZero();
  }

  @Test
  void aFailedLookDoesNotEndTheLooking() {
    for (var failure :
        List.of(new BackendException.Unavailable("down", null), new IllegalStateException("?"))) {
      var blind = new FakeRuntime();
      blind.blindness.add(failure);
      blind.show(group(down(0, Duration.ZERO)));
      // Goes fast, so that the pause after the failure is over at once.
      var began = Instant.now();

      try (var _ =
          new Supervisor(
              blind, () -> NOON.plus(Duration.between(began, Instant.now()).multipliedBy(100)))) {
        await().until(() -> !blind.asked.isEmpty());
      }
      assertThat(blind.looks()).isGreaterThan(1);
    }
  }

  @Test
  void aViewThatComesAfterTheEndIsHarmless() {
    supervisor.close();

    supervisor.seen(List.of(group(down(0, Duration.ZERO))));

    assertThat(runtime.asked).isEmpty();
  }

  private static void uninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
