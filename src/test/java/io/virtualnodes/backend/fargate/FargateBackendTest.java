package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.emulator.ecs.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is Fargate's alone, done by an emulated ECS. */
class FargateBackendTest {
  private static final String RUNS = "sleep 3600";
  private static final Duration HOUR = Duration.ofHours(1);

  private FargateSubject subject = new FargateSubject("burst", Limits.USUAL);

  @AfterEach
  void close() {
    subject.close();
  }

  private void with(Limits limits, FargatePlace.Capacity... capacity) {
    subject.close();
    subject = new FargateSubject("burst", limits, List.of(capacity));
  }

  // ---- Task definitions

  @Test
  void groupsOfOneKindShareADefinitionWhichTheNextOperatorFinds() {
    var groups = IntStream.range(0, 15).mapToObj(i -> numbered(i, RUNS)).toList();
    groups.subList(0, 10).forEach(subject.backend()::create);

    subject.restart();
    groups.subList(10, 15).forEach(subject.backend()::create);

    groups.forEach(group -> subject.await(group.id(), FargateBackendTest::runs));
    assertThat(count("RegisterTaskDefinition 200")).isEqualTo(1);
    assertThat(count("RunTask 200")).isEqualTo(15);
  }

  @Test
  void whoseTurnHasNotComeIsToldWhenItWillAndAwsIsNotAsked() {
    var groups = IntStream.range(0, 25).mapToObj(i -> group("exit " + i)).toList();
    groups.subList(0, 20).forEach(this::createPatiently);

    assertThatThrownBy(() -> subject.backend().create(groups.get(20)))
        .isInstanceOfSatisfying(
            Unavailable.class,
            turn ->
                assertThat(turn.retryAfter())
                    .hasValueSatisfying(
                        wait ->
                            assertThat(wait)
                                .isBetween(Duration.ofMillis(1), Duration.ofSeconds(20))))
        .hasMessageContaining("task definitions");

    groups.subList(20, 25).forEach(this::createPatiently);
    assertThat(count("RegisterTaskDefinition 400")).isZero();
    assertThat(count("RunTask 400")).isZero();
  }

  // ---- Secrets

  @Test
  void whatASecretSaysIsRemovedWithTheLastGroupThatNeedsIt() {
    var one = secret("s3cret-word");
    var other = secret("s3cret-word");
    subject.backend().create(one);
    subject.backend().create(other);
    subject.await(one.id(), FargateBackendTest::runs);
    subject.await(other.id(), FargateBackendTest::runs);
    assertThat(count("CreateSecret 200")).isEqualTo(1);

    subject.backend().delete(one.id());
    assertThat(count("DeleteSecret 200")).isZero();
    subject.backend().delete(other.id());

    assertThat(count("DeleteSecret 200")).isEqualTo(1);
    assertThat(count("DeregisterTaskDefinition 200")).isEqualTo(1);
  }

  @Test
  void aSecretThatNoGroupNeedsIsRemovedAfterAWhile() {
    var stays = group(RUNS);
    var goes = secret("s3cret-word");
    subject.backend().create(stays);
    subject.backend().create(goes);
    subject.await(goes.id(), FargateBackendTest::runs);
    subject.backend().delete(goes.id());
    assertThat(count("DeleteSecret 200")).isZero();

    subject.pass(Duration.ofMinutes(21));
    subject.await(stays.id(), group -> runs(group) && count("DeleteSecret 200") == 1);
  }

  // ---- Room

  @Test
  void anotherSubnetIsTriedWhereOneIsFull() {
    var group = group(RUNS);
    var attempts =
        FargateRequests.attempts(
            subject.place(), FargateLaunch.first(subject.place().poolUid(), group.id()).text(), 0);
    subject.aws().faults().full(attempts.getFirst().subnet(), true);

    subject.backend().create(group);

    subject.await(group.id(), FargateBackendTest::runs);
    assertThat(count("RunTask 200")).isEqualTo(2);
  }

  @Test
  void withoutSpotThereIsOnDemand() {
    with(Limits.USUAL, FargatePlace.Capacity.SPOT, FargatePlace.Capacity.ON_DEMAND);
    subject.aws().faults().noSpotCapacity(true);
    var group = group(RUNS);

    subject.backend().create(group);

    subject.await(group.id(), FargateBackendTest::runs);
    assertThat(subject.tasks(group.id()).getFirst().launchTypeAsString()).isEqualTo("FARGATE");
  }

  @Test
  void withoutAnyRoomThereIsNoneUntilThereIs() {
    subject.aws().faults().noCapacity(true);
    var group = group(RUNS);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> subject.backend().create(group))
          .isInstanceOf(NoCapacity.class)
          .hasMessageContaining("Capacity is unavailable at this time");
    }
    assertThat(subject.tasks(group.id())).isEmpty();

    subject.aws().faults().noCapacity(false);
    subject.backend().create(group);

    subject.await(group.id(), FargateBackendTest::runs);
    assertThat(subject.tasks(group.id())).hasSize(1);
  }

  @Test
  void anAnswerThatWasLostIsAskedForInTheSamePlace() {
    with(Limits.USUAL, FargatePlace.Capacity.SPOT, FargatePlace.Capacity.ON_DEMAND);
    var first = group(RUNS);
    subject.backend().create(first);
    var group = numbered(1, RUNS);
    subject.aws().faults().loseAnswer(1);
    assertThatThrownBy(() -> subject.backend().create(group)).isInstanceOf(Unavailable.class);

    // Nobody has listed meanwhile, so that only the token tells.
    subject.backend().create(group);

    subject.await(group.id(), FargateBackendTest::runs);
    assertThat(subject.tasks(group.id())).hasSize(1);
  }

  @Test
  void nodesAdvertiseTheQuotaOfThePoolsCapacity() {
    with(
        Limits.USUAL.withVcpus(10, 30),
        FargatePlace.Capacity.SPOT,
        FargatePlace.Capacity.ON_DEMAND);

    var quota = subject.backend().quota().orElseThrow();

    assertThat(quota.milliCpu()).isEqualTo(40_000);
    assertThat(quota.memoryBytes()).isEqualTo(320L << 30);
    assertThat(quota.groups()).isEqualTo(160);
  }

  // ---- Starting again

  @Test
  void allOfAGroupIsStartedAgainAndCounted() {
    var group =
        new GroupBuilder(subject.pool())
            .restarts(RestartPolicy.ON_FAILURE)
            .init("first", "echo init; exit 0")
            .script("main", "echo main; exit 3")
            .build();
    subject.backend().create(group);

    var again = subject.await(group.id(), seen -> seen.containers().getLast().restarts() == 2);

    assertThat(again.containers().getFirst().restarts()).isEqualTo(2);
    assertThat(again.containers().getLast().previous()).map(Exited::code).contains(3);
    assertThat(log(group.id(), "main", previous())).isEqualTo("main\n");
    assertThat(subject.tasks(group.id()).size()).isLessThan(2);
  }

  @Test
  void aSpotTaskThatAwsTookAwayIsRunAgain() {
    with(Limits.USUAL, FargatePlace.Capacity.SPOT);
    var group =
        new GroupBuilder(subject.pool())
            .restarts(RestartPolicy.ALWAYS)
            .script("main", RUNS)
            .build();
    subject.backend().create(group);
    subject.await(group.id(), FargateBackendTest::runs);

    subject.aws().interruptSpot(subject.tasks(group.id()).getFirst().taskArn());

    var again =
        subject.await(
            group.id(), seen -> runs(seen) && seen.containers().getFirst().restarts() == 1);
    assertThat(again.containers().getFirst().previous().orElseThrow().message())
        .contains("SpotInterruption: Your Spot Task was interrupted.");
  }

  @Test
  void whatWasDeletedWhileItWaitedIsNotStartedByTheNextOperator() {
    var group =
        new GroupBuilder(subject.pool())
            .restarts(RestartPolicy.ALWAYS)
            .script("main", "exit 3")
            .build();
    subject.backend().create(group);
    subject.await(group.id(), seen -> seen.containers().getFirst().restarts() == 1);
    subject.await(
        group.id(),
        seen -> seen.containers().getFirst().previous().isPresent() && ended(group.id()));
    subject.backend().delete(group.id());
    subject.restart();
    int launches = count("RunTask 200");

    // As the core does with a group whose pod is gone.
    subject.backend().list();
    subject.pass(Duration.ofSeconds(30));
    subject.backend().list();
    subject.backend().delete(group.id());
    subject.pass(Duration.ofMinutes(10));

    assertThat(subject.backend().list()).isEmpty();
    assertThat(count("RunTask 200")).isEqualTo(launches);
  }

  private boolean ended(GroupId id) {
    return subject.tasks(id).isEmpty();
  }

  // ---- Ends

  @Test
  void whatEcsHasForgottenStaysAsItEndedUntilItIsDeleted() {
    var group = group("exit 4");
    subject.backend().create(group);
    var ended = subject.await(group.id(), seen -> seen.progress() == Progress.FINISHED);

    subject.pass(HOUR.multipliedBy(3));

    assertThat(subject.backend().list()).containsExactly(ended);
    subject.backend().delete(group.id());
    assertThat(subject.backend().list()).isEmpty();
  }

  @Test
  void aTaskThatVanishesIsNotThereAnyMore() {
    var group = group(RUNS);
    subject.backend().create(group);
    subject.await(group.id(), FargateBackendTest::runs);
    subject.pass(FargateInventory.SETTLING.multipliedBy(2));

    subject.aws().vanish(subject.tasks(group.id()).getFirst().taskArn());

    assertThat(subject.backend().list()).isEmpty();
  }

  // ---- Events

  @Test
  void whatHappensToATaskBringsTheNextLookForward() throws Exception {
    subject.hear();
    var group = group(RUNS);
    subject.backend().create(group);
    var hints = new Semaphore(0);
    subject.backend().onChange(hints::release);

    // Time passes at the service, where somebody else looks.
    subject.pass(Duration.ofSeconds(30));
    subject.tasks(group.id());

    assertThat(hints.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
    await().untilAsserted(() -> assertThat(count("DeleteMessageBatch 200")).isPositive());
  }

  // ---- Logs

  @Test
  void aLogIsReadAsItIsAskedFor() {
    var group = group("echo one; sleep 2; echo two; sleep 2; echo three; exit 0");
    subject.backend().create(group);
    subject.await(group.id(), seen -> seen.progress() == Progress.FINISHED);

    assertThat(log(group.id(), LogOptions.ALL)).isEqualTo("one\ntwo\nthree\n");
    assertThat(log(group.id(), options(OptionalLong.of(2), OptionalLong.empty(), false)))
        .isEqualTo("two\nthree\n");
    assertThat(log(group.id(), options(OptionalLong.of(0), OptionalLong.empty(), false))).isEmpty();
    assertThat(log(group.id(), options(OptionalLong.empty(), OptionalLong.of(5), false)))
        .isEqualTo("one\nt");
    var timed = log(group.id(), options(OptionalLong.of(2), OptionalLong.empty(), true)).lines();
    var times = timed.map(line -> Instant.parse(line.split(" ")[0])).toList();
    assertThat(Duration.between(times.getFirst(), times.getLast()))
        .isEqualTo(Duration.ofSeconds(2));
    var since =
        new LogOptions(
            false,
            false,
            false,
            Optional.of(times.getLast()),
            OptionalLong.empty(),
            OptionalLong.empty());
    assertThat(log(group.id(), since)).isEqualTo("three\n");
  }

  private static LogOptions options(OptionalLong tail, OptionalLong bytes, boolean timestamps) {
    return new LogOptions(false, false, timestamps, Optional.empty(), tail, bytes);
  }

  private static LogOptions previous() {
    return new LogOptions(
        false, true, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
  }

  // ---- Words

  private ContainerGroup group(String script) {
    return new GroupBuilder(subject.pool()).script("main", script).build();
  }

  private ContainerGroup numbered(int number, String script) {
    return new GroupBuilder(subject.pool())
        .environment("INDEX", String.valueOf(number))
        .script("main", script)
        .build();
  }

  private ContainerGroup secret(String word) {
    return FargateRefusalsTest.with(
        new GroupBuilder(subject.pool()).script("main", RUNS), "WORD", word);
  }

  private void createPatiently(ContainerGroup group) {
    subject.patiently(30, () -> subject.backend().create(group));
  }

  private static boolean runs(Observation group) {
    return !group.containers().isEmpty()
        && group.containers().stream().allMatch(one -> one.state() instanceof Running);
  }

  private int count(String call) {
    return subject.count(call);
  }

  private String log(GroupId id, LogOptions options) {
    return log(id, "main", options);
  }

  private String log(GroupId id, String container, LogOptions options) {
    try (var log = subject.backend().streams().logs(id, container, options).orElseThrow()) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
