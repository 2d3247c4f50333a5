package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.emulator.ecs.Limits;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pool part of which is at Spot and part on demand. */
class FargateMixTest {
  private static final int GROUPS = 12;

  private final FargateSubject subject = new FargateSubject("burst", Limits.USUAL.withoutRates());
  private final List<ContainerGroup> groups =
      IntStream.range(0, GROUPS).mapToObj(i -> group("0000-" + i)).toList();

  @BeforeEach
  void mix() {
    subject.use(new FargatePlace.CapacityOrder.Mixed(50));
  }

  @AfterEach
  void close() {
    subject.close();
  }

  @Test
  void someGroupsAreAtSpotAndTheOthersOnDemand() {
    groups.forEach(this::create);

    long atSpot = groups.stream().filter(this::isAtSpot).count();

    assertThat(atSpot).isBetween(GROUPS / 4L, 3L * GROUPS / 4);
  }

  @Test
  void withoutRoomAtSpotAllRunOnDemand() {
    subject.aws().faults().noSpotCapacity(true);

    groups.forEach(this::create);

    assertThat(groups).allSatisfy(group -> assertThat(isAtSpot(group)).isFalse());
    assertThat(groups).allSatisfy(group -> assertThat(subject.tasks(group.id())).hasSize(1));
  }

  @Test
  void withoutRoomAnywhereThereIsNoCapacity() {
    subject.aws().faults().noCapacity(true);

    assertThatThrownBy(() -> subject.backend().create(groups.getFirst()))
        .isInstanceOf(NoCapacity.class);

    // Two kinds in each of two subnets.
    assertThat(subject.count("RunTask 200")).isEqualTo(4);
  }

  /** The process after it asks for the same task in the same place: AWS knows it again. */
  @Test
  void aRequestWhoseAnswerWasLostIsTheSameUnderTheNextOperator() {
    for (var group : groups.subList(0, 6)) {
      subject.pass(Duration.ofSeconds(1));
      subject.aws().faults().loseAnswer(subject.count("RegisterTaskDefinition 200") == 0 ? 2 : 1);
      assertThatThrownBy(() -> subject.backend().create(group)).isInstanceOf(Unavailable.class);
      assertThat(subject.aws().faults().forgetLoss()).isTrue();
      subject.restart();

      // At once, before ECS shows the task in a list.
      subject.backend().create(group);

      assertThat(subject.firstTasks(group.id())).isEqualTo(1);
    }
  }

  private void create(ContainerGroup group) {
    subject.patiently(10, () -> subject.backend().create(group));
    subject.pass(Duration.ofSeconds(1));
  }

  private boolean isAtSpot(ContainerGroup group) {
    return "FARGATE_SPOT".equals(subject.tasks(group.id()).getFirst().capacityProviderName());
  }

  private ContainerGroup group(String uid) {
    return new GroupBuilder(subject.pool())
        .id(GroupId.first(uid))
        .script("main", "sleep 36000")
        .build();
  }
}
