package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.virtualnodes.emulator.ecs.Limits;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that AWS or somebody at AWS ends: what was at work then has not succeeded. */
class FargateInterruptionsTest {
  private static final String UID = "0000-1";
  private static final String ENDS_WELL_WHEN_ASKED = "trap 'exit 0' TERM; sleep 3600 & wait";

  private final FargatePods pods = new FargatePods(Limits.USUAL, FargatePlace.Capacity.SPOT);

  @AfterEach
  void nothingRunsTwiceOrForNobody() {
    pods.end();
  }

  @Test
  void aPodThatEndsWellAtASpotInterruptionHasFailedAndIsDisrupted() {
    run(FargatePods.pod("Never", ENDS_WELL_WHEN_ASKED));

    pods.aws().interruptSpot(pods.taskArn(UID));

    pods.awaitPhase(UID, "Failed");
    var status = pods.pod(UID).getStatus();
    assertThat(status.getReason()).isEqualTo("Terminated");
    assertThat(status.getMessage()).contains("SpotInterruption: Your Spot Task was interrupted.");
    assertThat(exitCode(pods.container(UID))).as("its own").isZero();
    assertThat(disruption()).map(PodCondition::getStatus).contains("True");
    assertThat(disruption()).map(PodCondition::getReason).contains("TerminationByKubelet");
    pods.passBeats(24);
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aPodThatFailsAtASpotInterruptionIsDisruptedToo() {
    run(FargatePods.pod("Never", "trap 'exit 7' TERM; sleep 3600 & wait"));

    pods.aws().interruptSpot(pods.taskArn(UID));

    pods.awaitPhase(UID, "Failed");
    assertThat(exitCode(pods.container(UID))).isEqualTo(7);
    assertThat(disruption()).map(PodCondition::getStatus).contains("True");
  }

  @Test
  void whatSomebodyStopsAtAwsHasFailedAndIsNoDisruption() {
    run(FargatePods.pod("Never", ENDS_WELL_WHEN_ASKED));

    pods.aws().interrupt(pods.taskArn(UID), "UserInitiated", "Task stopped by user");

    pods.awaitPhase(UID, "Failed");
    assertThat(pods.pod(UID).getStatus().getReason()).isEqualTo("Terminated");
    assertThat(pods.pod(UID).getStatus().getMessage())
        .contains("UserInitiated: Task stopped by user");
    assertThat(disruption()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"OnFailure", "Always"})
  void whatMayRunAgainDoesAndWasNeverSaidToHaveSucceeded(String policy) {
    run(FargatePods.pod(policy, ENDS_WELL_WHEN_ASKED));

    pods.aws().interruptSpot(pods.taskArn(UID));
    for (int beat = 0; beat < 40 && !runsAgain(); beat++) {
      pods.passBeats(1);
      assertThat(pods.container(UID).getState().getTerminated()).isNull();
    }

    assertThat(runsAgain()).isTrue();
    var last = pods.container(UID).getLastState().getTerminated();
    assertThat(last.getExitCode()).isZero();
    assertThat(last.getMessage()).contains("SpotInterruption");
    assertThat(disruption()).as("of a pod that goes on").isEmpty();
    assertThat(pods.tasks(UID)).isEqualTo(2);
  }

  private boolean runsAgain() {
    return pods.container(UID).getRestartCount() == 1
        && pods.container(UID).getState().getRunning() != null;
  }

  @Test
  void whatHadSucceededBeforeStaysSo() {
    run(
        """
        restartPolicy: Never
        initContainers:
        - {name: first, image: 'virtualnodes/busybox:latest', imagePullPolicy: Always, command: [sh, -c, exit 0]}
        containers:
        - {name: main, image: 'virtualnodes/busybox:latest', command: [sh, -c, "%s"]}
        - {name: brief, image: 'virtualnodes/busybox:latest', command: [sh, -c, "sleep 10; exit 0"]}
        """
            .formatted(ENDS_WELL_WHEN_ASKED));
    pods.passBeats(4);

    pods.aws().interruptSpot(pods.taskArn(UID));

    pods.awaitPhase(UID, "Failed");
    var status = pods.pod(UID).getStatus();
    assertThat(message(status.getInitContainerStatuses().getFirst())).isEmpty();
    assertThat(message(status.getContainerStatuses().getLast())).isEmpty();
    assertThat(message(status.getContainerStatuses().getFirst()))
        .hasValueSatisfying(said -> assertThat(said).contains("SpotInterruption"));
  }

  @Test
  void anInitContainerThatEndsWellWhenInterruptedHasNotPassed() {
    pods.pods()
        .add(
            UID,
            """
            restartPolicy: Never
            initContainers:
            - {name: first, image: 'virtualnodes/busybox:latest', imagePullPolicy: Always, command: [sh, -c, "%s"]}
            containers:
            - {name: main, image: 'virtualnodes/busybox:latest', command: [sh, -c, exit 0]}
            """
                .formatted(ENDS_WELL_WHEN_ASKED));
    pods.passBeats(6);

    pods.aws().interruptSpot(pods.taskArn(UID));

    pods.awaitPhase(UID, "Failed");
    assertThat(disruption()).map(PodCondition::getStatus).contains("True");
    pods.passBeats(24);
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  private void run(String spec) {
    pods.pods().add(UID, spec);
    pods.awaitPhase(UID, "Running");
  }

  private Optional<PodCondition> disruption() {
    return pods.pod(UID).getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals("DisruptionTarget"))
        .findFirst();
  }

  private static int exitCode(ContainerStatus status) {
    return status.getState().getTerminated().getExitCode();
  }

  private static Optional<String> message(ContainerStatus status) {
    return Optional.ofNullable(status.getState().getTerminated().getMessage());
  }
}
