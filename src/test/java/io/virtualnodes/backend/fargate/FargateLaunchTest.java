package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class FargateLaunchTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00.123Z");
  private static final String POOL = "8c2f6471-1bf0-4dda-aec3-cb9272f09590";
  private static final FargateLaunch FIRST = FargateLaunch.first(POOL, Fargates.ID);

  @Test
  void theFirstTaskOfAGroupIsAlwaysCalledTheSame() {
    assertThat(FIRST.text()).isEqualTo("vn/" + POOL + "/" + Fargates.ID);
    assertThat(FargateLaunch.parse(FIRST.text())).contains(FIRST);
  }

  @Test
  void laterTasksKeepWhatTheOnesAfterThemNeed() {
    var again = FIRST.startedAgain(Duration.ofSeconds(10), NOON);
    var tried = again.triedAgain(Duration.ofSeconds(20), NOON.plusSeconds(60));

    assertThat(FargateLaunch.parse(again.text())).contains(again);
    assertThat(FargateLaunch.parse(tried.text())).contains(tried);
    assertThat(tried.number()).isEqualTo(2);
    assertThat(tried.restarts()).isEqualTo(1);
    assertThat(tried.created()).contains(NOON);
  }

  @Test
  void whatAwsTakesIsLongEnoughForAnyTask() {
    var last =
        new FargateLaunch(
            POOL,
            Fargates.ID,
            999_999_999,
            999_999_999,
            Duration.ofMinutes(5),
            FIRST.startedAgain(Duration.ZERO, NOON).created());

    assertThat(last.text()).hasSizeLessThanOrEqualTo(128).matches("[A-Za-z0-9_/-]+");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {"", "ecs-svc/1234567890", "vn/pool", "vn/pool/no-number-", "vn/p/uid-0/1/2/3"})
  void othersTasksAreNotOurs(String startedBy) {
    assertThat(FargateLaunch.parse(startedBy)).isEmpty();
  }
}
