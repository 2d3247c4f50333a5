package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.Quota.Counts;
import java.time.Instant;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ShortageTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private final Shortage shortage = new Shortage();

  @BeforeEach
  void refuseFourCores() {
    shortage.refused(new NoCapacity("Azure's words", Counts.UNTIL_DELETED, null), 4, NOON);
  }

  @Test
  void asMuchOrMoreHearsAzuresWordsAgain() {
    assertThatThrownBy(() -> shortage.check(4, NOON.plusSeconds(7)))
        .isInstanceOf(NoCapacity.class)
        .hasMessage("Azure's words. Azure said so 7 s ago and was not asked again")
        .asInstanceOf(InstanceOfAssertFactories.type(NoCapacity.class))
        .extracting(NoCapacity::counts)
        .isEqualTo(Counts.UNTIL_DELETED);
  }

  @Test
  void lessIsAskedForAndIfRefusedTooIsTheLeast() {
    assertThatCode(() -> shortage.check(1, NOON)).doesNotThrowAnyException();

    shortage.refused(new NoCapacity("again", null), 1, NOON);
    shortage.refused(new NoCapacity("again", null), 8, NOON);

    assertThatThrownBy(() -> shortage.check(1, NOON)).isInstanceOf(NoCapacity.class);
    assertThatCode(() -> shortage.check(0.5, NOON)).doesNotThrowAnyException();
  }

  @Test
  void afterAMinuteOrOnceSomethingIsFreeAzureIsAsked() {
    assertThatCode(() -> shortage.check(4, NOON.plus(Shortage.ASK_AGAIN)))
        .doesNotThrowAnyException();

    refuseFourCores();
    shortage.freed();
    assertThatCode(() -> shortage.check(4, NOON)).doesNotThrowAnyException();
  }
}
