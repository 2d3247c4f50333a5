package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.emulator.ecs.Limits;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What groups had in common goes with them, also of those that never ran. */
class FargateLeftoversTest {
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final int MOST_TRIES = 30;

  private final FargateSubject subject = new FargateSubject("burst", Limits.USUAL);

  @AfterEach
  void close() {
    subject.close();
  }

  @Test
  void theSecretOfAGroupThatNobodyAsksForAnyMoreIsRemovedAfterAWhile() {
    var stays = new GroupBuilder(subject.pool()).script("main", "sleep 36000").build();
    subject.backend().create(stays);
    waitForRoom(secret("s3cret-word"));
    subject.aws().faults().noCapacity(false);

    for (int look = 0; look < 4; look++) {
      subject.pass(Duration.ofMinutes(10).plusSeconds(1));
      subject.backend().list();
    }

    await().untilAsserted(() -> assertThat(count("DeleteSecret 200")).isEqualTo(1));
  }

  @Test
  void aGroupThatWaitsForRoomKeepsItsSecret() {
    var stays = new GroupBuilder(subject.pool()).script("main", "sleep 36000").build();
    subject.backend().create(stays);
    var waits = secret("s3cret-word");
    for (int minute = 0; minute < 45; minute++) {
      waitForRoom(waits);
      subject.pass(Duration.ofMinutes(1));
      subject.backend().list();
    }
    subject.aws().faults().noCapacity(false);

    subject.backend().create(waits);

    assertThat(count("CreateSecret 200")).isEqualTo(1);
    assertThat(count("DeleteSecret 200")).isZero();
  }

  @Test
  void nothingIsLeftOfAPoolThatGoesAlthoughAwsRefusedItFirst() {
    waitForRoom(secret("s3cret-word"));
    subject.aws().faults().refuse("DeleteSecret", "ThrottlingException");
    assertThatThrownBy(() -> subject.backend().removeShared()).isInstanceOf(Unavailable.class);
    subject.aws().faults().allow("DeleteSecret");
    subject.pass(BEAT);

    subject.backend().removeShared();

    assertThat(count("DeleteSecret 200")).isEqualTo(1);
    assertThat(count("DeregisterTaskDefinition 200")).isEqualTo(1);
    subject.backend().removeShared();
  }

  @Test
  void definitionsThatAreNotNeededGoAFewWithEachLook() {
    var groups = IntStream.range(0, 25).mapToObj(i -> secret("s3cret-word-" + i)).toList();
    groups.forEach(this::createPatiently);
    subject.pass(Duration.ofMinutes(11));
    var stays = new GroupBuilder(subject.pool()).script("main", "sleep 36000").build();
    subject.backend().create(stays);
    groups.forEach(this::deletePatiently);
    subject.pass(Duration.ofMinutes(11));
    subject.backend().list();
    await().untilAsserted(() -> assertThat(count("DeregisterTaskDefinition 200")).isEqualTo(20));

    // Requests are sent by another thread.
    await()
        .untilAsserted(
            () -> {
              subject.pass(BEAT);
              subject.backend().list();
              assertThat(count("DeregisterTaskDefinition 200")).isEqualTo(25);
            });
    assertThat(count("DeregisterTaskDefinition 400")).isZero();
  }

  private void waitForRoom(ContainerGroup group) {
    subject.aws().faults().noCapacity(true);
    assertThatThrownBy(() -> subject.backend().create(group)).isInstanceOf(NoCapacity.class);
  }

  private void createPatiently(ContainerGroup group) {
    subject.patiently(MOST_TRIES, () -> subject.backend().create(group));
  }

  private void deletePatiently(ContainerGroup group) {
    subject.patiently(MOST_TRIES, () -> subject.backend().delete(group.id()));
  }

  private ContainerGroup secret(String word) {
    return FargateRefusalsTest.with(
        new GroupBuilder(subject.pool()).script("main", "sleep 36000"), "WORD", word);
  }

  private int count(String call) {
    return subject.count(call);
  }
}
