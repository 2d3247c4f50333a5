package io.virtualnodes.kubelet.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.kubelet.stream.ExitStatus.Exited;
import io.virtualnodes.kubelet.stream.ExitStatus.Failed;
import org.junit.jupiter.api.Test;

class ExitStatusTest {
  private static final Protocol NEW = new Protocol(Protocol.Carrier.SPDY, "v4.channel.k8s.io");
  private static final Protocol OLD = new Protocol(Protocol.Carrier.SPDY, "v3.channel.k8s.io");

  @Test
  void newerProtocolsTellAStatus() {
    assertThat(new Exited(0).words(NEW)).isEqualTo("{\"metadata\":{},\"status\":\"Success\"}");
    assertThat(new Exited(137).words(NEW))
        .contains(
            "\"causes\":[{\"message\":\"137\",\"reason\":\"ExitCode\"}]",
            "\"reason\":\"NonZeroExitCode\"",
            "\"status\":\"Failure\"");
    assertThat(new Failed("no").words(NEW))
        .contains("\"message\":\"no\"", "\"reason\":\"InternalError\"", "\"code\":500");
  }

  @Test
  void olderOnesTellASentenceAndNothingOfASuccess() {
    assertThat(new Exited(0).words(OLD)).isEmpty();
    assertThat(new Exited(2).words(OLD)).isEqualTo("command terminated with exit code 2");
    assertThat(new Failed("no").words(OLD)).isEqualTo("no");
  }

  /** Clients take a code that is none for no failure at all. */
  @Test
  void aCodeIsOneByte() {
    assertThat(new Exited(-1)).isEqualTo(new Exited(255));
    assertThat(new Exited(256)).isEqualTo(new Exited(255));
  }
}
