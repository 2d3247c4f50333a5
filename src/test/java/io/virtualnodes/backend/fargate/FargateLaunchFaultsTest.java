package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.Limits.Category;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What AWS remembers, forgets and holds up when tasks are run. */
class FargateLaunchFaultsTest {
  private static final String RUNS = "sleep 3600";

  private FargateSubject subject = new FargateSubject("burst", Limits.USUAL);

  @AfterEach
  void close() {
    subject.close();
  }

  // ---- A task that AWS ran and forgot

  @Test
  void aTaskThatAwsHasForgottenIsNotRunAgainWhereItMustNotBe() {
    var again = runAndForget(RestartPolicy.NEVER);

    assertThatThrownBy(() -> subject.backend().create(again))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("does not show it yet");
    subject.pass(FargateInventory.SETTLING.plusSeconds(1));

    assertThatThrownBy(() -> subject.backend().create(again))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("restartPolicy Never");
    assertThat(subject.aws().startedBy()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = RestartPolicy.class,
      names = {"ALWAYS", "ON_FAILURE"})
  void aTaskThatAwsHasForgottenIsRunAgainWhereItMayBe(RestartPolicy policy) {
    var again = runAndForget(policy);

    assertThatThrownBy(() -> subject.backend().create(again)).isInstanceOf(Unavailable.class);
    subject.pass(FargateInventory.SETTLING.plusSeconds(1));
    assertThatThrownBy(() -> subject.backend().create(again))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("run again");
    subject.backend().create(again);

    subject.await(again.id(), FargateLaunchFaultsTest::runs);
    assertThat(subject.aws().running()).hasSize(1);
  }

  /** The same group in other words, whose first task ended hours ago and was never seen. */
  private ContainerGroup runAndForget(RestartPolicy policy) {
    var id = GroupId.first("0000-1");
    var first = group(id, policy, "exit 0");
    subject.backend().list();
    // The first is that of its definition.
    subject.aws().faults().loseAnswer(2);
    assertThatThrownBy(() -> subject.backend().create(first)).isInstanceOf(Unavailable.class);
    subject.restart();
    for (int minute = 0; minute < 150; minute++) {
      subject.pass(Duration.ofMinutes(1));
      subject.aws().startedBy();
    }
    return group(id, policy, RUNS);
  }

  private ContainerGroup group(GroupId id, RestartPolicy policy, String script) {
    return new GroupBuilder(subject.pool()).id(id).restarts(policy).script("main", script).build();
  }

  // ---- A definition that somebody deregistered

  @Test
  void aDefinitionThatSomebodyDeregisteredIsMadeAgain() {
    subject.backend().create(group(GroupId.first("0000-1"), RestartPolicy.NEVER, RUNS));
    deregister("0000-1");
    var next = group(GroupId.first("0000-2"), RestartPolicy.NEVER, RUNS);

    assertThatThrownBy(() -> subject.backend().create(next))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("inactive");
    subject.backend().create(next);

    subject.await(next.id(), FargateLaunchFaultsTest::runs);
    assertThat(subject.aws().traffic().counts()).containsEntry("RegisterTaskDefinition 200", 2);
  }

  @Test
  void aGroupWhoseDefinitionSomebodyDeregisteredIsStartedAgain() {
    var group = group(GroupId.first("0000-1"), RestartPolicy.ALWAYS, "sleep 20; exit 3");
    subject.backend().create(group);
    subject.await(group.id(), FargateLaunchFaultsTest::runs);
    deregister("0000-1");

    subject.await(group.id(), seen -> runs(seen) && seen.containers().getFirst().restarts() == 1);

    assertThat(subject.aws().startedBy()).hasSize(2);
  }

  private void deregister(String uid) {
    subject.pass(Duration.ofSeconds(5));
    var arn = subject.tasks(GroupId.first(uid)).getFirst().taskDefinitionArn();
    try (var login = AwsLogin.to(subject.place());
        var ecs = new EcsCalls(login, FargateRates.usual(), subject::now, Thread::sleep)) {
      ecs.deregister(arn);
    }
  }

  // ---- Many ends at once

  @Test
  void theEndOfManyPodsHoldsUpNoStart() {
    try (var pods =
        new FargatePods(
            Limits.USUAL.withRate(Category.CLUSTER_RESOURCE_MODIFY, 45, 40),
            FargatePlace.Capacity.ON_DEMAND)) {
      IntStream.range(0, 60)
          .forEach(i -> pods.pods().add("old-" + i, FargatePods.pod("Never", RUNS)));
      pods.passBeatsUntilAll("Running");
      int before = pods.aws().throttled(Category.CLUSTER_RESOURCE_MODIFY);
      pods.pods().pods().forEach(pod -> pods.pods().delete(pod.getMetadata().getUid()));
      pods.pods().add("new", FargatePods.pod("Never", RUNS));

      for (int beat = 0; beat < 40 && pods.pods().pods().size() > 1; beat++) {
        pods.passBeats(1);
      }

      pods.awaitPhase("new", "Running");
      assertThat(pods.pods().pods()).hasSize(1);
      assertThat(pods.aws().throttled(Category.CLUSTER_RESOURCE_MODIFY)).isEqualTo(before);
      pods.checkNothingRunsTwiceOrForNobody();
    }
  }

  // ---- Answers that are old

  @Test
  void anAnswerThatIsOlderThanWhatIsKnownChangesNothing() {
    var group = group(GroupId.first("0000-1"), RestartPolicy.NEVER, RUNS);
    subject.backend().create(group);
    subject.await(group.id(), FargateLaunchFaultsTest::runs);

    subject.aws().faults().oldAnswers(true);
    subject.pass(Duration.ofSeconds(5));

    assertThat(subject.backend().list()).singleElement().matches(FargateLaunchFaultsTest::runs);
  }

  private static boolean runs(Observation group) {
    return group.containers().stream().allMatch(one -> one.state() instanceof Running);
  }
}
