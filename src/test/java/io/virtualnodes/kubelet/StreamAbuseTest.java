package io.virtualnodes.kubelet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.kubelet.CommandClient.Carrier;
import io.virtualnodes.kubelet.stream.StreamLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client that does not keep the rules may harm: its own connection. */
@Timeout(90)
class StreamAbuseTest {
  private static final String EXEC = "/exec/team-a/web/app?output=1&command=id";
  private static final String CAT = "/exec/team-a/web/app?input=1&output=1&command=cat";

  private StreamServer server;
  private CommandClient good;

  @BeforeEach
  void serve() throws Exception {
    serve(StreamLimits.DEFAULT);
  }

  private void serve(StreamLimits limits) throws Exception {
    server = new StreamServer(limits);
    good = CommandClient.exec(Carrier.SPDY, server, "cat");
    server.streams.started.take();
  }

  @AfterEach
  void theGoodClientWasNotDisturbed() throws Exception {
    try {
      good.input("still here".getBytes(UTF_8));
      good.endInput();
      assertThat(good.output()).isEqualTo("still here");
    } finally {
      good.close();
      server.close();
    }
  }

  // --- frames

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Not version 3; a SYN_STREAM without its header block; with a block that is no zlib text.
        "8002000100000000",
        "8003000101000004deadbeef",
        "80030001010000100000000100000000000000000badf00d",
        // Numbers that are not the client's.
        "800300010000000a00000002000000000000",
      })
  void badFramesOfSpdyCloseTheConnection(String frame) throws Exception {
    try (var client = SpdyClient.open(server, CAT, "v4.channel.k8s.io")) {
      client.stream(Map.of("streamType", "error"));
      client.stream(Map.of("streamType", "stdin"));
      client.stream(Map.of("streamType", "stdout"));
      var process = server.streams.started.take();

      client.rubbish(HexFormat.of().parseHex(frame));

      assertThat(client.closedWithin(20)).isTrue();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void headersOfSpdyThatAreTooLargeCloseTheConnection() throws Exception {
    try (var client = SpdyClient.open(server, CAT, "v4.channel.k8s.io")) {
      // 2 MB that are a few kilobytes on the wire.
      var headers = new HashMap<>(Map.of("streamType", "error"));
      for (int number = 0; number < 40; number++) {
        headers.put("more-" + number, "x".repeat(50_000));
      }
      client.begin(headers);

      assertThat(client.closedWithin(20)).isTrue();
    }
  }

  @Test
  void dataForStreamsThatAreNotThereIsIgnored() throws Exception {
    try (var client = SpdyClient.open(server, EXEC, "v4.channel.k8s.io")) {
      client.rubbish(HexFormat.of().parseHex("0000006300000001aa"));
      var status = client.stream(Map.of("streamType", "error"));
      client.stream(Map.of("streamType", "stdout"));

      assertThat(status.text()).contains("Success");
    }
  }

  @Test
  void streamsThatACommandHasNoUseForAreReset() throws Exception {
    try (var client = SpdyClient.open(server, EXEC, "v4.channel.k8s.io")) {
      for (var type : List.of("stdin", "resize", "other")) {
        var stream = client.begin(Map.of("streamType", type));
        assertThat(stream.reset.await(20, TimeUnit.SECONDS)).as(type).isTrue();
      }
      var status = client.stream(Map.of("streamType", "error"));
      client.stream(Map.of("streamType", "stdout"));

      assertThat(status.text()).contains("Success");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Not masked; of an extension; of an unknown kind; a continuation of nothing; a ping of
        // 126.
        "820101",
        "c28100000000aa",
        "838100000000aa",
        "808100000000aa",
        "89fe007e00000000",
        // A message inside of another; a length below zero.
        "028100000000000281000000000000",
        "82ffffffffffffffffff00000000",
      })
  void badFramesOfAWebSocketCloseTheConnection(String frame) throws Exception {
    try (var socket = webSocket(CAT, "v4.channel.k8s.io")) {
      var process = server.streams.started.take();

      socket.getOutputStream().write(HexFormat.of().parseHex(frame));

      // A Close with the code 1002.
      assertThat(readToEnd(socket)).containsSequence((byte) 0x03, (byte) 0xea);
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void textThatIsNotBase64ClosesTheConnection() throws Exception {
    try (var client = ChannelClient.open(server, CAT, "v4.base64.channel.k8s.io")) {
      client.sendText("0%%%%");

      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void messagesForChannelsThatAreNotThereAreIgnored() throws Exception {
    try (var client = ChannelClient.open(server, CAT, "v5.channel.k8s.io")) {
      client.send(9, new byte[] {1});
      client.send(1, new byte[] {1});
      client.end(77);
      client.send(255, new byte[0]);
      client.send(0, "ok".getBytes(UTF_8));
      client.end(0);

      assertThat(client.text(1)).isEqualTo("ok");
    }
  }

  /** That its answers are not kept is FlowTest's. */
  @ParameterizedTest
  @EnumSource
  void aFloodOfPingsIsAnsweredOnceTheClientReads(Carrier carrier) throws Exception {
    switch (carrier) {
      case SPDY -> {
        try (var client = SpdyClient.open(server, CAT, "v4.channel.k8s.io")) {
          client.pause(true);
          for (int number = 0; number < 20_000; number++) {
            client.ping(1);
          }
          client.pause(false);

          assertThat(client.pings.poll(20, TimeUnit.SECONDS)).isEqualTo(1);
        }
      }
      case WEBSOCKET -> {
        try (var client = ChannelClient.open(server, CAT, "v4.channel.k8s.io")) {
          for (int number = 0; number < 2_000; number++) {
            client.ping(new byte[100]);
          }

          assertThat(client.pongs.poll(20, TimeUnit.SECONDS)).isNotNull();
        }
      }
    }
  }

  // --- requests and connections

  @Test
  void anOversizedRequestClosesItsOwnConnection() throws Exception {
    try (var line = server.socket(StreamServer.API_SERVER);
        var headers = server.socket(StreamServer.API_SERVER)) {
      send(line, "POST " + EXEC + "&command=" + "x".repeat(140_000) + " HTTP/1.1\r\n\r\n");
      assertThat(new String(readToEnd(line), UTF_8)).startsWith("HTTP/1.1 414 ");
      send(
          headers,
          "POST " + EXEC + " HTTP/1.1\r\nHost: n\r\nX: " + "x".repeat(40_000) + "\r\n\r\n");
      assertThat(new String(readToEnd(headers), UTF_8)).startsWith("HTTP/1.1 431 ");
    }
  }

  @Test
  void aClientThatSpeaksBeforeItMayIsCutOff() throws Exception {
    try (var socket = server.socket(StreamServer.API_SERVER)) {
      send(socket, upgrade(EXEC, "v4.channel.k8s.io") + "GET / HTTP/1.1\r\nHost: n\r\n\r\n");

      readToEnd(socket);
    }
  }

  @Test
  void aThousandConnectionsThatAskForNothingDoNotShutOthersOut() throws Exception {
    var idle = new ArrayList<Socket>();
    try {
      for (int number = 0; number < 1000; number++) {
        idle.add(new Socket(server.address(), server.port()));
      }
      try (var client = CommandClient.exec(Carrier.SPDY, server, "sh", "-c", "exit 3")) {
        assertThat(client.status()).contains("\"message\":\"3\"");
      }
    } finally {
      for (var socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void aClientThatOpensNoStreamsIsSentOff() throws Exception {
    theGoodClientWasNotDisturbed();
    serve(limits(Duration.ofMillis(300), Duration.ofHours(4)));
    try (var client = SpdyClient.open(server, CAT, "v4.channel.k8s.io")) {
      client.stream(Map.of("streamType", "error"));

      assertThat(client.goneAway.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(client.closedWithin(20)).isTrue();
    }
    assertThat(server.streams.started).isEmpty();
  }

  @Test
  void aConversationInWhichNothingIsSaidEnds() throws Exception {
    theGoodClientWasNotDisturbed();
    serve(limits(Duration.ofSeconds(30), Duration.ofSeconds(2)));
    try (var client = CommandClient.exec(Carrier.WEBSOCKET, server, "sleep", "600")) {
      for (int second = 0; second < 3; second++) {
        good.input("still".getBytes(UTF_8));
        good.someOutput();
        Thread.sleep(900);
      }
      assertThat(client.status()).contains("nothing was said for too long");
      assertThat(server.streams.started.take().waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static StreamLimits limits(Duration creation, Duration idle) {
    var usual = StreamLimits.DEFAULT;
    return new StreamLimits(
        usual.sessions(),
        usual.forwards(),
        creation,
        idle,
        Duration.ofMillis(200),
        usual.stall(),
        Duration.ofSeconds(1));
  }

  private static String upgrade(String path, String protocol) {
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: n\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Sec-WebSocket-Protocol: "
        + protocol
        + "\r\n\r\n";
  }

  /** An upgraded connection whose frames are the test's own. */
  private SSLSocket webSocket(String path, String protocol) throws Exception {
    var socket = server.socket(StreamServer.API_SERVER);
    send(socket, upgrade(path, protocol));
    var head = new ByteArrayOutputStream();
    while (!head.toString(UTF_8).endsWith("\r\n\r\n")) {
      head.write(socket.getInputStream().read());
    }
    assertThat(head.toString(UTF_8))
        .startsWith("HTTP/1.1 101 ")
        // The example of RFC 6455.
        .containsIgnoringCase("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    return socket;
  }

  private static void send(SSLSocket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static byte[] readToEnd(SSLSocket socket) throws IOException {
    return socket.getInputStream().readAllBytes();
  }
}
