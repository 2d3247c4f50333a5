package io.virtualnodes.kubelet.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/** An agreement on the protocol of a connection, which {@link #install} then lets it speak. */
public final class Upgrade {
  private static final String SPDY = "SPDY/3.1";
  private static final String WEBSOCKET = "websocket";
  private static final String STREAM_PROTOCOL = "X-Stream-Protocol-Version";
  private static final String STREAM_PROTOCOLS_ACCEPTED = "X-Accepted-Stream-Protocol-Versions";
  private static final String WEBSOCKET_VERSION = "13";
  // RFC 6455, section 1.3.
  private static final String WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  // The most streams that a command needs: its input, output and errors, its end, and sizes.
  private static final int COMMAND_STREAMS = 5;

  private final Protocol protocol;
  private final Purpose purpose;
  private final Map<String, String> answer;

  private Upgrade(Protocol protocol, Purpose purpose, Map<String, String> answer) {
    this.protocol = protocol;
    this.purpose = purpose;
    this.answer = Map.copyOf(answer);
  }

  /**
   * Agrees on the first protocol of the client's that is spoken here.
   *
   * @throws UpgradeRefused if there is none
   */
  public static Upgrade agree(HttpRequest request, Purpose purpose) throws UpgradeRefused {
    var headers = request.headers();
    if (headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
      if (headers.containsValue(HttpHeaderNames.UPGRADE, SPDY, true)) {
        return spdy(headers, purpose);
      }
      if (headers.containsValue(HttpHeaderNames.UPGRADE, WEBSOCKET, true)) {
        return webSocket(headers, purpose);
      }
    }
    throw refused("this needs an upgrade to " + SPDY + " or a WebSocket");
  }

  private static Upgrade spdy(HttpHeaders headers, Purpose purpose) throws UpgradeRefused {
    var ours =
        switch (purpose) {
          case Purpose.Command _ -> Protocol.SPDY_COMMANDS;
          case Purpose.Ports _ -> Protocol.SPDY_PORTS;
        };
    var offered = listed(headers, STREAM_PROTOCOL);
    if (offered.isEmpty()) {
      throw refused("the header " + STREAM_PROTOCOL + " is required");
    }
    var chosen =
        Protocol.chosen(offered, ours)
            .orElseThrow(
                () ->
                    unknown(
                        offered,
                        Map.of(
                            STREAM_PROTOCOLS_ACCEPTED,
                            String.join(", ", ours.stream().map(Protocol::name).toList()))));
    return new Upgrade(
        chosen,
        purpose,
        Map.of(HttpHeaderNames.UPGRADE.toString(), SPDY, STREAM_PROTOCOL, chosen.name()));
  }

  private static Upgrade webSocket(HttpHeaders headers, Purpose purpose) throws UpgradeRefused {
    var key = headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (key == null) {
      throw refused("a WebSocket needs the header " + HttpHeaderNames.SEC_WEBSOCKET_KEY);
    }
    if (!WEBSOCKET_VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
      throw new UpgradeRefused(
          HttpResponseStatus.UPGRADE_REQUIRED,
          "WebSockets are spoken in version " + WEBSOCKET_VERSION + " only",
          Map.of(HttpHeaderNames.SEC_WEBSOCKET_VERSION.toString(), WEBSOCKET_VERSION));
    }
    var ours =
        switch (purpose) {
          case Purpose.Command _ -> Protocol.WEBSOCKET_COMMANDS;
          case Purpose.Ports _ ->
              Stream.concat(Stream.of(Protocol.TUNNEL_PORTS), Protocol.CHANNEL_PORTS.stream())
                  .toList();
        };
    var offered = listed(headers, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL.toString());
    var chosen =
        Protocol.chosen(offered.isEmpty() ? List.of("") : offered, ours)
            .orElseThrow(() -> unknown(offered, Map.of()));
    if (purpose instanceof Purpose.Ports(var named)
        && chosen.carrier() == Protocol.Carrier.CHANNELS
        && named.isEmpty()) {
      throw refused("query parameter \"port\" is required for a WebSocket");
    }
    var answer = new HashMap<String, String>();
    answer.put(HttpHeaderNames.UPGRADE.toString(), WEBSOCKET);
    answer.put(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT.toString(), accepted(key));
    if (!chosen.name().isEmpty()) {
      answer.put(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL.toString(), chosen.name());
    }
    return new Upgrade(chosen, purpose, answer);
  }

  /** In several headers, or in a list in one. */
  private static List<String> listed(HttpHeaders headers, String name) {
    return headers.getAll(name).stream()
        .flatMap(values -> Stream.of(values.split(",")))
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }

  private static String accepted(String key) {
    try {
      var hash = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder()
          .encodeToString(
              hash.digest((key.strip() + WEBSOCKET_GUID).getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  private static UpgradeRefused refused(String sentence) {
    return new UpgradeRefused(HttpResponseStatus.BAD_REQUEST, sentence, Map.of());
  }

  private static UpgradeRefused unknown(List<String> offered, Map<String, String> headers) {
    return new UpgradeRefused(
        HttpResponseStatus.FORBIDDEN,
        "none of these protocols is spoken here: " + String.join(", ", offered),
        headers);
  }

  /** What was agreed on, for a log. */
  public String protocol() {
    return protocol.toString();
  }

  /** How the session is told its end. */
  Protocol agreed() {
    return protocol;
  }

  /**
   * Answers and changes what the connection speaks. In its event loop, where {@link
   * HttpServerCodec} is the last handler.
   *
   * @param blocking where callbacks run that may block
   */
  public StreamConnection install(
      ChannelPipeline pipeline, StreamLimits limits, Executor blocking) {
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    answer.forEach(response.headers()::set);
    pipeline.writeAndFlush(response);
    return switch (protocol.carrier()) {
      case SPDY -> spdy(pipeline, limits, blocking);
      case TUNNEL -> {
        pipeline.addLast(
            new WebSocketDecoder(), new WebSocket13FrameEncoder(false), new WebSocketTunnel());
        yield spdy(pipeline, limits, blocking);
      }
      case CHANNELS -> {
        var connection =
            new ChannelConnection(protocol, ChannelConnection.plans(purpose), limits, blocking);
        pipeline.addLast(new WebSocketDecoder(), new WebSocket13FrameEncoder(false), connection);
        removeHttp(pipeline);
        connection.greet();
        yield connection;
      }
    };
  }

  private StreamConnection spdy(ChannelPipeline pipeline, StreamLimits limits, Executor blocking) {
    var connection =
        switch (purpose) {
          case Purpose.Command _ -> new SpdyConnection(limits, COMMAND_STREAMS, false, blocking);
          // Each forwarded connection has two.
          case Purpose.Ports _ -> new SpdyConnection(limits, 2 * limits.forwards(), true, blocking);
        };
    pipeline.addLast(new SpdyCodec(), connection);
    removeHttp(pipeline);
    return connection;
  }

  /** Last, since it hands on what it has read already. */
  private static void removeHttp(ChannelPipeline pipeline) {
    pipeline.remove(HttpServerCodec.class);
  }
}
