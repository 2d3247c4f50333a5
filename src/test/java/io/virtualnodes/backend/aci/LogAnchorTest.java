package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LogAnchorTest {
  private static final List<String> LOG = List.of("1 a", "2 b", "3 c");

  @Test
  void whatComesAfterTheLastLineIsNew() {
    var anchor = LogAnchor.behind(LOG).orElseThrow();

    assertThat(anchor.after(List.of("2 b", "3 c", "4 d", "5 e"), false))
        .contains(List.of("4 d", "5 e"));
    assertThat(anchor.after(LOG, true)).contains(List.of());
  }

  @Test
  void whereTheLastLineIsGoneNobodyKnowsWhatIsNew() {
    var anchor = LogAnchor.behind(LOG).orElseThrow();

    assertThat(anchor.after(List.of("8 x", "9 y"), true)).isEmpty();
    assertThat(anchor.after(List.of(), true)).isEmpty();
    assertThat(LogAnchor.behind(List.of())).isEmpty();
  }

  @Test
  void linesOfOneTimeAndTextAreCounted() {
    var anchor = LogAnchor.behind(List.of("1 a", "2", "2")).orElseThrow();

    assertThat(anchor.after(List.of("1 a", "2", "2", "2", "3"), true)).contains(List.of("2", "3"));
    assertThat(anchor.after(List.of("1 a", "2", "2"), false)).contains(List.of());
    // The look began in the midst of them.
    assertThat(anchor.after(List.of("2", "3"), false)).isEmpty();
    assertThat(anchor.after(List.of("2", "2", "3"), false)).contains(List.of("3"));
  }
}
