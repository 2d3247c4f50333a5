package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuthorizationTest {
  private static final Identity ALICE = new Identity("alice", List.of("ops"));
  private static final NodeAccess READ = new NodeAccess("burst-0", "proxy", "get");

  private final SettableClock clock = new SettableClock(Instant.parse("2026-02-03T04:05:06Z"));
  private final List<NodeAccess> asked = new ArrayList<>();
  private boolean allowed = true;
  private final Authorization authorization =
      new Authorization(
          (_, access) -> {
            asked.add(access);
            return allowed;
          },
          clock);

  @Test
  void aYesIsRememberedForFiveMinutes() {
    assertThat(authorization.allows(ALICE, READ)).isTrue();
    allowed = false;
    clock.advance(Duration.ofMinutes(5).minusNanos(1));
    assertThat(authorization.allows(ALICE, READ)).isTrue();
    clock.advance(Duration.ofNanos(1));
    assertThat(authorization.allows(ALICE, READ)).isFalse();
    assertThat(asked).hasSize(2);
  }

  @Test
  void aNoIsRememberedForHalfAMinute() {
    allowed = false;
    assertThat(authorization.allows(ALICE, READ)).isFalse();
    allowed = true;
    clock.advance(Duration.ofSeconds(30).minusNanos(1));
    assertThat(authorization.allows(ALICE, READ)).isFalse();
    clock.advance(Duration.ofNanos(1));
    assertThat(authorization.allows(ALICE, READ)).isTrue();
  }

  @Test
  void anAnswerHoldsForItsQuestionOnly() {
    authorization.allows(ALICE, READ);
    allowed = false;

    assertThat(authorization.allows(ALICE, new NodeAccess("burst-1", "proxy", "get"))).isFalse();
    assertThat(authorization.allows(ALICE, new NodeAccess("burst-0", "proxy", "create"))).isFalse();
    assertThat(authorization.allows(ALICE, new NodeAccess("burst-0", "stats", "get"))).isFalse();
    assertThat(authorization.allows(new Identity("alice", List.of()), READ)).isFalse();
    assertThat(authorization.allows(new Identity("bob", List.of("ops")), READ)).isFalse();
  }

  @Test
  void theQuestionUsedLongestAgoMakesRoom() {
    authorization.allows(ALICE, READ);
    for (int number = 0; number < 1023; number++) {
      authorization.allows(ALICE, new NodeAccess("other-" + number, "proxy", "get"));
    }
    authorization.allows(ALICE, READ); // used again
    authorization.allows(ALICE, new NodeAccess("one-more", "proxy", "get"));
    asked.clear();

    authorization.allows(ALICE, READ);
    authorization.allows(ALICE, new NodeAccess("other-0", "proxy", "get"));

    assertThat(asked).containsExactly(new NodeAccess("other-0", "proxy", "get"));
  }

  @Test
  void aFailedQuestionIsNeitherAnsweredNorRemembered() {
    var broken =
        new Authorization(
            (_, access) -> {
              asked.add(access);
              throw new IllegalStateException("connection refused");
            },
            clock);

    assertThatThrownBy(() -> broken.allows(ALICE, READ)).hasMessage("connection refused");
    assertThatThrownBy(() -> broken.allows(ALICE, READ)).hasMessage("connection refused");
    assertThat(asked).hasSize(2);
  }
}
