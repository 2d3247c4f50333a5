package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BearerTokensTest {
  private static final Identity SCRAPER =
      new Identity(
          "system:serviceaccount:monitoring:prometheus",
          "2f1c",
          List.of("system:serviceaccounts", "system:authenticated"),
          Map.of("authentication.kubernetes.io/credential-id", List.of("JTI=1")));

  private final SettableClock clock = new SettableClock(Instant.parse("2026-02-03T04:05:06Z"));
  private final List<String> asked = new ArrayList<>();
  private Optional<Identity> holder = Optional.of(SCRAPER);
  private final BearerTokens tokens =
      new BearerTokens(
          token -> {
            asked.add(token);
            return holder;
          },
          clock);

  @Test
  void aRevokedTokenWorksForTwoMinutesAtMost() throws InterruptedException {
    assertThat(tokens.holder("secret")).contains(SCRAPER);
    holder = Optional.empty();

    clock.advance(Duration.ofMinutes(2).minusNanos(1));
    assertThat(tokens.holder("secret")).contains(SCRAPER);
    clock.advance(Duration.ofNanos(1));
    assertThat(tokens.holder("secret")).isEmpty();
    assertThat(asked).hasSize(2);
  }

  @Test
  void aTokenOfNobodyIsAskedAboutAgainAfterTenSeconds() throws InterruptedException {
    holder = Optional.empty();
    assertThat(tokens.holder("early")).isEmpty();
    holder = Optional.of(SCRAPER);

    clock.advance(Duration.ofSeconds(10).minusNanos(1));
    assertThat(tokens.holder("early")).isEmpty();
    clock.advance(Duration.ofNanos(1));
    assertThat(tokens.holder("early")).contains(SCRAPER);
  }

  @Test
  void anAnswerHoldsForItsTokenOnly() throws InterruptedException {
    tokens.holder("one");
    holder = Optional.empty();

    assertThat(tokens.holder("one ")).isEmpty();
    assertThat(tokens.holder("One")).isEmpty();
    assertThat(tokens.holder("one")).contains(SCRAPER);
  }

  @Test
  void manyTokensOfNobodyMakeNoHolderBeForgotten() throws InterruptedException {
    tokens.holder("good");
    holder = Optional.empty();
    for (int number = 0; number < 2000; number++) {
      tokens.holder("made up " + number);
    }
    asked.clear();

    assertThat(tokens.holder("good")).contains(SCRAPER);
    assertThat(tokens.holder("made up 1999")).isEmpty();
    assertThat(tokens.holder("made up 0")).isEmpty();
    assertThat(asked).as("only so many are remembered").containsExactly("made up 0");
  }

  @Test
  void theHolderAskedForLongestAgoMakesRoom() throws InterruptedException {
    for (int number = 0; number < 513; number++) {
      tokens.holder("good " + number);
    }
    asked.clear();

    tokens.holder("good 512");
    tokens.holder("good 0");

    assertThat(asked).containsExactly("good 0");
  }

  @Test
  void aQuestionThatFailedIsNeitherAnsweredNorRemembered() {
    var broken =
        new BearerTokens(
            token -> {
              asked.add(token);
              throw new IllegalStateException("connection refused");
            },
            clock);

    assertThatThrownBy(() -> broken.holder("secret")).hasMessage("connection refused");
    assertThatThrownBy(() -> broken.holder("secret")).hasMessage("connection refused");
    assertThat(asked).hasSize(2);
  }
}
