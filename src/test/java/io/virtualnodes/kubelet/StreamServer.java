package io.virtualnodes.kubelet;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.kubelet.stream.StreamLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A node's port with one pod, team-a/web, and what clients need to reach it. */
final class StreamServer implements AutoCloseable {
  static final String UID = "11111111-2222-3333-4444-555555555555";
  private static final TestAuthority CLUSTER = new TestAuthority("cluster");
  static final TestAuthority.Credential API_SERVER =
      CLUSTER.client("kube-apiserver-kubelet-client", "system:masters");

  final LocalStreams streams = new LocalStreams();
  final BlockingQueue<NodeAccess> reviewed = new LinkedBlockingQueue<>();
  volatile AccessReview review = (_, _) -> true;

  private final InetAddress loopback = InetAddress.getLoopbackAddress();
  private final ServingCertificate certificate =
      new SelfSignedCertificate("burst-0", loopback, InstantSource.system());
  private final KubeletThreads threads = new KubeletThreads();
  private final NioEventLoopGroup clients =
      new NioEventLoopGroup(1, new DefaultThreadFactory("test-client", true));
  private final KubeletServer server;

  StreamServer() throws IOException {
    this(StreamLimits.DEFAULT);
  }

  StreamServer(StreamLimits limits) throws IOException {
    var usual = Limits.DEFAULT;
    server =
        new KubeletServer(
            "burst-0",
            new InetSocketAddress(loopback, 0),
            certificate,
            new Authentication(
                CLUSTER::pem, new BearerTokens(_ -> Optional.empty(), InstantSource.system())),
            new Authorization(
                (caller, access) -> {
                  reviewed.add(access);
                  return review.allows(caller, access);
                },
                InstantSource.system()),
            (namespace, name) ->
                namespace.equals("team-a") && name.equals("web")
                    ? Optional.of(pod())
                    : Optional.empty(),
            streams,
            new NodePages(
                "burst-0",
                List::of,
                new PoolUsage("burst", streams, InstantSource.system()),
                List::of,
                () -> "",
                InstantSource.system()),
            threads,
            new KubeletMeters(new SimpleMeterRegistry()),
            new Limits(
                // Tests run on busy machines.
                Duration.ofMinutes(1),
                usual.firstRequest(),
                usual.nextRequest(),
                usual.stalledWrite(),
                usual.leave(),
                usual.strangers(),
                usual.lineBytes(),
                usual.headerBytes(),
                usual.bodyBytes(),
                limits));
  }

  private static ServedPod pod() {
    return new ServedPod(
        GroupId.first(UID),
        List.of(
            new ServedPod.Container("app", Optional.empty()),
            new ServedPod.Container("slow", Optional.of("ContainerCreating"))),
        false);
  }

  static TestAuthority.Credential client(String user) {
    return CLUSTER.client(user);
  }

  int port() {
    return server.port();
  }

  InetAddress address() {
    return loopback;
  }

  NioEventLoopGroup clients() {
    return clients;
  }

  /** Trusts what the node shows. */
  SSLContext tls(KeyManager[] caller) throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("node", certificate.current().certificate());
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(caller, trust.getTrustManagers(), null);
    return context;
  }

  SSLSocket socket(TestAuthority.Credential caller) throws GeneralSecurityException, IOException {
    var socket =
        (SSLSocket) tls(caller.keyManagers()).getSocketFactory().createSocket(loopback, port());
    socket.setSoTimeout(50_000);
    return socket;
  }

  /** Stops the node's port, and leaves its clients alone. */
  void stop() {
    server.close();
  }

  @Override
  public void close() {
    server.close();
    threads.close();
    clients.shutdownGracefully(0, 5, TimeUnit.SECONDS);
  }
}
