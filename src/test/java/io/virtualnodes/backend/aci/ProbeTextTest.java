package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Action.Header;
import io.virtualnodes.backend.Action.Scheme;
import io.virtualnodes.backend.Probe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeTextTest {

  static Stream<Action> actions() {
    return Stream.of(
        new Action.HttpGet(Scheme.HTTP, Optional.empty(), 8080, "/ready?a=b c", List.of()),
        new Action.HttpGet(
            Scheme.HTTPS,
            Optional.of("-"),
            443,
            "/",
            List.of(new Header("Host", "a:b"), new Header("X", ""))),
        new Action.TcpSocket(Optional.empty(), 5432),
        new Action.TcpSocket(Optional.of("10.0.0.1"), 1),
        new Action.Grpc(50051, ""),
        new Action.Grpc(50051, "my service"));
  }

  @ParameterizedTest
  @MethodSource("actions")
  void itComesBackAsItWasWritten(Action action) {
    var probe =
        new Probe(
            action,
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(2),
            1,
            5,
            Optional.empty());

    var tags = AciTags.readiness("main", probe);

    assertThat(AciTags.readiness(tags)).isEqualTo(Map.of("main", probe));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http", "http x 1/2/3/4/5 - %2F", "exec 1 1/1/1/1/1 -", "tcp 1 1/2"})
  void whatSomebodyElseWroteIsNoProbe(String text) {
    assertThat(ProbeText.parse(text)).isEmpty();
  }
}
