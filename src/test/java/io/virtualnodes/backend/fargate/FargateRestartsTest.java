package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.emulator.ecs.Limits;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An operator that begins while AWS refuses something, and what became of pods meanwhile. */
class FargateRestartsTest {
  private static final String UID = "0000-1";

  private final FargatePods pods = new FargatePods(Limits.USUAL, FargatePlace.Capacity.ON_DEMAND);

  @AfterEach
  void nothingRunsTwiceOrForNobody() {
    pods.end();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ListTasks", "DescribeTasks", "DescribeTaskDefinition"})
  void aPodThatEndedMeanwhileIsFoundAlthoughTheFirstLookWasRefused(String refused) {
    pods.pods().add(UID, FargatePods.pod("Never", "sleep 20; exit 0"));
    pods.awaitPhase(UID, "Running");

    pods.killOperator();
    pods.subject().pass(Duration.ofSeconds(60));
    pods.aws().faults().refuse(refused, "ThrottlingException");
    pods.passBeats(1);
    pods.aws().faults().allow(refused);

    pods.awaitPhase(UID, "Succeeded");
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }
}
