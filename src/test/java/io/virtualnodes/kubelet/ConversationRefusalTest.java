package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.kubelet.CommandClient.Carrier;
import io.virtualnodes.kubelet.stream.StreamLimits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused before a connection changes its protocol, in words that kubectl prints. */
@Timeout(60)
class ConversationRefusalTest {
  private static final String EXEC = "/exec/team-a/web/app?output=1&command=id";
  private static final String VERSION = "v4.channel.k8s.io";

  @AutoClose private StreamServer server;

  @BeforeEach
  void serve() throws Exception {
    server = new StreamServer();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /exec/team-a/gone/app?output=1&command=id       | 404 | pod "gone" does not exist
          /exec/team-b/web/app?output=1&command=id        | 404 | pod "web" does not exist
          /exec/team-a/web/other?output=1&command=id      | 404 | container "other" not found in pod "web"
          /exec/team-a/web/slow?output=1&command=id       | 404 | container "slow" in pod "web" is waiting to start: ContainerCreating
          /exec/team-a/web/11-22/app?output=1&command=id  | 404 | pod "web" has another uid than was asked for
          /attach/team-a/web/11-22/app?output=1           | 404 | pod "web" has another uid than was asked for
          /portForward/team-a/web/11-22                   | 404 | pod "web" has another uid than was asked for
          /portForward/team-a/gone                        | 404 | pod "gone" does not exist
          /exec/team-a/web/app?command=id                 | 400 | you must specify at least one of stdin, stdout, stderr
          /exec/team-a/web/app?tty=1&error=1&command=id   | 400 | you must specify at least one of stdin, stdout, stderr
          /attach/team-a/web/app?output=0                 | 400 | you must specify at least one of stdin, stdout, stderr
          /exec/team-a/web/app?output=1                   | 400 | you must specify a command
          /run/team-a/web/app                             | 400 | you must specify a command with the parameter cmd
          """)
  void whatCannotBeHadIsSaidInAStatus(String path, int code, String sentence) throws Exception {
    assertRefused(path, code, sentence);

    assertThat(server.streams.asked).isEmpty();
  }

  @Test
  void whatABackendCannotDoIsSaidInItsWords() throws Exception {
    answering(
        () -> {
          throw new BackendException.Unsupported(List.of("commands in containers (exec)"));
        });
    assertRefused(EXEC, 501, "commands in containers (exec)");
    assertRefused("/attach/team-a/web/app?output=1", 501, "commands in containers (exec)");
    answering(
        () -> {
          throw new BackendException.Unavailable("the engine does not answer", null);
        });
    assertRefused(EXEC, 503, "the engine does not answer");
    answering(Optional::empty);
    assertRefused(EXEC, 404, "container \"app\" in pod \"web\" is not running");
  }

  private void answering(Supplier<Optional<Conversation>> answer) {
    server.streams.instead = Optional.of(answer);
  }

  @Test
  void errorsOfATerminalAreLeftOutWithoutAWord() throws Exception {
    var path = "/exec/team-a/web/app?output=1&error=1&tty=1&command=true";
    try (var client = ChannelClient.open(server, path, VERSION)) {
      assertThat(client.closeCode()).isEqualTo(1000);
    }
    assertThat(server.streams.asked.element().channels().errors()).isFalse();
  }

  @Test
  void protocolsThatAreNotSpokenAreRefused() throws Exception {
    assertThat(refusal(EXEC, "v5.channel.k8s.io"))
        .startsWith("HTTP/1.1 403 ")
        .containsIgnoringCase("X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io, ")
        .contains("none of these protocols is spoken here: v5.channel.k8s.io");
    assertThat(refusal("/portForward/team-a/web", VERSION)).startsWith("HTTP/1.1 403 ");
    assertThat(refusal(EXEC)).startsWith("HTTP/1.1 400 ").contains("X-Stream-Protocol-Version");
    assertThatThrownBy(() -> ChannelClient.open(server, EXEC, "v9.channel.k8s.io"))
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            e -> assertThat(e.getResponse().statusCode()).isEqualTo(403));
    assertThat(server.streams.asked).isEmpty();
  }

  @Test
  void withoutAnUpgradeThereIsNoConversation() throws Exception {
    var answer = send("POST", EXEC);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(Serialization.unmarshal(answer.body(), Status.class).getMessage())
        .isEqualTo("this needs an upgrade to SPDY/3.1 or a WebSocket");
    assertThat(send("PUT", EXEC).statusCode()).isEqualTo(405);
    assertThat(send("PUT", EXEC).headers().firstValue("Allow")).hasValue("GET, POST");
    assertThat(server.streams.asked).isEmpty();
  }

  /** At a kubelet, a right to read runs commands by this door. */
  @Test
  void aRightToReadOpensNoConversation() throws Exception {
    server.review = (_, access) -> access.verb().equals("get");
    var monitor = StreamServer.client("monitor");

    for (var path :
        List.of(EXEC, "/attach/team-a/web/app?output=1", "/portForward/team-a/web?port=80")) {
      assertThatThrownBy(() -> ChannelClient.open(server, monitor, path, VERSION))
          .as(path)
          .isInstanceOfSatisfying(
              WebSocketHandshakeException.class,
              e -> assertThat(e.getResponse().statusCode()).isEqualTo(403));
    }
    assertThat(refusal(EXEC, VERSION))
        .startsWith("HTTP/1.1 403 ")
        .contains("is not allowed to create nodes/proxy of node");
    assertThat(send("POST", "/run/team-a/web/app?cmd=id").statusCode()).isEqualTo(403);
    assertThat(server.streams.asked).isEmpty();
    assertThat(server.reviewed).allSatisfy(access -> assertThat(access.verb()).isEqualTo("create"));
  }

  @Test
  void whoeverMayNotIsNotToldWhatIsThere() throws Exception {
    server.review = (_, _) -> false;

    assertThat(refusal("/exec/team-a/gone/app?output=1&command=id", VERSION))
        .startsWith("HTTP/1.1 403 ")
        .doesNotContain("does not exist");
  }

  @Test
  void withoutACertificateThereIsNoConversation() throws Exception {
    try (var http = HttpClient.newBuilder().sslContext(server.tls(new KeyManager[0])).build()) {
      var uri = URI.create("wss://127.0.0.1:" + server.port() + EXEC);
      assertThatThrownBy(
              () -> http.newWebSocketBuilder().buildAsync(uri, new WebSocket.Listener() {}).join())
          .cause()
          .isInstanceOfSatisfying(
              WebSocketHandshakeException.class,
              e -> assertThat(e.getResponse().statusCode()).isEqualTo(401));
    }
    assertThat(server.streams.asked).isEmpty();
  }

  @Test
  void moreConversationsThanTheLimitAreRefused() throws Exception {
    var usual = StreamLimits.DEFAULT;
    try (var small =
        new StreamServer(
            new StreamLimits(
                2,
                usual.forwards(),
                usual.creation(),
                usual.idle(),
                usual.ping(),
                usual.stall(),
                usual.leave()))) {
      try (var one = CommandClient.exec(Carrier.SPDY, small, "cat");
          var two = CommandClient.exec(Carrier.WEBSOCKET, small, "cat")) {
        var refused =
            catchThrowableOfType(IOException.class, () -> SpdyClient.open(small, EXEC, VERSION));
        assertThat(refused)
            .hasMessageStartingWith("HTTP/1.1 429 ")
            .hasMessageContaining("as many conversations as it may");
        one.endInput();
        assertThat(one.status()).contains("Success");
        two.endInput();
        assertThat(two.status()).contains("Success");
      }
      // Their places are free again.
      try (var next = CommandClient.exec(Carrier.SPDY, small, "true")) {
        assertThat(next.status()).contains("Success");
      }
    }
  }

  // --- run

  @Test
  void runAnswersWithAllThatACommandWrites() throws Exception {
    var answer = send("POST", "/run/team-a/web/app?cmd=id%20%20-u");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body().strip()).matches("[0-9]+");
    assertThat(server.streams.asked.element().command()).containsExactly("id", "-u");
    assertThat(send("POST", "/run/team-a/web/app?cmd=head+-c+200000+/dev/zero").body())
        .hasSize(200_000);
    assertThat(send("POST", "/run/team-a/web/app?cmd=false").statusCode()).isEqualTo(500);
    assertThat(send("POST", "/run/team-a/web/app?cmd=ls+/no-such-file").body())
        .contains("command terminated with exit code", "/no-such-file");
    assertThat(send("GET", "/run/team-a/web/app?cmd=id").statusCode()).isEqualTo(405);
  }

  // --- what the tests say it with

  private void assertRefused(String path, int code, String sentence) throws Exception {
    var answer = refusal(path, path.startsWith("/portForward") ? "portforward.k8s.io" : VERSION);
    assertThat(answer).startsWith("HTTP/1.1 " + code + " ");
    var status =
        Serialization.unmarshal(answer.substring(answer.indexOf("\r\n\r\n") + 4), Status.class);
    assertThat(status.getCode()).isEqualTo(code);
    assertThat(status.getStatus()).isEqualTo("Failure");
    assertThat(status.getMessage()).isEqualTo(sentence);
  }

  private String refusal(String path, String... protocols) {
    return catchThrowableOfType(IOException.class, () -> SpdyClient.open(server, path, protocols))
        .getMessage();
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    try (var http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(server.tls(StreamServer.API_SERVER.keyManagers()))
            .build()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
