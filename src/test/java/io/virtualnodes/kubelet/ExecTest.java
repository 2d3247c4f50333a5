package io.virtualnodes.kubelet;

import static io.virtualnodes.kubelet.CommandClient.Carrier.SPDY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.kubelet.CommandClient.Carrier;
import io.virtualnodes.kubelet.stream.StreamLimits;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conversations with processes, over each protocol that kubectl speaks. */
@Timeout(90)
class ExecTest {
  private static final String SUCCESS = "{\"metadata\":{},\"status\":\"Success\"}";

  @AutoClose private StreamServer server;

  @BeforeEach
  void serve() throws Exception {
    var usual = StreamLimits.DEFAULT;
    server =
        new StreamServer(
            new StreamLimits(
                usual.sessions(),
                usual.forwards(),
                usual.creation(),
                usual.idle(),
                Duration.ofSeconds(1),
                usual.stall(),
                usual.leave()));
  }

  @ParameterizedTest
  @EnumSource
  void outputErrorsAndExitCodeArriveApart(Carrier carrier) throws Exception {
    try (var client =
        CommandClient.exec(carrier, server, "sh", "-c", "echo out; echo err >&2; exit 3")) {
      assertThat(client.output()).isEqualTo("out\n");
      assertThat(client.errors()).isEqualTo("err\n");
      var status = Serialization.unmarshal(client.status(), Status.class);
      assertThat(status.getStatus()).isEqualTo("Failure");
      assertThat(status.getReason()).isEqualTo("NonZeroExitCode");
      assertThat(status.getDetails().getCauses())
          .singleElement()
          .satisfies(
              cause -> {
                assertThat(cause.getReason()).isEqualTo("ExitCode");
                assertThat(cause.getMessage()).isEqualTo("3");
              });
    }
    assertThat(server.streams.asked.element().channels())
        .isEqualTo(new Channels(true, true, true, false));
    assertThat(server.reviewed).containsExactly(new NodeAccess("burst-0", "proxy", "create"));
  }

  @ParameterizedTest
  @EnumSource
  void wordsOfACommandStayWhatTheyAre(Carrier carrier) throws Exception {
    try (var client =
        CommandClient.exec(carrier, server, "printf", "%s|", "a;b", "c d", "&e=f", "", "ü+")) {
      assertThat(client.output()).isEqualTo("a;b|c d|&e=f||ü+|");
      assertThat(client.status()).isEqualTo(SUCCESS);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCommandMayHaveManyWords(Carrier carrier) throws Exception {
    var command = new ArrayList<>(List.of("sh", "-c", "echo $#", "sh"));
    IntStream.range(0, 3000).forEach(number -> command.add("argument-" + number));

    try (var client = CommandClient.exec(carrier, server, command.toArray(String[]::new))) {
      assertThat(client.output()).isEqualTo("3000\n");
    }
  }

  @ParameterizedTest
  @EnumSource
  void theEndOfTheInputReachesTheProcessAndItsLastWordsTheClient(Carrier carrier) throws Exception {
    try (var client = CommandClient.exec(carrier, server, "sh", "-c", "cat; echo end; exit 5")) {
      client.input("hello\n".getBytes(UTF_8));
      client.endInput();

      assertThat(client.output()).isEqualTo("hello\nend\n");
      assertThat(client.status()).contains("\"message\":\"5\"");
    }
  }

  @ParameterizedTest
  @EnumSource
  void muchPassesBothWaysUnchanged(Carrier carrier) throws Exception {
    var sent = MessageDigest.getInstance("SHA-256");
    var received = MessageDigest.getInstance("SHA-256");
    var random = new Random(7);
    try (var client = CommandClient.exec(carrier, server, "cat")) {
      var sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    // 40 MiB in pieces that fit nothing.
                    var piece = new byte[33_333];
                    for (int left = 40 << 20; left > 0; left -= piece.length) {
                      random.nextBytes(piece);
                      sent.update(piece);
                      send(client, piece);
                    }
                    client.endInput();
                  });

      client.output(received::update);

      sender.join();
      assertThat(received.digest()).isEqualTo(sent.digest());
      assertThat(client.status()).isEqualTo(SUCCESS);
    }
  }

  private static void send(CommandClient client, byte[] piece) {
    try {
      client.input(piece);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A closed socket with unread input would be reset, and with it the end of the output. */
  @ParameterizedTest
  @EnumSource
  void theEndArrivesAlthoughTheInputWasNotRead(Carrier carrier) throws Exception {
    for (int round = 0; round < 10; round++) {
      try (var client =
          CommandClient.exec(carrier, server, "sh", "-c", "head -c 300000 /dev/zero; exit 4")) {
        Thread.ofVirtual().start(() -> flood(client, new AtomicLong()));
        assertThat(client.output()).hasSize(300_000);
        assertThat(client.status()).contains("\"message\":\"4\"");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKilledClientEndsItsProcess(Carrier carrier) throws Exception {
    var client = CommandClient.exec(carrier, server, "sh", "-c", "echo runs; sleep 600");
    assertThat(client.someOutput()).isEqualTo("runs\n");

    client.close();

    assertThat(server.streams.started.take().waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatIsKilledWhileItsInputIsStuckEndsItsProcess(Carrier carrier) throws Exception {
    var client = CommandClient.exec(carrier, server, "sh", "-c", "echo runs; sleep 600");
    client.someOutput();
    var process = server.streams.started.take();
    var sent = new AtomicLong();
    Thread.ofVirtual().start(() -> flood(client, sent));
    await().atMost(Duration.ofSeconds(30)).until(() -> isStuck(sent));

    client.close();

    // Noticed by the pings, since nothing is read from it.
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aTerminalHasSizesAndNoErrors(Carrier carrier) throws Exception {
    try (var client =
        CommandClient.terminal(carrier, server, "sh", "-c", "echo err >&2; read line; exit 2")) {
      assertThat(client.someOutput()).isEqualTo("err\n");
      client.resize(80, 24);
      assertThat(server.streams.sizes.poll(20, TimeUnit.SECONDS))
          .isEqualTo(new Conversation.Size(80, 24));
      client.resize(0, 0);
      client.resize(120, 40);
      assertThat(server.streams.sizes.poll(20, TimeUnit.SECONDS))
          .isEqualTo(new Conversation.Size(120, 40));
      client.input("go\n".getBytes(UTF_8));

      assertThat(client.output()).isEmpty();
      assertThat(client.status()).contains("\"message\":\"2\"");
    }
    assertThat(server.streams.asked.element().channels())
        .isEqualTo(new Channels(true, true, false, true));
  }

  @ParameterizedTest
  @EnumSource
  void aCommandThatCannotBeStartedIsTold(Carrier carrier) throws Exception {
    try (var client = CommandClient.exec(carrier, server, "/no/such/program")) {
      assertThat(client.output()).isEmpty();
      var status = Serialization.unmarshal(client.status(), Status.class);
      assertThat(status.getReason()).isEqualTo("InternalError");
      assertThat(status.getMessage()).startsWith("exec: ").contains("/no/such/program");
    }
  }

  @ParameterizedTest
  @EnumSource
  void attachJoinsTheFirstProcess(Carrier carrier) throws Exception {
    try (var client =
        CommandClient.open(
            carrier, server, CommandClient.path("attach", "input=1&output=1&error=1"))) {
      assertThat(client.someOutput()).isEqualTo("attached\n");
      client.input("said".getBytes(UTF_8));
      client.endInput();

      assertThat(client.output()).isEqualTo("said");
      assertThat(client.status()).isEqualTo(SUCCESS);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theUidOfThePodMayBeNamed(Carrier carrier) throws Exception {
    try (var client =
        CommandClient.open(
            carrier,
            server,
            "/exec/team-a/web/" + StreamServer.UID + "/app?output=1&input=1&error=1&command=id")) {
      assertThat(client.output()).startsWith("uid=");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStoppedServerTellsWhatItEnds(Carrier carrier) throws Exception {
    try (var client = CommandClient.exec(carrier, server, "sh", "-c", "echo runs; sleep 600")) {
      assertThat(client.someOutput()).isEqualTo("runs\n");

      server.stop();

      assertThat(client.output()).isEmpty();
      assertThat(client.status()).contains("Failure", "the virtual node's endpoint restarts");
      assertThat(server.streams.started.take().waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void fiftyClientsAtOnceAllHearTheirEnd(Carrier carrier) throws Exception {
    var clients = new ArrayList<CommandClient>();
    for (int number = 0; number < 50; number++) {
      clients.add(CommandClient.exec(carrier, server, "sh", "-c", "read n; echo $n; exit 9"));
    }
    for (int number = 0; number < 50; number++) {
      clients.get(number).input((number + "\n").getBytes(UTF_8));
    }
    for (int number = 0; number < 50; number++) {
      assertThat(clients.get(number).output()).isEqualTo(number + "\n");
      assertThat(clients.get(number).status()).contains("\"message\":\"9\"");
      clients.get(number).close();
    }
  }

  // --- what one protocol has alone

  @Test
  void outputOverSpdyIsNotStoppedByWindowsThatNobodyKeeps() throws Exception {
    try (var client = CommandClient.exec(SPDY, server, "head", "-c", "1000000", "/dev/zero")) {
      assertThat(client.output()).hasSize(1_000_000);
    }
  }

  @Test
  void aSpdyClientIsAnsweredItsPingsAndToldTheEnd() throws Exception {
    try (var client = (CommandClient.Spdy) CommandClient.exec(SPDY, server, "cat")) {
      client.connection().ping(1);
      assertThat(client.connection().pings.poll(20, TimeUnit.SECONDS)).isEqualTo(1);
      client.endInput();

      assertThat(client.status()).isEqualTo(SUCCESS);
      assertThat(client.connection().goneAway.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void olderVersionsOverSpdyTellASentence() throws Exception {
    for (var version : List.of("v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")) {
      var path = CommandClient.path("exec", "output=1", "sh", "-c", "exit 7");
      try (var client = SpdyClient.open(server, path, version)) {
        assertThat(client.answer()).containsIgnoringCase("X-Stream-Protocol-Version: " + version);
        var status = client.stream(Map.of("streamType", "error"));
        client.stream(Map.of("streamType", "stdout"));
        assertThat(status.text()).isEqualTo("command terminated with exit code 7");
      }
    }
  }

  @Test
  void aWebSocketOfAnyVersionIsServed() throws Exception {
    var path = CommandClient.path("exec", "output=1", "sh", "-c", "echo out; exit 7");
    for (var version : List.of("v5.channel.k8s.io", "v4.channel.k8s.io")) {
      try (var client = ChannelClient.open(server, path, "unknown", version)) {
        assertThat(client.protocol()).isEqualTo(version);
        assertThat(client.text(3)).contains("\"ExitCode\"", "\"7\"");
        assertThat(client.text(1)).isEqualTo("out\n");
        assertThat(client.closeCode()).isEqualTo(1000);
      }
    }
    for (var version : List.of("channel.k8s.io", "base64.channel.k8s.io")) {
      try (var client = ChannelClient.open(server, path, version)) {
        assertThat(client.text(3)).isEqualTo("command terminated with exit code 7");
        assertThat(client.text(1)).isEqualTo("out\n");
      }
    }
    try (var client = ChannelClient.open(server, path)) {
      assertThat(client.protocol()).isEmpty();
      assertThat(client.text(1)).isEqualTo("out\n");
    }
  }

  @Test
  void aWebSocketOfTextCarriesInputAndStatus() throws Exception {
    var path = CommandClient.path("exec", "input=1&output=1", "head", "-c", "6");
    try (var client = ChannelClient.open(server, path, "v4.base64.channel.k8s.io")) {
      client.sendText("0Zm9v");
      client.sendText("0YmFy");

      assertThat(client.text(1)).isEqualTo("foobar");
      assertThat(client.text(3)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void aWebSocketIsGreetedAndItsPingsAreAnswered() throws Exception {
    var path = CommandClient.path("exec", "input=1&error=1", "cat");
    try (var client = ChannelClient.open(server, path, "v5.channel.k8s.io")) {
      assertThat(client.piece(2)).as("on the lowest channel of output").isEmpty();
      client.ping(new byte[] {1, 2});
      assertThat(client.pongs.poll(20, TimeUnit.SECONDS).array()).containsExactly(1, 2);
    }
  }

  @Test
  void aWebSocketThatIsClosedEndsItsProcess() throws Exception {
    var path = CommandClient.path("exec", "output=1", "sh", "-c", "echo runs; sleep 600");
    try (var client = ChannelClient.open(server, path, "v4.channel.k8s.io")) {
      var process = server.streams.started.take();

      client.leave();

      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(client.closeCode()).isEqualTo(1000);
    }
  }

  /** Whatever a client sends to a process that does not read must not pile up in the node. */
  @ParameterizedTest
  @EnumSource
  void aProcessThatDoesNotReadHoldsItsClientUp(Carrier carrier) throws Exception {
    var sent = new AtomicLong();
    try (var client = CommandClient.exec(carrier, server, "sh", "-c", "echo runs; sleep 600")) {
      client.someOutput();
      Thread.ofVirtual().start(() -> flood(client, sent));

      await().atMost(Duration.ofSeconds(30)).until(() -> isStuck(sent));

      assertThat(sent.get()).isLessThan(24L << 20);
    }
  }

  /** Sends until the client is closed. */
  private static void flood(CommandClient client, AtomicLong sent) {
    var piece = new byte[64 * 1024];
    try {
      while (true) {
        client.input(piece);
        sent.addAndGet(piece.length);
      }
    } catch (Exception _) {
      // As it must end.
    }
  }

  private static boolean isStuck(AtomicLong sent) throws InterruptedException {
    long before = sent.get();
    Thread.sleep(1000);
    return before > 0 && sent.get() == before;
  }
}
