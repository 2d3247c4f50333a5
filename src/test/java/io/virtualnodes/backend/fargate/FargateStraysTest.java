package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.emulator.ecs.Limits;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tasks that nobody knew of when their group was stopped or deleted: none of them runs on. */
class FargateStraysTest {
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final int MOST_BEATS = 40;

  private FargateSubject subject = new FargateSubject("burst", Limits.USUAL);

  @AfterEach
  void close() {
    subject.close();
  }

  @Test
  void aTaskWhoseAnswerWasLostBeforeItsGroupWasDeletedIsStopped() {
    var group = group(RestartPolicy.NEVER, "sleep 3600");
    subject.backend().list();
    // The first is that of its definition.
    subject.aws().faults().loseAnswer(2);
    assertThatThrownBy(() -> subject.backend().create(group)).isInstanceOf(Unavailable.class);

    subject.backend().delete(group.id());

    assertThat(subject.aws().running()).hasSize(1);
    awaitNothingRuns();
    assertThat(subject.backend().list()).isEmpty();
  }

  @Test
  void aTaskThatWasRunAgainUnseenBeforeItsGroupWasDeletedIsStopped() {
    var group = group(RestartPolicy.ALWAYS, "sleep 10; exit 3");
    runAgainUnseen(group);

    subject.backend().delete(group.id());

    assertThat(subject.aws().running()).hasSize(1);
    awaitNothingRuns();
    assertThat(subject.backend().list()).isEmpty();
  }

  @Test
  void aTaskThatWasRunAgainUnseenBeforeItsGroupWasStoppedIsStopped() {
    var group = group(RestartPolicy.ALWAYS, "sleep 10; exit 3");
    runAgainUnseen(group);

    subject.backend().stop(group.id(), Duration.ZERO);

    assertThat(subject.aws().running()).hasSize(1);
    awaitNothingRuns();
    subject.await(group.id(), seen -> seen.progress().equals(Observation.Progress.FINISHED));
  }

  /** Its second task runs, and the answer that would have told so was lost. */
  private void runAgainUnseen(ContainerGroup group) {
    subject.backend().create(group);
    subject.await(group.id(), FargateStraysTest::runs);
    subject.aws().faults().loseAnswer(1);
    for (int beat = 0; beat < MOST_BEATS && subject.aws().startedBy().size() < 2; beat++) {
      subject.backend().list();
      subject.pass(BEAT);
    }
    await().until(subject.aws().faults()::forgetLoss);
    assertThat(subject.aws().startedBy()).hasSize(2);
  }

  @Test
  void aTaskThatEcsDoesNotShowYetWhenItsGroupIsDeletedIsStopped() {
    close();
    subject = new FargateSubject("burst", Limits.USUAL.withSettling(Duration.ofSeconds(45)));
    var group = group(RestartPolicy.NEVER, "sleep 3600");
    subject.backend().create(group);

    subject.backend().delete(group.id());

    assertThat(subject.aws().running()).hasSize(1);
    awaitNothingRuns();
    assertThat(subject.backend().list()).isEmpty();
  }

  @Test
  void aTaskThatEcsDoesNotShowYetWhenItsGroupIsStoppedIsStopped() {
    close();
    subject = new FargateSubject("burst", Limits.USUAL.withSettling(Duration.ofSeconds(45)));
    var group = group(RestartPolicy.NEVER, "sleep 3600");
    subject.backend().create(group);

    subject.backend().stop(group.id(), Duration.ZERO);

    assertThat(subject.aws().running()).hasSize(1);
    awaitNothingRuns();
  }

  @Test
  void whileAStrayCannotBeStoppedItIsTriedAgain() {
    var group = group(RestartPolicy.NEVER, "sleep 3600");
    subject.backend().list();
    subject.aws().faults().loseAnswer(2);
    assertThatThrownBy(() -> subject.backend().create(group)).isInstanceOf(Unavailable.class);
    subject.backend().delete(group.id());

    subject.aws().faults().refuse("StopTask", "ThrottlingException");
    passBeats(4);
    assertThat(subject.aws().running()).hasSize(1);
    subject.aws().faults().allow("StopTask");

    awaitNothingRuns();
  }

  @Test
  void thePoolStaysUntilAllTasksOfGroupsThatWereDeletedAtOnceAreStopped() {
    var groups =
        IntStream.range(0, 40).mapToObj(i -> group(RestartPolicy.NEVER, "sleep 3600")).toList();
    for (int i = 0; i < groups.size(); i++) {
      if (i % 20 == 0) {
        subject.pass(BEAT);
      }
      subject.backend().create(groups.get(i));
    }
    passBeats(4);

    groups.forEach(group -> subject.backend().delete(group.id()));

    assertThat(subject.aws().running()).hasSize(20);
    assertThatThrownBy(() -> subject.backend().removeShared())
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("yet to be stopped");
    awaitNothingRuns();
    subject.backend().removeShared();
    assertThat(subject.backend().list()).isEmpty();
  }

  /** Nobody lists the groups of a pool that goes. */
  @Test
  void aPoolThatGoesStopsATaskThatEcsDidNotShowWhenItsGroupWasDeleted() {
    close();
    subject = new FargateSubject("burst", Limits.USUAL.withSettling(Duration.ofSeconds(45)));
    var group = group(RestartPolicy.NEVER, "sleep 3600");
    subject.backend().create(group);
    subject.backend().delete(group.id());
    assertThatThrownBy(() -> subject.backend().removeShared()).isInstanceOf(Unavailable.class);

    await().until(this::nothingIsLeftABeatLater);

    assertThat(subject.aws().running()).isEmpty();
  }

  private boolean nothingIsLeftABeatLater() {
    subject.pass(BEAT);
    try {
      subject.backend().removeShared();
      return true;
    } catch (Unavailable e) {
      return false;
    }
  }

  private void awaitNothingRuns() {
    for (int beat = 0; beat < MOST_BEATS && !subject.aws().running().isEmpty(); beat++) {
      passBeats(1);
    }
    await().untilAsserted(() -> assertThat(subject.aws().running()).isEmpty());
  }

  private void passBeats(int beats) {
    for (int beat = 0; beat < beats; beat++) {
      subject.backend().list();
      subject.pass(BEAT);
    }
  }

  private static boolean runs(Observation group) {
    return group.containers().stream().allMatch(one -> one.state() instanceof Running);
  }

  private ContainerGroup group(RestartPolicy policy, String script) {
    return new GroupBuilder(subject.pool()).restarts(policy).script("main", script).build();
  }
}
