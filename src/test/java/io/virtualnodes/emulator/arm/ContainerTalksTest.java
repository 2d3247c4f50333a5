package io.virtualnodes.emulator.arm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.Conversation.Size;
import io.virtualnodes.backend.simulated.DrivenClock;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may talk, and when. */
@Timeout(30)
class ContainerTalksTest {
  private static final Conversation HELLO =
      caller -> {
        caller.output().write("hello".getBytes(UTF_8));
        return 0;
      };

  private final DrivenClock clock = new DrivenClock();
  private final ContainerTalks talks = new ContainerTalks(clock, new Faults());
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    client.shutdownNow();
    talks.close();
  }

  @Test
  void aCommandStartsWithThePasswordAndOnce() throws Exception {
    var answer = talks.exec(HELLO, new Size(132, 50));
    assertThat(answer.path("webSocketUri").asText()).contains("rows=50&cols=132");

    assertThat(exec(answer, answer.path("password").asText()).get()).isEqualTo("hello 1000");

    assertThat(talks.begun()).isEqualTo(1);
    assertThatThrownBy(() -> exec(answer, answer.path("password").asText()).get())
        .isInstanceOf(ExecutionException.class)
        .satisfies(failure -> assertThat(status(failure)).isEqualTo(404));
  }

  @Test
  void aWrongPasswordStartsNothing() throws Exception {
    assertThat(exec(talks.exec(HELLO, new Size(80, 24)), "wrong").get()).isEqualTo(" 1008");

    assertThat(talks.begun()).isZero();
  }

  @Test
  void anInvitationExpires() {
    var answer = talks.exec(HELLO, new Size(80, 24));

    clock.pass(ContainerTalks.VALID.plus(Duration.ofMillis(1)));

    assertThatThrownBy(() -> exec(answer, answer.path("password").asText()).get())
        .satisfies(failure -> assertThat(status(failure)).isEqualTo(404));
  }

  @Test
  void anAttachmentHasItsPasswordInTheHead() throws Exception {
    var answer = talks.attach(HELLO);

    assertThatThrownBy(() -> open(answer, "wrong", new Ear()).get())
        .satisfies(failure -> assertThat(status(failure)).isEqualTo(401));

    var ear = new Ear();
    open(answer, answer.path("password").asText(), ear).get();
    assertThat(ear.all.get()).isEqualTo("hello 1000");
  }

  private static int status(Throwable failure) {
    return ((WebSocketHandshakeException) failure.getCause()).getResponse().statusCode();
  }

  private CompletableFuture<String> exec(JsonNode answer, String password) throws Exception {
    var ear = new Ear();
    open(answer, "", ear).get().sendText(password, true);
    return ear.all;
  }

  private CompletableFuture<WebSocket> open(JsonNode answer, String password, Ear ear) {
    var builder = client.newWebSocketBuilder();
    if (!password.isEmpty()) {
      builder.header("Authorization", password);
    }
    return builder.buildAsync(URI.create(answer.path("webSocketUri").asText()), ear);
  }

  /** What is heard, and the code of the end. */
  private static final class Ear implements WebSocket.Listener {
    private final StringBuilder heard = new StringBuilder();
    private final CompletableFuture<String> all = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      heard.append(data);
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      all.complete(heard + " " + code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
      all.completeExceptionally(failure);
    }
  }
}
