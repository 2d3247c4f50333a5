package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.BackendException.Unavailable;
import org.junit.jupiter.api.Test;

class InvitationTest {
  private static final String ADDRESS = "wss://bridge.eastus.example/execstream/session-1";

  @Test
  void aPasswordIsNeverSentInTheClearNorWrittenDown() {
    assertThat(Invitation.of(ADDRESS, "pass-1", false).toString())
        .doesNotContain("pass-1")
        .doesNotContain("session-1");
    assertThatThrownBy(() -> Invitation.of("ws://somewhere/session-1", "pass-1", false))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("not encrypted")
        .message()
        .doesNotContain("session-1")
        .doesNotContain("pass-1");
  }

  @Test
  void whereEverythingIsInTheClearAConversationMayBe() {
    assertThat(Invitation.of("ws://127.0.0.1:1/exec", "pass-1", true).address().getPort())
        .isEqualTo(1);
    assertThatThrownBy(() -> Invitation.of("http://127.0.0.1/", "pass-1", true))
        .isInstanceOf(Unavailable.class);
  }

  @Test
  void anAnswerWithoutAnAddressIsNone() {
    assertThatThrownBy(() -> Invitation.of(null, "pass-1", true)).isInstanceOf(Unavailable.class);
    assertThatThrownBy(() -> Invitation.of("no address", "pass-1", true))
        .isInstanceOf(Unavailable.class)
        .hasNoCause();
  }
}
