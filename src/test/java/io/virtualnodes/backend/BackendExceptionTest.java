package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.BackendException.Unsupported;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackendExceptionTest {

  @Test
  void theBackendsSentenceAndTheCauseAreKept() {
    var cause = new IOException("connection reset");

    var failure =
        new Unavailable("list failed: request 7f", Optional.of(Duration.ofSeconds(9)), cause);

    assertThat(failure).hasMessage("list failed: request 7f").hasCause(cause);
    assertThat(failure.retryAfter()).contains(Duration.ofSeconds(9));
    assertThat(new Unavailable("lost", cause).retryAfter()).isEmpty();
  }

  @Test
  void whatIsUnsupportedIsSaidInOneSentenceAndKeptApart() {
    var failure = new Unsupported(List.of("spec.a: no", "spec.b: no"));

    assertThat(failure).hasMessage("spec.a: no; spec.b: no");
    assertThat(failure.reasons()).containsExactly("spec.a: no", "spec.b: no");
  }
}
