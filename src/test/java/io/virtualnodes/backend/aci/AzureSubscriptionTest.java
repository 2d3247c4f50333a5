package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.simulated.Share;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import io.virtualnodes.backend.simulated.Spread;
import io.virtualnodes.emulator.arm.ArmEmulator;
import io.virtualnodes.emulator.arm.Limits;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That {@link AzureSubscriptionIT} would be run at Azure as it is meant, tried at the emulator. */
@Timeout(60)
class AzureSubscriptionTest {
  private static final String IMAGE = "somebody/image:1";

  private final Backend containers = simulated();
  private final ArmEmulator azure =
      new ArmEmulator(0, Limits.USUAL, containers, InstantSource.system(), Optional.empty());
  private final AzureSubscription subscription =
      new AzureSubscription(
          new AzureSubscription.Settings(
              azure.address(),
              Optional.empty(),
              "11111111-2222-3333-4444-555555555555",
              "groups",
              "eastus",
              Optional.empty(),
              IMAGE));

  @AfterEach
  void close() {
    subscription.close();
    assertThat(azure.count(Map.of())).as("groups that are left and cost money").isZero();
    azure.close();
    containers.close();
  }

  @Test
  void aGroupRunsTheGivenImageAndIsReadAsIfItWereTheTests() {
    var group = new GroupBuilder(subscription.pool()).script("main", "sleep 10; exit 3").build();

    subscription.backend().create(group);

    var running =
        subscription.await(
            group.id(), seen -> seen.containers().getFirst().state() instanceof Running);
    assertThat(running.containers().getFirst().image()).isEqualTo(GroupBuilder.BUSYBOX);
    assertThat(containers.list().getFirst().containers().getFirst().image()).isEqualTo(IMAGE);
    var ended =
        subscription.await(
            group.id(), seen -> seen.containers().getFirst().state() instanceof Exited);
    assertThat(((Exited) ended.containers().getFirst().state()).code()).isEqualTo(3);
    assertThat(subscription.copies(group.id())).isEqualTo(1);
  }

  @Test
  void anAnswerGetsLostAndTheConnectionBreaksWhenToldTo() {
    var group = new GroupBuilder(subscription.pool()).script("main", "sleep 60").build();

    boolean lost =
        subscription.losingAnswer(
            1,
            () ->
                assertThatThrownBy(() -> subscription.backend().create(group))
                    .isInstanceOf(Unavailable.class));

    assertThat(lost).isTrue();
    assertThat(subscription.copies(group.id())).isEqualTo(1);
    subscription.cutOff();
    assertThatThrownBy(() -> subscription.backend().list()).isInstanceOf(Unavailable.class);
    subscription.reconnect();
    assertThat(subscription.backend().list()).hasSize(1);
  }

  @Test
  void whatTheEnvironmentLacksIsNamed() {
    var environment = Map.of("AZURE_SUBSCRIPTION_ID", "s", "AZURE_LOCATION", "eastus");

    assertThatThrownBy(() -> AzureSubscription.Settings.of(environment))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessage("set AZURE_RESOURCE_GROUP");
  }

  private static SimulatedBackend simulated() {
    return new SimulatedBackend(
        new SimulatedBackend.Settings(
            ArmEmulator.POOL,
            1,
            Spread.NONE,
            Optional.empty(),
            Share.NEVER,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            SimulatedBackend.Faults.NONE),
        new SimulatedCloud(Optional.empty()),
        InstantSource.system(),
        Thread::sleep);
  }
}
