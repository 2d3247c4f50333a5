package io.virtualnodes.kubelet;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.kubelet.stream.Sessions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTPS port of one node: what the API server calls when somebody asks for a log, or for a
 * conversation with a container, and metrics-server for figures. It serves from the end of the
 * constructor until {@link #close()}.
 */
public final class KubeletServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KubeletServer.class);

  /** How many ports after the first are tried. */
  private static final int MORE_PORTS = 200;

  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final ServingCertificate certificate;
  private final ChannelGroup connections;
  private final Sessions sessions;
  private final Channel listener;

  /**
   * Binds and serves.
   *
   * @param node the Node's name, about which callers' rights are asked
   * @param first where to listen; if the port is taken, one of the 200 after it. Port 0 is any free
   *     one
   * @param certificate of this node, closed with the server
   * @param authentication shared by all nodes
   * @param authorization shared by all nodes
   * @param pods of this node
   * @param streams of the groups that run them
   * @param pages what the node tells of itself
   * @param threads shared by all nodes, closed after the last server
   * @param meters shared by all nodes
   * @throws IOException if no port could be had, or TLS cannot be set up
   */
  public KubeletServer(
      String node,
      InetSocketAddress first,
      ServingCertificate certificate,
      Authentication authentication,
      Authorization authorization,
      PodLookup pods,
      Streams streams,
      NodePages pages,
      KubeletThreads threads,
      KubeletMeters meters)
      throws IOException {
    this(
        node,
        first,
        certificate,
        authentication,
        authorization,
        pods,
        streams,
        pages,
        threads,
        meters,
        Limits.DEFAULT);
  }

  KubeletServer(
      String node,
      InetSocketAddress first,
      ServingCertificate certificate,
      Authentication authentication,
      Authorization authorization,
      PodLookup pods,
      Streams streams,
      NodePages pages,
      KubeletThreads threads,
      KubeletMeters meters,
      Limits limits)
      throws IOException {
    this.certificate = certificate;
    // Ones that come while the others are closed are closed too.
    connections = new DefaultChannelGroup(threads.acceptor().next(), true);
    sessions = new Sessions(limits.streams(), threads.blocking());
    var tls = new ServingTls(certificate, authentication);
    var requests =
        new Requests(
            node,
            authentication,
            authorization,
            new ContainerLogs(pods, streams),
            new Conversations(node, pods, streams, sessions),
            pages,
            InstantSource.system());
    var strangers = new Strangers(limits.strangers());
    var bootstrap =
        new ServerBootstrap()
            .group(threads.acceptor(), threads.workers())
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            // Tells in the end that a caller is gone whose machine went down without a word.
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) throws SSLException {
                    connections.add(channel);
                    var handler = tls.handler(channel.alloc(), threads.blocking());
                    handler.setHandshakeTimeoutMillis(limits.handshake().toMillis());
                    var http =
                        new HttpDecoderConfig()
                            .setMaxInitialLineLength(limits.lineBytes())
                            .setMaxHeaderSize(limits.headerBytes());
                    channel
                        .pipeline()
                        .addLast(handler)
                        .addLast(new HttpServerCodec(http))
                        .addLast(
                            new Connection(
                                requests, strangers, limits, threads.blocking(), meters));
                  }
                });
    try {
      listener = bind(bootstrap, first);
    } catch (IOException e) {
      certificate.close();
      throw e;
    }
    log.atInfo().addKeyValue("node", node).addKeyValue("port", port()).log("kubelet API serves");
  }

  /** The port that was bound: what the Node publishes as its kubelet endpoint. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /**
   * Stops listening, tells conversations to end, and cuts off all connections; their streams at the
   * backend are closed. The port is free a moment later, since the selector gives it up in its next
   * round. Blocks for seconds at most, and must not be called in an event loop.
   */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    sessions.close(CLOSING);
    connections.close().awaitUninterruptibly(CLOSING.toMillis());
    certificate.close();
  }

  private static Channel bind(ServerBootstrap bootstrap, InetSocketAddress first)
      throws IOException {
    int last = first.getPort() == 0 ? 0 : Math.min(first.getPort() + MORE_PORTS, 65_535);
    for (int port = first.getPort(); ; port++) {
      var bound = bootstrap.bind(new InetSocketAddress(first.getAddress(), port));
      bound.awaitUninterruptibly();
      if (bound.isSuccess()) {
        return bound.channel();
      }
      if (!(bound.cause() instanceof BindException) || port == last) {
        throw new IOException(
            "the kubelet API cannot listen at %s, ports %d to %d: %s"
                .formatted(
                    first.getAddress().getHostAddress(),
                    first.getPort(),
                    last,
                    bound.cause().getMessage()),
            bound.cause());
      }
    }
  }
}
