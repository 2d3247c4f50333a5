package io.virtualnodes.kubelet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.kubelet.stream.StreamLimits;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections to ports, over each protocol that kubectl speaks. */
@Timeout(90)
class PortForwardTest {
  private static final String PATH = "/portForward/team-a/web";

  @AutoClose private StreamServer server;

  private enum Carrier {
    SPDY,
    TUNNEL
  }

  private SpdyClient connect(Carrier carrier) throws Exception {
    return connect(carrier, StreamLimits.DEFAULT);
  }

  private SpdyClient connect(Carrier carrier, StreamLimits limits) throws Exception {
    server = new StreamServer(limits);
    return switch (carrier) {
      case SPDY -> SpdyClient.open(server, PATH, "portforward.k8s.io");
      case TUNNEL -> SpdyClient.tunnel(server, PATH);
    };
  }

  /** What one local connection of kubectl opens. */
  private record Connection(SpdyClient.Stream error, SpdyClient.Stream data) {

    static Connection open(SpdyClient client, int port, int request) throws Exception {
      var error = client.stream(headers("error", port, request));
      // kubectl says nothing on it, and says so at once.
      error.end();
      return new Connection(error, client.stream(headers("data", port, request)));
    }
  }

  private static Map<String, String> headers(String type, int port, int request) {
    return Map.of(
        "streamType", type, "port", String.valueOf(port), "requestID", String.valueOf(request));
  }

  @ParameterizedTest
  @EnumSource
  void eachDirectionEndsForItself(Carrier carrier) throws Exception {
    try (var port =
            new EchoPort(
                socket -> {
                  var all = socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(("got " + all.length).getBytes(UTF_8));
                });
        var client = connect(carrier)) {
      var one = Connection.open(client, port.number(), 0);
      one.data().write("hello".getBytes(UTF_8));
      one.data().end();

      assertThat(one.data().text()).isEqualTo("got 5");
      assertThat(one.error().text()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatThePortEndsFirstIsEnded(Carrier carrier) throws Exception {
    try (var port = new EchoPort(socket -> socket.getOutputStream().write("bye".getBytes(UTF_8)));
        var client = connect(carrier)) {
      var one = Connection.open(client, port.number(), 0);

      assertThat(one.data().text()).isEqualTo("bye");
      assertThat(one.error().text()).isEmpty();
      // As kubectl does then.
      one.data().reset();
      // The session goes on.
      assertThat(Connection.open(client, port.number(), 1).data().text()).isEqualTo("bye");
    }
  }

  @ParameterizedTest
  @EnumSource
  void muchPassesBothWaysUnchanged(Carrier carrier) throws Exception {
    var sent = MessageDigest.getInstance("SHA-256");
    var received = MessageDigest.getInstance("SHA-256");
    try (var port = EchoPort.echoing();
        var client = connect(carrier)) {
      var one = Connection.open(client, port.number(), 0);
      var sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    var random = new Random(3);
                    for (int left = 30 << 20; left > 0; left -= 50_000) {
                      var piece = new byte[50_000];
                      random.nextBytes(piece);
                      sent.update(piece);
                      write(one.data(), piece);
                    }
                    one.data().end();
                  });

      one.data().each(received::update);

      sender.join();
      assertThat(received.digest()).isEqualTo(sent.digest());
    }
  }

  private static void write(SpdyClient.Stream stream, byte[] piece) {
    try {
      stream.write(piece);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aHundredConnectionsAtOnceAreKeptApart(Carrier carrier) throws Exception {
    try (var port = EchoPort.echoing();
        var client = connect(carrier)) {
      var all = new ArrayList<Connection>();
      for (int number = 0; number < 100; number++) {
        all.add(Connection.open(client, port.number(), number));
      }
      for (int number = 0; number < 100; number++) {
        all.get(number).data().write(("number " + number).repeat(1000).getBytes(UTF_8));
        all.get(number).data().end();
      }
      for (int number = 0; number < 100; number++) {
        assertThat(all.get(number).data().text()).isEqualTo(("number " + number).repeat(1000));
        assertThat(all.get(number).error().text()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyConnectionsInARowLeaveNothingBehind(Carrier carrier) throws Exception {
    try (var port = EchoPort.echoing();
        var client = connect(carrier, limits(8, Duration.ofSeconds(30)))) {
      // More than may be open at once.
      for (int number = 0; number < 100; number++) {
        var one = Connection.open(client, port.number(), number);
        one.data().write("x".getBytes(UTF_8));
        one.data().end();
        assertThat(one.data().text()).isEqualTo("x");
        assertThat(one.error().text()).isEmpty();
        one.data().reset();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPortWhereNobodyListensIsToldOnItsErrorStream(Carrier carrier) throws Exception {
    int closed;
    try (var port = EchoPort.echoing()) {
      closed = port.number();
    }
    try (var port = EchoPort.echoing();
        var client = connect(carrier)) {
      var refused = Connection.open(client, closed, 0);

      assertThat(refused.error().text()).isEqualTo("nothing listens on port " + closed);
      var next = Connection.open(client, port.number(), 1);
      next.data().end();
      assertThat(next.data().text()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void streamsThatMakeNoSenseAreReset(Carrier carrier) throws Exception {
    try (var port = EchoPort.echoing();
        var client = connect(carrier)) {
      for (var wrong :
          new String[][] {{"error", "0"}, {"data", "65536"}, {"error", "x"}, {"stdin", "80"}}) {
        var stream = client.begin(Map.of("streamType", wrong[0], "port", wrong[1]));
        assertThat(stream.reset.await(20, TimeUnit.SECONDS)).as(wrong[1]).isTrue();
      }
      var twice = client.stream(headers("error", port.number(), 5));
      var again = client.begin(headers("error", port.number(), 5));
      assertThat(again.reset.await(20, TimeUnit.SECONDS)).isTrue();
      var data = client.stream(headers("data", port.number(), 5));
      data.end();
      assertThat(data.text()).isEmpty();
      assertThat(twice.text()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void oldClientsNumberNoRequests(Carrier carrier) throws Exception {
    try (var port = EchoPort.echoing();
        var client = connect(carrier)) {
      var number = String.valueOf(port.number());
      client.stream(Map.of("streamType", "error", "port", number));
      var data = client.stream(Map.of("streamType", "data", "port", number));
      data.write("hi".getBytes(UTF_8));
      data.end();

      assertThat(data.text()).isEqualTo("hi");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKilledClientEndsItsConnections(Carrier carrier) throws Exception {
    BlockingQueue<Integer> ended = new LinkedBlockingQueue<>();
    try (var port = new EchoPort(socket -> ended.add(socket.getInputStream().read()))) {
      var client = connect(carrier);
      Connection.open(client, port.number(), 0);
      Connection.open(client, port.number(), 1);
      port.accepted.take();
      port.accepted.take();

      client.close();

      assertThat(ended.poll(20, TimeUnit.SECONDS)).isEqualTo(-1);
      assertThat(ended.poll(20, TimeUnit.SECONDS)).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatTheClientResetsEndsAtThePort(Carrier carrier) throws Exception {
    BlockingQueue<Integer> ended = new LinkedBlockingQueue<>();
    try (var port = new EchoPort(socket -> ended.add(socket.getInputStream().read()));
        var client = connect(carrier)) {
      var one = Connection.open(client, port.number(), 0);
      port.accepted.take();

      one.data().reset();

      assertThat(ended.poll(20, TimeUnit.SECONDS)).isEqualTo(-1);
      assertThat(one.error().text()).isEmpty();
    }
  }

  /** One that takes nothing stands in the way of all others, since SPDY is read in order. */
  @ParameterizedTest
  @EnumSource
  void aPortThatTakesNothingIsGivenUpForTheOthers(Carrier carrier) throws Exception {
    try (var stuck = new EchoPort(_ -> Thread.sleep(60_000));
        var port = EchoPort.echoing();
        var client = connect(carrier, limits(256, Duration.ofSeconds(2)))) {
      var one = Connection.open(client, stuck.number(), 0);
      one.data().send(new byte[15 << 20]);
      var sent = one.data().send(new byte[15 << 20]);
      assertThat(sent.await(1, TimeUnit.SECONDS)).isFalse();

      var other = Connection.open(client, port.number(), 1);
      other.data().write("passes".getBytes(UTF_8));
      other.data().end();

      assertThat(other.data().text()).isEqualTo("passes");
      assertThat(one.data().reset.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(one.error().text()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void moreThanTheLimitAtOnceAreRefusedAndTheRestGoesOn(Carrier carrier) throws Exception {
    try (var port = EchoPort.echoing();
        var client = connect(carrier, limits(2, Duration.ofSeconds(30)))) {
      var first = Connection.open(client, port.number(), 0);
      Connection.open(client, port.number(), 1);

      var third = client.begin(headers("error", port.number(), 2));

      assertThat(third.reset.await(20, TimeUnit.SECONDS)).isTrue();
      first.data().write("on".getBytes(UTF_8));
      assertThat(first.data().some()).isEqualTo("on");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStoppedServerSaysGoodbye(Carrier carrier) throws Exception {
    try (var port = EchoPort.echoing();
        var client = connect(carrier)) {
      Connection.open(client, port.number(), 0);

      server.stop();

      assertThat(client.goneAway.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(client.closedWithin(20)).isTrue();
    }
  }

  @Test
  void aWebSocketOfChannelsNamesItsPortsAtOnce() throws Exception {
    server = new StreamServer();
    try (var port = EchoPort.echoing();
        var client =
            ChannelClient.open(
                server, PATH + "?port=" + port.number() + "&port=1", "v4.channel.k8s.io")) {
      var number = new byte[] {(byte) port.number(), (byte) (port.number() >> 8)};
      assertThat(client.piece(0)).isEqualTo(number);
      assertThat(client.piece(1)).isEqualTo(number);
      assertThat(client.piece(2)).isEqualTo(new byte[] {1, 0});
      assertThat(client.piece(3)).isEqualTo(new byte[] {1, 0});
      assertThat(new String(client.piece(3), UTF_8)).isEqualTo("nothing listens on port 1");
      client.send(0, "hello".getBytes(UTF_8));
      assertThat(new String(client.piece(0), UTF_8)).isEqualTo("hello");

      // The port ends it, and with the last connection the session.
      port.accepted.take().close();

      assertThat(client.closeCode()).isEqualTo(1000);
    }
  }

  @Test
  void aWebSocketOfChannelsMustNameAPort() throws Exception {
    server = new StreamServer();
    for (var query : new String[] {"", "?port=x", "?port=0", "?port=70000"}) {
      assertThatThrownBy(() -> ChannelClient.open(server, PATH + query, "v4.channel.k8s.io"))
          .isInstanceOf(IOException.class);
    }
  }

  private static StreamLimits limits(int forwards, Duration stall) {
    var usual = StreamLimits.DEFAULT;
    return new StreamLimits(
        usual.sessions(),
        forwards,
        usual.creation(),
        usual.idle(),
        Duration.ofMillis(500),
        stall,
        Duration.ofSeconds(2));
  }
}
