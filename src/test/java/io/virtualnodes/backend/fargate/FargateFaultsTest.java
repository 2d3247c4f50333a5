package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.Limits.Category;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What AWS is known to do to those who run tasks there: whatever it is, a group has one task.
 *
 * <p>Lost answers, missing images and the next operator are in the contract; missing room, Spot and
 * tasks that vanish in {@link FargateBackendTest}.
 */
class FargateFaultsTest {
  private static final String RUNS = "sleep 3600";
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final int MOST_TRIES = 100;

  private FargateSubject subject = new FargateSubject("burst", Limits.USUAL);
  private int throttled;

  @AfterEach
  void close() {
    subject.close();
  }

  private void with(Limits limits) {
    subject.close();
    subject = new FargateSubject("burst", limits);
  }

  // ---- Rates and room

  @ParameterizedTest
  @EnumSource(
      names = {
        "CLUSTER_RESOURCE_MODIFY",
        "CLUSTER_RESOURCE_READ",
        "TASK_DEFINITION_MODIFY",
        "TASK_DEFINITION_READ",
        "FARGATE_RUN_TASK",
        "ON_DEMAND_LAUNCH",
        "SECRET_WRITE"
      })
  void whatIsOneRequestTooManyIsDoneLaterAndOnce(Category category) {
    with(Limits.USUAL.withRate(category, 3, 0.5));
    var groups =
        IntStream.range(0, 6)
            .mapToObj(
                i ->
                    FargateRefusalsTest.with(
                        new GroupBuilder(subject.pool()).script("main", RUNS), "WORD", "word-" + i))
            .toList();

    groups.forEach(group -> patiently(() -> subject.backend().create(group)));
    awaitAllRunning(groups.size());

    assertThat(throttled).isPositive();
    assertThat(groups).extracting(group -> subject.firstTasks(group.id())).containsOnly(1);
    assertThat(count("RunTask 200")).isEqualTo(6);
  }

  @Test
  void withoutQuotaAGroupWaitsForTheEndOfAnother() {
    with(Limits.USUAL.withVcpus(0.25, 0));
    var first = group("sleep 20");
    var second = group(RUNS);
    subject.backend().create(first);
    assertThatThrownBy(() -> subject.backend().create(second))
        .isInstanceOf(NoCapacity.class)
        .hasMessageContaining("limit on the number of vCPUs");

    subject.await(first.id(), FargateFaultsTest::isFinished);
    // Until its network is taken down, it counts.
    subject.pass(Duration.ofSeconds(10));
    subject.backend().create(second);

    subject.await(second.id(), FargateFaultsTest::runs);
    assertThat(subject.firstTasks(second.id())).isEqualTo(1);
  }

  // ---- Answers and reads

  @Test
  void anOperatorThatEndsBetweenALaunchAndItsStatusLeavesOneTask() {
    var group = group(RUNS);
    subject.backend().create(group);
    subject.restart();
    assertThat(subject.backend().list()).as("what ECS shows at once").isEmpty();

    subject.backend().create(group);

    subject.await(group.id(), FargateFaultsTest::runs);
    assertThat(subject.firstTasks(group.id())).isEqualTo(1);
    assertThat(count("RunTask 200")).as("of which one ran a task").isEqualTo(2);
  }

  @Test
  void aTaskThatWasAskedForInOtherWordsIsFoundOnceEcsShowsIt() {
    var group = group(RUNS);
    subject.backend().create(group);
    subject.restart();
    var changed =
        new GroupBuilder(subject.pool())
            .id(group.id())
            .environment("SINCE", "changed")
            .script("main", RUNS)
            .build();
    assertThatThrownBy(() -> subject.backend().create(changed))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("does not show it yet");

    subject.pass(Duration.ofSeconds(2));
    subject.backend().create(changed);

    subject.await(group.id(), FargateFaultsTest::runs);
    assertThat(subject.firstTasks(group.id())).isEqualTo(1);
    assertThat(count("RunTask 400")).as("conflicts").isEqualTo(2);
  }

  @Test
  void aTaskThatReadsDoNotShowYetIsNotTakenForGone() {
    with(Limits.USUAL.withSettling(Duration.ofSeconds(30)));
    var group = group(RUNS);
    subject.backend().create(group);

    for (int beat = 0; beat < 6; beat++) {
      assertThat(subject.backend().list()).extracting(Observation::id).containsExactly(group.id());
      subject.pass(BEAT);
    }

    subject.await(group.id(), FargateFaultsTest::runs);
    assertThat(subject.firstTasks(group.id())).isEqualTo(1);
  }

  @Test
  void aTaskOfWhichAnEventTellsBeforeItsAnswerIsNotAskedForAgain() throws Exception {
    subject.hear();
    var hints = new Semaphore(0);
    subject.backend().onChange(hints::release);
    var group = group(RUNS);
    // The first is that of its definition.
    subject.aws().faults().loseAnswer(2);
    assertThatThrownBy(() -> subject.backend().create(group)).isInstanceOf(Unavailable.class);
    assertThat(subject.aws().faults().forgetLoss()).isTrue();
    assertThat(hints.tryAcquire(30, TimeUnit.SECONDS)).isTrue();

    subject.pass(Duration.ofSeconds(2));
    assertThat(subject.backend().list()).extracting(Observation::id).containsExactly(group.id());
    subject.backend().create(group);

    subject.await(group.id(), FargateFaultsTest::runs);
    assertThat(subject.firstTasks(group.id())).isEqualTo(1);
    assertThat(count("RunTask 200")).as("answers that were not lost").isZero();
  }

  // ---- Ends

  @Test
  void anEndForAReasonThatNobodyKnowsYetIsToldAndIsNoSuccess() {
    var group = group(RUNS);
    subject.backend().create(group);
    subject.await(group.id(), FargateFaultsTest::runs);

    subject
        .aws()
        .interrupt(subject.tasks(group.id()).getFirst().taskArn(), "SolarFlare", "The sun.");

    var ended = subject.await(group.id(), FargateFaultsTest::isFinished);
    assertThat(exit(ended).code()).isNotZero();
    assertThat(exit(ended).message()).contains("SolarFlare: The sun.");
    assertThat(count("RunTask 200")).isEqualTo(1);
  }

  /** They are forced to end with 143, or some say that they hang. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWaitsForAFailedInitContainerNeverRanAndItsTaskEnds(boolean hangs) {
    subject.aws().faults().dependantsHang(hangs);
    var group = new GroupBuilder(subject.pool()).init("first", "exit 3").script("main", RUNS);
    var made = group.build();
    subject.backend().create(made);

    var ended = subject.await(made.id(), FargateFaultsTest::isFinished);

    assertThat(exit(ended).code()).isEqualTo(3);
    assertThat(ended.containers().getLast().state()).isInstanceOf(Waiting.class);
    // The request to stop it is sent by another thread.
    await().untilAsserted(() -> assertThat(subject.tasks(made.id())).isEmpty());
    assertThat(count("RunTask 200")).isEqualTo(1);
  }

  // ---- Secrets

  @Test
  void whatASecretSaysIsInNoRequestButThatWhichKeepsIt(@TempDir Path folder) throws IOException {
    var record = folder.resolve("traffic.jsonl");
    subject.close();
    subject =
        new FargateSubject(
            "burst", Limits.USUAL, List.of(FargatePlace.Capacity.ON_DEMAND), Optional.of(record));
    var group =
        FargateRefusalsTest.with(
            new GroupBuilder(subject.pool()).script("main", RUNS), "WORD", "s3cret-word");

    subject.backend().create(group);
    subject.await(group.id(), FargateFaultsTest::runs);
    subject.backend().delete(group.id());

    // Of what Secrets Manager is told, the record has the rest.
    assertThat(Files.readString(record))
        .contains("\"SecretString\":\"hidden\"", "RegisterTaskDefinition", "RunTask", "StopTask")
        .doesNotContain("s3cret-word");
  }

  // ---- Words

  private ContainerGroup group(String script) {
    return new GroupBuilder(subject.pool()).script("main", script).build();
  }

  /** As the core does it: what could not be done is tried again when AWS may take it. */
  private void patiently(Runnable request) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      try {
        request.run();
        return;
      } catch (Unavailable e) {
        if (e.getMessage().contains("Rate exceeded")) {
          throttled++;
        }
        subject.pass(e.retryAfter().orElseThrow(() -> e));
      }
    }
    throw new AssertionError("its turn never came");
  }

  private void awaitAllRunning(int groups) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      var seen = new ArrayList<Observation>();
      patiently(() -> seen.addAll(subject.backend().list()));
      if (seen.size() == groups && seen.stream().allMatch(FargateFaultsTest::runs)) {
        return;
      }
      subject.pass(Duration.ofMillis(500));
    }
    throw new AssertionError("they never all ran: " + subject.backend().list());
  }

  private static boolean runs(Observation group) {
    return group.containers().stream().allMatch(one -> one.state() instanceof Running);
  }

  private static boolean isFinished(Observation group) {
    return group.progress() == Progress.FINISHED;
  }

  /** How its first container ended. */
  private static Exited exit(Observation group) {
    return (Exited) group.containers().getFirst().state();
  }

  private int count(String call) {
    return subject.aws().traffic().counts().getOrDefault(call, 0);
  }
}
