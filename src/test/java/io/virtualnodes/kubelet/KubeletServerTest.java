package io.virtualnodes.kubelet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.metrics.Metric;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class KubeletServerTest {
  private static final GroupId GROUP = GroupId.first("11111111-2222-3333-4444-555555555555");
  private static final String LOGS = "/containerLogs/team-a/web/app";
  private static final TestAuthority CLUSTER = new TestAuthority("cluster");
  private static final KeyManager[] API_SERVER =
      CLUSTER.client("kube-apiserver-kubelet-client", "system:masters").keyManagers();
  private static final KeyManager[] NOBODY = new KeyManager[0];

  private static KubeletThreads threads;

  private final MeterRegistry meters = new SimpleMeterRegistry();

  private final SettableClock clock = new SettableClock(Instant.now());
  private final InetAddress loopback = InetAddress.getLoopbackAddress();
  private final ServingCertificate certificate =
      new SelfSignedCertificate("burst-0", loopback, clock);
  private final FakeStreams streams = new FakeStreams();
  private final BlockingQueue<NodeAccess> reviewed = new LinkedBlockingQueue<>();
  private volatile AccessReview review = (_, _) -> true;
  private volatile Optional<ServedPod> pod =
      Optional.of(
          new ServedPod(
              GROUP,
              List.of(
                  new ServedPod.Container("app", Optional.empty()),
                  new ServedPod.Container("slow", Optional.of("ContainerCreating"))),
              false));
  private volatile TokenReview tokenReview = _ -> Optional.empty();
  private final Authentication authentication =
      new Authentication(CLUSTER::pem, new BearerTokens(token -> tokenReview.holder(token), clock));
  private volatile List<NodePod> nodePods = List.of();
  private final NodePages pages =
      new NodePages(
          "burst-0",
          () -> nodePods,
          new PoolUsage("burst", streams, clock),
          List::of,
          () -> "jvm_threads_live_threads 1.0\n",
          clock);
  private final List<AutoCloseable> opened = new ArrayList<>();
  private KubeletServer server;

  @BeforeAll
  static void start() {
    threads = new KubeletThreads();
  }

  @AfterAll
  static void stop() {
    threads.close();
  }

  @BeforeEach
  void serve() throws IOException {
    // Callers are sent off quickly, since those of these tests wait for it.
    server = serve(0, limits(Duration.ofSeconds(30), Duration.ofSeconds(30), 256));
  }

  @AfterEach
  void close() throws Exception {
    for (var one : opened.reversed()) {
      one.close();
    }
  }

  // --- who may

  @Test
  void withoutACertificateOrATokenEveryPathIsUnauthorized() throws Exception {
    for (var path : List.of("/healthz", LOGS, "/exec/team-a/web/app", "/nothing")) {
      var answer = get(NOBODY, path);

      assertThat(answer.statusCode()).as(path).isEqualTo(401);
      assertThat(status(answer).getMessage())
          .isEqualTo("a client certificate or a bearer token of the cluster is required");
      assertThat(status(answer).getReason()).isEqualTo("Unauthorized");
    }
    assertThat(reviewed).isEmpty();
    assertThat(streams.asked).isEmpty();
  }

  @Test
  void aForeignCertificateFailsTheHandshake() {
    var stranger = new TestAuthority("cluster").client("alice", "system:masters").keyManagers();

    assertThatThrownBy(() -> get(stranger, "/healthz")).isInstanceOf(IOException.class);
    assertThat(reviewed).isEmpty();
  }

  @Test
  void aTokensHolderIsWhoCalls() throws Exception {
    var identity =
        new Identity(
            "system:serviceaccount:kube-system:metrics-server",
            "11",
            List.of("system:serviceaccounts"),
            Map.of("authentication.kubernetes.io/pod-name", List.of("metrics-server-0")));
    var callers = new LinkedBlockingQueue<Identity>();
    tokenReview = token -> token.equals("good") ? Optional.of(identity) : Optional.empty();
    review = (caller, _) -> callers.add(caller);

    assertThat(getWithToken("/metrics/resource", "Bearer good").statusCode()).isEqualTo(200);
    assertThat(getWithToken("/metrics/resource", "bearer good").statusCode()).isEqualTo(200);
    assertThat(getWithToken("/metrics/resource", "Bearer bad").statusCode()).isEqualTo(401);
    assertThat(getWithToken("/metrics/resource", "Basic good").statusCode()).isEqualTo(401);
    assertThat(getWithToken("/metrics/resource", "Bearer").statusCode()).isEqualTo(401);

    assertThat(callers).containsExactly(identity);
    assertThat(reviewed).containsExactly(new NodeAccess("burst-0", "metrics", "get"));
  }

  @Test
  void aClusterThatCannotBeAskedAboutATokenLetsNobodyIn() throws Exception {
    tokenReview =
        _ -> {
          throw new IllegalStateException("connection refused");
        };

    var answer = getWithToken("/healthz", "Bearer good");

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).isEqualTo("the cluster could not be asked who calls");
    assertThat(reviewed).isEmpty();
  }

  @Test
  void whoeverMayNotIsToldWhatIsMissing() throws Exception {
    review = (caller, _) -> !caller.user().equals("eve");

    var denied = get(CLUSTER.client("eve", "dev").keyManagers(), LOGS);
    var allowed = get(API_SERVER, "/healthz");

    assertThat(denied.statusCode()).isEqualTo(403);
    assertThat(denied.body())
        .isEqualTo("user \"eve\" is not allowed to get nodes/proxy of node \"burst-0\"");
    assertThat(streams.asked).isEmpty();
    assertThat(allowed.statusCode()).isEqualTo(200);
    assertThat(allowed.body()).isEqualTo("ok");
  }

  @Test
  void rightsAreAskedForThisNode() throws Exception {
    review = (_, access) -> access.subresource().equals("proxy");

    get(API_SERVER, LOGS);
    get(API_SERVER, "/healthz");
    get(API_SERVER, "/exec/team-a/web/app?command=id");

    assertThat(reviewed)
        .containsExactly(
            new NodeAccess("burst-0", "proxy", "get"),
            new NodeAccess("burst-0", "healthz", "get"),
            new NodeAccess("burst-0", "proxy", "create"));
  }

  @Test
  void aClusterThatCannotBeAskedAllowsNothing() throws Exception {
    review =
        (_, _) -> {
          throw new IllegalStateException("connection refused");
        };

    var answer = get(API_SERVER, LOGS);

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).isEqualTo("the cluster could not be asked whether this is allowed");
    assertThat(streams.asked).isEmpty();
  }

  @Test
  void theCertificateIsVerifiableByNameAndAddress() throws Exception {
    for (var name : List.of("burst-0", "127.0.0.1")) {
      var connection = new Socket(loopback, server.port());
      var socket =
          (SSLSocket) tls(API_SERVER).getSocketFactory().createSocket(connection, name, 443, true);
      opened.add(socket);
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);

      socket.startHandshake();

      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }
  }

  @Test
  void tlsIsOfToday() throws Exception {
    var tls = new ServingTls(certificate, authentication);

    var engine = tls.handler(UnpooledByteBufAllocator.DEFAULT, Runnable::run).engine();

    assertThat(engine.getEnabledProtocols()).containsExactlyInAnyOrder("TLSv1.3", "TLSv1.2");
    assertThat(engine.getWantClientAuth()).isTrue();
  }

  @Test
  void aRenewedCertificateIsShownToTheNextConnection() throws Exception {
    var before = certificate.current().certificate();
    var connected = socket(API_SERVER);
    connected.startHandshake();
    clock.advance(Duration.ofDays(300));
    var after = certificate.current().certificate();

    var next = socket(API_SERVER);
    next.startHandshake();

    assertThat(after).isNotEqualTo(before);
    assertThat(next.getSession().getPeerCertificates()).containsExactly(after);
    assertThat(ask(connected, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n")).contains("200 OK");
  }

  // --- logs

  @Test
  void aLogIsCopiedAndItsOptionsArePassedOn() throws Exception {
    streams.logs = () -> log("one\ntwo\n");

    var answer = get(API_SERVER, LOGS + "?follow=true&timestamps=true&tailLines=2&limitBytes=100");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("one\ntwo\n");
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
    assertThat(streams.asked)
        .containsExactly(
            new FakeStreams.Asked(
                GROUP,
                "app",
                new LogOptions(
                    true,
                    false,
                    true,
                    Optional.empty(),
                    OptionalLong.of(2),
                    OptionalLong.of(100))));
  }

  @Test
  void anEmptyLogIsAnEmptyAnswer() throws Exception {
    streams.logs = () -> log("");

    var answer = get(API_SERVER, LOGS);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void oneConnectionCarriesManyRequests() throws Exception {
    streams.logs = () -> log("x".repeat(200_000));
    var client = client(API_SERVER);
    for (int number = 0; number < 20; number++) {
      assertThat(send(client, "GET", LOGS).body()).hasSize(200_000);
    }
    assertThat(reviewed).as("asked once, then remembered").hasSize(1);
  }

  @Test
  void aBigLogArrivesWholeAndIsNeverHeldInMemory() throws Exception {
    long size = 128L << 20;
    long mostInFlight = 24L << 20; // what the sockets of both sides may hold
    var source = new RandomLog(size);
    streams.logs = () -> Optional.of(source);
    var digest = MessageDigest.getInstance("SHA-256");
    long received = 0;
    long ahead = 0;

    var answer = client(API_SERVER).send(request("GET", LOGS), BodyHandlers.ofInputStream());
    try (var body = answer.body()) {
      var piece = new byte[64 * 1024];
      for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
        digest.update(piece, 0, count);
        received += count;
        ahead = Math.max(ahead, source.produced.get() - received);
      }
    }

    assertThat(received).isEqualTo(size);
    assertThat(digest.digest()).isEqualTo(source.digest());
    assertThat(ahead).isLessThan(mostInFlight);
  }

  @Test
  void aCallerThatHangsUpEndsTheDelivery() throws Exception {
    var source = new EndlessLog("first line\n");
    streams.logs = () -> Optional.of(source);
    var socket = socket(API_SERVER);
    write(socket, "GET " + LOGS + " HTTP/1.1\r\nHost: n\r\n\r\n");
    readUntil(socket, "first line");

    socket.close();

    assertThat(source.closed.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aCallerThatHangsUpBeforeTheFirstByteEndsTheDelivery() throws Exception {
    var source = new EndlessLog("");
    streams.logs = () -> Optional.of(source);
    var socket = socket(API_SERVER);
    write(socket, "GET " + LOGS + " HTTP/1.1\r\nHost: n\r\n\r\n");
    assertThat(source.waiting.await(30, TimeUnit.SECONDS)).isTrue();

    socket.close();

    assertThat(source.closed.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void closingTheServerEndsTheDelivery() throws Exception {
    var source = new EndlessLog("first line\n");
    streams.logs = () -> Optional.of(source);
    var socket = socket(API_SERVER);
    write(socket, "GET " + LOGS + " HTTP/1.1\r\nHost: n\r\n\r\n");
    readUntil(socket, "first line");

    server.close();

    assertThat(source.closed.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(readToEnd(socket)).doesNotContain("0\r\n\r\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /containerLogs/team-a/web/app?previous=true | 400 | previous terminated container "app" in pod "web" not found
          /containerLogs/team-a/web/app               | 400 | container "app" in pod "web" is not available
          /containerLogs/team-a/web/slow              | 400 | container "slow" in pod "web" is waiting to start: ContainerCreating
          /containerLogs/team-a/web/other             | 404 | container "other" not found in pod "web"
          /containerLogs/team-a/web/app?stream=Stdout | 400 | a virtual node has standard output and standard error in one log, ask for stream All
          /containerLogs/team-a/web/app?limitBytes=0  | 422 | limitBytes must be greater than 0
          """)
  void aLogThatIsNotThereIsASentence(String path, int code, String sentence) throws Exception {
    var answer = get(API_SERVER, path);

    assertThat(answer.statusCode()).isEqualTo(code);
    assertThat(answer.body()).isEqualTo(sentence);
  }

  @Test
  void aLogThatWentWithItsContainersIsASentence() throws Exception {
    var app = List.of(new ServedPod.Container("app", Optional.empty()));
    pod = Optional.of(new ServedPod(GROUP, app, true));

    var answer = get(API_SERVER, "/containerLogs/team-a/web/app");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .isEqualTo(
            "container \"app\" in pod \"web\" is not available: the pod has ended, and its logs"
                + " went with its containers, since spec.retention of its pool is over or their"
                + " room was needed");
  }

  @Test
  void aQueryThatIsNotWellFormedIsRefused() throws Exception {
    var socket = socket(API_SERVER);
    write(socket, "GET " + LOGS + "?tailLines=%zz HTTP/1.1\r\nHost: n\r\n\r\n");

    assertThat(readUntil(socket, "well-formed"))
        .startsWith("HTTP/1.1 400 ")
        .endsWith("the query is not well-formed");
  }

  @Test
  void anUnknownPodIsNotFound() throws Exception {
    pod = Optional.empty();

    var answer = get(API_SERVER, LOGS);

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).isEqualTo("pod \"web\" does not exist");
  }

  @Test
  void aFailureOfTheBackendKeepsItsSentence() throws Exception {
    failing(new BackendException.Unsupported(List.of("logs of finished groups")));
    assertAnswer(get(API_SERVER, LOGS), 501, "logs of finished groups");

    failing(new BackendException.Denied("the role may not read logs", null));
    assertAnswer(get(API_SERVER, LOGS), 500, "the role may not read logs");

    failing(
        new BackendException.Unavailable("throttled", Optional.of(Duration.ofSeconds(7)), null));
    var unavailable = get(API_SERVER, LOGS);
    assertAnswer(unavailable, 503, "throttled");
    assertThat(unavailable.headers().firstValue("Retry-After")).hasValue("7");
  }

  @Test
  void aLogThatFailsBeforeItsFirstByteIsAnError() throws Exception {
    streams.logs = () -> Optional.of(new BrokenLog(""));

    assertAnswer(get(API_SERVER, LOGS), 500, "the log broke off: connection reset");
  }

  @Test
  void aLogThatBreaksOffSaysSoAndDoesNotEnd() throws Exception {
    streams.logs = () -> Optional.of(new BrokenLog("first line\n"));
    var socket = socket(API_SERVER);
    write(socket, "GET " + LOGS + " HTTP/1.1\r\nHost: n\r\n\r\n");

    var all = readToEnd(socket);

    assertThat(all)
        .contains("200 OK", "first line\n", "\nthe log broke off: connection reset\n")
        .doesNotContain("\r\n0\r\n\r\n");
  }

  @Test
  void aBugIsAnErrorAndTheConnectionGoesOn() throws Exception {
    streams.logs =
        () -> {
          throw new IllegalStateException("secret");
        };
    var client = client(API_SERVER);

    assertAnswer(send(client, "GET", LOGS), 500, "the virtual node failed inside");
    assertAnswer(send(client, "GET", "/healthz"), 200, "ok");
  }

  // --- pages

  @Test
  void pagesOfTheNodeAreServed() throws Exception {
    var client = client(API_SERVER);

    assertThat(send(client, "GET", "/pods").body()).contains("\"kind\":\"PodList\"");
    assertThat(send(client, "GET", "/runningpods/").body()).contains("\"kind\":\"PodList\"");
    assertThat(send(client, "GET", "/configz").body()).contains("\"kubeletconfig\"");
    assertAnswer(send(client, "GET", "/healthz/ping"), 200, "ok");
    assertAnswer(send(client, "GET", "/metrics/probes"), 200, "");
    assertAnswer(send(client, "GET", "/metrics"), 200, "jvm_threads_live_threads 1.0\n");
    var resource = send(client, "GET", "/metrics/resource");
    assertThat(resource.headers().firstValue("Content-Type"))
        .hasValue("text/plain; version=0.0.4; charset=utf-8");
    assertThat(resource.body()).contains("\nresource_scrape_error 0\n");
    assertThat(send(client, "POST", "/pods").statusCode()).isEqualTo(405);
  }

  @Test
  void requestsAreCountedByTheCodesOfTheirAnswersAndConnectionsWhileTheyAreOpen() throws Exception {
    try (var client = client(API_SERVER)) {
      send(client, "GET", "/healthz");
      send(client, "GET", "/pods");
      send(client, "GET", "/nothing");

      assertThat(answers("200")).isEqualTo(2);
      assertThat(answers("404")).isEqualTo(1);
      assertThat(answers("401")).isZero();
      assertThat(connections()).isEqualTo(1);
    }
    await().untilAsserted(() -> assertThat(connections()).isZero());

    get(NOBODY, "/healthz");

    assertThat(answers("401")).isEqualTo(1);
  }

  private double answers(String code) {
    return meters.get(Metric.KUBELET_REQUESTS.series()).tag("code", code).counter().count();
  }

  private double connections() {
    return meters.get(Metric.KUBELET_CONNECTIONS.series()).gauge().value();
  }

  @Test
  void aBackendThatTellsNoUsageSaysSoInTheSummary() throws Exception {
    assertAnswer(
        get(API_SERVER, "/stats/summary"), 501, "this backend does not offer usage of containers");
  }

  // --- other paths

  @Test
  void onlyGetReadsALog() throws Exception {
    for (var method : List.of("POST", "PUT", "DELETE", "HEAD")) {
      var answer = send(client(API_SERVER), method, LOGS);

      assertThat(answer.statusCode()).as(method).isEqualTo(405);
      assertThat(answer.headers().firstValue("Allow")).hasValue("GET");
    }
  }

  @Test
  void otherPathsAreNotFound() throws Exception {
    assertThat(get(API_SERVER, "/spec").statusCode()).isEqualTo(404);
    assertThat(get(API_SERVER, "/").statusCode()).isEqualTo(404);
  }

  // --- what a connection may cost

  @Test
  void anOversizedRequestEndsItsOwnConnectionOnly() throws Exception {
    var other = socket(API_SERVER);
    assertThat(ask(other, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n")).contains("200 OK");

    var headers = socket(API_SERVER);
    write(headers, "GET /healthz HTTP/1.1\r\nHost: n\r\nX: " + "x".repeat(40_000) + "\r\n\r\n");
    assertThat(readToEnd(headers)).startsWith("HTTP/1.1 431 ");

    var line = socket(API_SERVER);
    write(line, "GET /" + "x".repeat(140_000) + " HTTP/1.1\r\nHost: n\r\n\r\n");
    assertThat(readToEnd(line)).startsWith("HTTP/1.1 414 ");

    var body = socket(API_SERVER);
    write(
        body,
        "POST /healthz HTTP/1.1\r\nHost: n\r\nContent-Length: 70000\r\n\r\n" + "x".repeat(70_000));
    assertThat(readToEnd(body)).startsWith("HTTP/1.1 413 ");

    var rubbish = socket(API_SERVER);
    write(rubbish, "\u0000\u0001rubbish\r\n\r\n");
    assertThat(readToEnd(rubbish)).startsWith("HTTP/1.1 400 ");

    var old = socket(API_SERVER);
    write(old, "GET /healthz HTTP/1.0\r\n\r\n");
    assertThat(readToEnd(old)).startsWith("HTTP/1.1 505 ");

    assertThat(ask(other, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n")).contains("200 OK");
  }

  @Test
  void aSecondRequestDuringTheFirstEndsTheConnection() throws Exception {
    var source = new EndlessLog("first line\n");
    streams.logs = () -> Optional.of(source);
    var socket = socket(API_SERVER);
    write(socket, "GET " + LOGS + " HTTP/1.1\r\nHost: n\r\n\r\n");
    readUntil(socket, "first line");

    write(socket, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n");

    readToEnd(socket);
    assertThat(source.closed.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aConnectionWithoutARequestIsClosedInTime() throws Exception {
    var impatient = serve(0, limits(Duration.ofMillis(200), Duration.ofMinutes(1), 256));
    var socket = socket(API_SERVER, impatient.port());
    socket.startHandshake();
    write(socket, "GET /healthz HT");

    assertThat(readToEnd(socket)).isEmpty();
  }

  @Test
  void aConnectionWithoutANextRequestIsClosedInTime() throws Exception {
    var impatient = serve(0, limits(Duration.ofMinutes(1), Duration.ofMillis(200), 256));
    var socket = socket(API_SERVER, impatient.port());
    write(socket, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n");

    assertThat(readToEnd(socket)).endsWith("ok");
  }

  @Test
  void ofTooManyStrangersTheOldestGoes() throws Exception {
    var small = serve(0, limits(Duration.ofMinutes(1), Duration.ofMinutes(1), 2));
    var known = socket(API_SERVER, small.port());
    assertThat(ask(known, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n")).contains("200 OK");
    var oldest = socket(NOBODY, small.port());
    oldest.startHandshake();
    var second = socket(NOBODY, small.port());
    second.startHandshake();
    var third = socket(NOBODY, small.port());
    third.startHandshake();

    assertThat(readToEnd(oldest)).isEmpty();
    assertThat(ask(known, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n")).contains("200 OK");
    assertThat(ask(second, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n")).contains("401");
    assertThat(ask(third, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n")).contains("401");
  }

  @Test
  void aRefusedStrangerIsNotKept() throws Exception {
    var socket = socket(NOBODY);
    write(socket, "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n");

    assertThat(readToEnd(socket))
        .startsWith("HTTP/1.1 401 ")
        .containsIgnoringCase("connection: close");
  }

  // --- ports

  @Test
  void aTakenPortIsPassedOver() throws Exception {
    try (var taken = new ServerSocket(0, 1, loopback)) {
      var next = serve(taken.getLocalPort(), Limits.DEFAULT);

      assertThat(next.port()).isGreaterThan(taken.getLocalPort());
      assertThat(ask(socket(API_SERVER, next.port()), "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n"))
          .contains("200 OK");
    }
  }

  @Test
  void anAddressThatIsNotOursIsSaid() {
    // 192.0.2.0/24 is for documentation: no machine has it.
    assertThatThrownBy(
            () ->
                new KubeletServer(
                    "burst-0",
                    new InetSocketAddress("192.0.2.1", 20_000),
                    certificate,
                    authentication,
                    new Authorization(review, clock),
                    (_, _) -> pod,
                    streams,
                    pages,
                    threads,
                    new KubeletMeters(meters)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(
            "the kubelet API cannot listen at 192.0.2.1, ports 20000 to 20200: ");
  }

  @Test
  void aClosedServerLeavesItsPort() {
    server.close();

    await()
        .ignoreException(BindException.class)
        .until(
            () -> {
              try (var again = new ServerSocket(server.port(), 1, loopback)) {
                return again.isBound();
              }
            });
  }

  // --- what the tests say it with

  private KubeletServer serve(int port, Limits limits) throws IOException {
    AccessReview recorded =
        (caller, access) -> {
          reviewed.add(access);
          return review.allows(caller, access);
        };
    var started =
        new KubeletServer(
            "burst-0",
            new InetSocketAddress(loopback, port),
            certificate,
            authentication,
            new Authorization(recorded, clock),
            (namespace, name) -> pod.filter(_ -> namespace.equals("team-a") && name.equals("web")),
            streams,
            pages,
            threads,
            new KubeletMeters(meters),
            limits);
    opened.add(started);
    return started;
  }

  private static Limits limits(Duration firstRequest, Duration nextRequest, int strangers) {
    var usual = Limits.DEFAULT;
    return new Limits(
        usual.handshake(),
        firstRequest,
        nextRequest,
        usual.stalledWrite(),
        Duration.ofMillis(100),
        strangers,
        usual.lineBytes(),
        usual.headerBytes(),
        usual.bodyBytes(),
        usual.streams());
  }

  private void failing(BackendException failure) {
    streams.logs =
        () -> {
          throw failure;
        };
  }

  private static Optional<InputStream> log(String text) {
    return Optional.of(new ByteArrayInputStream(text.getBytes(UTF_8)));
  }

  private HttpResponse<String> get(KeyManager[] caller, String path) throws Exception {
    return send(client(caller), "GET", path);
  }

  private HttpResponse<String> getWithToken(String path, String authorization) throws Exception {
    var request =
        HttpRequest.newBuilder(request("GET", path), (_, _) -> true)
            .header("Authorization", authorization)
            .build();
    return client(NOBODY).send(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> send(HttpClient client, String method, String path)
      throws IOException, InterruptedException {
    return client.send(request(method, path), BodyHandlers.ofString());
  }

  private HttpRequest request(String method, String path) {
    var uri = URI.create("https://127.0.0.1:" + server.port() + path);
    return HttpRequest.newBuilder(uri)
        .method(method, HttpRequest.BodyPublishers.noBody())
        .timeout(Duration.ofSeconds(50))
        .build();
  }

  private HttpClient client(KeyManager[] caller) throws GeneralSecurityException, IOException {
    var client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(tls(caller))
            .build();
    opened.add(client::shutdownNow);
    return client;
  }

  private SSLSocket socket(KeyManager[] caller) throws GeneralSecurityException, IOException {
    return socket(caller, server.port());
  }

  private SSLSocket socket(KeyManager[] caller, int port)
      throws GeneralSecurityException, IOException {
    var socket = (SSLSocket) tls(caller).getSocketFactory().createSocket(loopback, port);
    socket.setSoTimeout(50_000);
    opened.add(socket);
    return socket;
  }

  /** Trusts what the node shows now, and verifies the address where the client asks for it. */
  private SSLContext tls(KeyManager[] caller) throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("node", certificate.current().certificate());
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(caller, trust.getTrustManagers(), null);
    return context;
  }

  private static void write(SSLSocket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
    socket.getOutputStream().flush();
  }

  /** Sends a request to which the answer ends with "ok" or a brace, and reads that. */
  private static String ask(SSLSocket socket, String request) throws IOException {
    write(socket, request);
    var answer = new StringBuilder();
    while (!answer.toString().endsWith("ok") && !answer.toString().endsWith("}")) {
      answer.append(readSome(socket));
    }
    return answer.toString();
  }

  private static String readUntil(SSLSocket socket, String text) throws IOException {
    var answer = new StringBuilder();
    while (answer.indexOf(text) < 0) {
      answer.append(readSome(socket));
    }
    return answer.toString();
  }

  private static String readSome(SSLSocket socket) throws IOException {
    var piece = new byte[8192];
    int count = socket.getInputStream().read(piece);
    assertThat(count).as("the connection ended").isPositive();
    return new String(piece, 0, count, UTF_8);
  }

  private static String readToEnd(SSLSocket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), UTF_8);
  }

  private static Status status(HttpResponse<String> answer) {
    return Serialization.unmarshal(answer.body(), Status.class);
  }

  private static void assertAnswer(HttpResponse<String> answer, int code, String body) {
    assertThat(answer.statusCode()).isEqualTo(code);
    assertThat(answer.body()).isEqualTo(body);
  }

  /** Many bytes, none of which repeats in a way that a lost piece could hide behind. */
  private static final class RandomLog extends InputStream {
    final AtomicLong produced = new AtomicLong();
    private final MessageDigest digest;
    private final byte[] block = new byte[1 << 20];
    private final long size;

    RandomLog(long size) throws GeneralSecurityException {
      this.size = size;
      digest = MessageDigest.getInstance("SHA-256");
      new Random(42).nextBytes(block);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      long at = produced.get();
      if (at == size) {
        return -1;
      }
      // Pieces of odd lengths, so that they start at ever other places of the block.
      int from = (int) (at % (block.length - 1));
      int count = (int) Math.min(Math.min(length, block.length - from), size - at);
      System.arraycopy(block, from, bytes, offset, count);
      digest.update(bytes, offset, count);
      produced.addAndGet(count);
      return count;
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException("logs are read in pieces");
    }

    byte[] digest() {
      return digest.digest();
    }
  }

  /** A log that says one line, or nothing, and then fails. */
  private static final class BrokenLog extends InputStream {
    private final ByteArrayInputStream line;

    BrokenLog(String line) {
      this.line = new ByteArrayInputStream(line.getBytes(UTF_8));
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = line.read(bytes, offset, length);
      if (count < 0) {
        throw new IOException("connection reset");
      }
      return count;
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException("logs are read in pieces");
    }
  }
}
