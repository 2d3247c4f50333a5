package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.fargate.LookPlan.Pace;
import io.virtualnodes.backend.fargate.TaskHints.Told;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskHintsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final String TASK = "arn:aws:ecs:us-east-1:123456789012:task/burst/0123";
  private static final String OURS =
      FargateLaunch.first("pool-uid", GroupId.first("0000-1")).text();

  private final TaskHints hints = new TaskHints("pool-uid");

  @Test
  void anEventNamesItsTaskUntilThatWasSeenAsOften() {
    hints.tell(event(OURS, 5));

    assertThat(hints.names(TASK, 4)).isTrue();
    assertThat(hints.names(TASK, 5)).isFalse();
    hints.seen(TASK, 4);
    assertThat(hints.names(TASK, 4)).isTrue();
    hints.seen(TASK, 5);
    assertThat(hints.open()).isEmpty();
  }

  @Test
  void anOlderEventThatComesLaterOrAgainChangesNothing() {
    hints.tell(event(OURS, 5));
    hints.tell(event(OURS, 3));
    hints.tell(event(OURS, 5));

    assertThat(hints.open()).containsExactly(event(OURS, 5));
  }

  @Test
  void eventsAreReliedOnOnceTheyTellOfThePoolsTasksAndAsLongAsTheQueueAnswers() {
    assertThat(hints.pace()).isEqualTo(Pace.BY_LOOKS);
    hints.tell(event("ecs-svc/1234", 1));
    hints.tell(event(FargateLaunch.first("other-pool", GroupId.first("0000-1")).text(), 1));
    assertThat(hints.open()).isEmpty();
    assertThat(hints.pace()).isEqualTo(Pace.BY_LOOKS);

    hints.tell(event(OURS, 1));

    assertThat(hints.pace()).isEqualTo(Pace.BY_EVENTS);
    hints.failing(true);
    assertThat(hints.pace()).isEqualTo(Pace.BY_LOOKS);
    hints.failing(false);
    assertThat(hints.pace()).isEqualTo(Pace.BY_EVENTS);
  }

  @Test
  void whatIsNeverSeenIsForgotten() {
    hints.tell(event(OURS, 5));

    hints.forgetOld(NOON.plusSeconds(60));
    assertThat(hints.open()).hasSize(1);
    hints.forgetOld(NOON.plusSeconds(61));

    assertThat(hints.open()).isEmpty();
  }

  @Test
  void anEventIsReadAsEventBridgeTellsIt() {
    var message =
        """
        {"detail-type": "ECS Task State Change", "source": "aws.ecs", "detail": {"taskArn": "%s",
         "lastStatus": "DEPROVISIONING", "desiredStatus": "STOPPED", "startedBy": "%s", "version": 7}}
        """
            .formatted(TASK, OURS);

    assertThat(Told.of(message, NOON)).contains(new Told(TASK, 7, true, OURS, NOON));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "words", "[]", "{}", "{\"detail\": {\"clusterArn\": \"arn\"}}"})
  void whatIsNoEventOfATaskNamesNone(String message) {
    assertThat(Told.of(message, NOON)).isEmpty();
  }

  private static Told event(String startedBy, long version) {
    return new Told(TASK, version, false, startedBy, NOON);
  }
}
