package io.virtualnodes.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.bench.Outcome.Spread;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Kubectl;
import io.virtualnodes.cluster.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * How fast bytes go into and out of a container by {@code kubectl} and the API server, beside the
 * same bytes by the engine's own client and by a plain connection. Run by {@code make
 * bench-streams}.
 */
class StreamsBenchmark {
  private static final long BYTES = Long.getLong("bench.mebibytes", 256L) << 20;
  private static final int ROUNDS = Integer.getInteger("bench.pairs", 5);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int SENDS = 7000;
  private static final int TAKES = 7001;
  private static final String POD = "streams";

  private static Cluster cluster;
  private static Place place;
  private static String pool;
  private static Path load;

  /** Where the bytes go. */
  private enum Way {
    EXEC_OUT("exec, out", false, "head -c %d /dev/zero".formatted(BYTES)),
    EXEC_IN("exec, in", true, "cat > /dev/null"),
    EXEC_BOTH("exec, in and out", true, "cat"),
    PORT_DOWN("port, down", false, ""),
    PORT_UP("port, up", true, "");

    final String words;
    final boolean sends;
    final String script;

    Way(String words, boolean sends, String script) {
      this.words = words;
      this.sends = sends;
      this.script = script;
    }

    boolean byPort() {
      return script.isEmpty();
    }
  }

  /** By which means. The first is what the others are compared with. */
  private enum Means {
    PLAIN("engine / socket"),
    WEBSOCKET("kubectl, WebSocket"),
    SPDY("kubectl, SPDY");

    final String words;

    Means(String words) {
      this.words = words;
    }
  }

  @BeforeAll
  static void aPodOfThePool() throws IOException, InterruptedException {
    cluster = Cluster.of(StreamsBenchmark.class);
    place = cluster.place(StreamsBenchmark.class);
    pool = place.pool("pool");
    cluster.operator();
    place
        .kubectl()
        .runWith(
            """
            apiVersion: virtualnodes.io/v1alpha1
            kind: VirtualNodePool
            metadata: { name: %s }
            spec:
              nodes: { count: 1 }
              backends:
              - name: local
                docker: { host: "%s", sandboxImage: "virtualnodes/pause:latest" }
            """
                .formatted(pool, cluster.engine().host()),
            "apply",
            "-f",
            "-");
    place.kubectl().run("wait", "--for=condition=Ready", "vnp/" + pool, "--timeout=90s");
    place
        .kubectl()
        .runWith(
            """
            apiVersion: v1
            kind: Pod
            metadata: { name: %s }
            spec:
              nodeSelector: { virtualnodes.io/pool: %s }
              tolerations: [{ key: virtualnodes.io/pool, operator: Exists }]
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: virtualnodes/busybox:latest
                imagePullPolicy: IfNotPresent
                command:
                - sh
                - -c
                - |
                  nc -ll -p %d -e head -c %d /dev/zero &
                  nc -ll -p %d -e sh -c 'head -c %d > /dev/null; echo taken' &
                  wait
            """
                .formatted(POD, pool, SENDS, BYTES, TAKES, BYTES),
            "apply",
            "-f",
            "-");
    place.kubectl().run("wait", "--for=condition=Ready", "pod/" + POD, "--timeout=90s");
    load = Files.createTempFile("load", "");
    zeros(load);
  }

  private static void zeros(Path file) throws IOException {
    var piece = new byte[1 << 20];
    try (var out = Files.newOutputStream(file)) {
      for (long written = 0; written < BYTES; written += piece.length) {
        out.write(piece);
      }
    }
  }

  @AfterAll
  static void remove() throws IOException {
    if (load != null) {
      Files.deleteIfExists(load);
    }
    if (pool != null) {
      place.kubectl().run("delete", "pod", POD, "--ignore-not-found");
      place.kubectl().run("delete", "vnp", pool, "--ignore-not-found", "--timeout=60s");
    }
  }

  @Test
  void bytesThroughTheApiServerBesideTheSameWithoutIt() throws Exception {
    var speeds = new EnumMap<Way, Map<Means, List<Double>>>(Way.class);
    for (int round = 0; round <= ROUNDS; round++) {
      for (var way : Way.values()) {
        for (var means : Means.values()) {
          double speed = way.byPort() ? byPort(way, means) : byCommand(way, means);
          // The first of each warms up: the JVM compiles, caches fill.
          if (round > 0) {
            speeds
                .computeIfAbsent(way, _ -> new EnumMap<>(Means.class))
                .computeIfAbsent(means, _ -> new ArrayList<>())
                .add(speed);
          }
        }
      }
    }
    System.out.println(table(speeds));
  }

  private static String table(Map<Way, Map<Means, List<Double>>> speeds) {
    var text =
        new StringBuilder(
            "%n%d MiB each way, %d rounds after one that warms up; MB/s, medians and (least to greatest)%n%n"
                .formatted(BYTES >> 20, ROUNDS));
    text.append("%-18s".formatted(""));
    for (var means : Means.values()) {
      text.append("%-26s".formatted(means.words));
    }
    speeds.forEach(
        (way, byMeans) -> {
          text.append("%n%-18s".formatted(way.words));
          byMeans.values().forEach(values -> text.append("%-26s".formatted(spread(values))));
        });
    return text.append('\n').toString();
  }

  private static String spread(List<Double> values) {
    var spread = Spread.of(values.stream().mapToDouble(value -> value).toArray());
    return "%.0f (%.0f to %.0f)".formatted(spread.median(), spread.least(), spread.greatest());
  }

  /** Megabytes a second. */
  private static double speed(long since) {
    return BYTES / 1e6 / ((System.nanoTime() - since) / 1e9);
  }

  private static double byCommand(Way way, Means means) throws Exception {
    var command = new ArrayList<String>();
    if (means == Means.PLAIN) {
      command.addAll(List.of("docker", "--host=" + cluster.engine().host(), "exec"));
    } else {
      command.addAll(kubectl("exec"));
    }
    if (way.sends) {
      command.add("-i");
    }
    command.add(means == Means.PLAIN ? container() : POD);
    if (means != Means.PLAIN) {
      command.add("--");
    }
    command.addAll(List.of("sh", "-c", way.script));
    var builder = builder(command, means).redirectError(ProcessBuilder.Redirect.INHERIT);
    if (way.sends) {
      builder.redirectInput(load.toFile());
    }
    long start = System.nanoTime();
    var process = builder.start();
    long read = drained(process.getInputStream());
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    double speed = speed(start);
    assertThat(process.exitValue()).as("%s, %s", way.words, means.words).isZero();
    assertThat(read).isEqualTo(way == Way.EXEC_IN ? 0 : BYTES);
    return speed;
  }

  private static double byPort(Way way, Means means) throws Exception {
    int port = way.sends ? TAKES : SENDS;
    if (means == Means.PLAIN) {
      return throughSocket(way, address(), port);
    }
    var command = kubectl("port-forward");
    command.addAll(List.of(POD, ":" + port));
    var process = builder(command, means).redirectErrorStream(true).start();
    try {
      return throughSocket(way, "127.0.0.1", localPort(process));
    } finally {
      process.destroy();
      process.waitFor(10, TimeUnit.SECONDS);
    }
  }

  /** It says "Forwarding from 127.0.0.1:40001 -> 7000" once it listens. */
  private static int localPort(Process forwarding) throws IOException {
    var line = forwarding.inputReader().readLine();
    assertThat(line).as("what kubectl says").startsWith("Forwarding from 127.0.0.1:");
    // The rest would fill the pipe in the end.
    CompletableFuture.runAsync(() -> forwarding.inputReader().lines().forEach(_ -> {}));
    return Integer.parseInt(line.substring(line.indexOf(':') + 1, line.indexOf(" ->")));
  }

  private static double throughSocket(Way way, String host, int port) throws IOException {
    long start = System.nanoTime();
    try (var socket = new Socket(host, port)) {
      if (way.sends) {
        sent(socket.getOutputStream());
        assertThat(new String(socket.getInputStream().readNBytes(5), UTF_8)).isEqualTo("taken");
      } else {
        assertThat(drained(socket.getInputStream())).isEqualTo(BYTES);
      }
      return speed(start);
    }
  }

  private static void sent(OutputStream out) throws IOException {
    var piece = new byte[64 << 10];
    for (long written = 0; written < BYTES; written += piece.length) {
      out.write(piece);
    }
  }

  private static long drained(InputStream in) throws IOException {
    try (var sink = OutputStream.nullOutputStream()) {
      return in.transferTo(sink);
    }
  }

  private static List<String> kubectl(String verb) {
    Kubectl kubectl = place.kubectl();
    return new ArrayList<>(
        List.of(kubectl.program().toString(), "--kubeconfig=" + kubectl.kubeconfig(), verb));
  }

  private static ProcessBuilder builder(List<String> command, Means means) {
    var builder = new ProcessBuilder(command);
    var webSocket = Boolean.toString(means == Means.WEBSOCKET);
    builder.environment().put("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", webSocket);
    builder.environment().put("KUBECTL_PORT_FORWARD_WEBSOCKETS", webSocket);
    return builder;
  }

  private static String container() {
    return place
        .kubectl()
        .run("get", "pod", POD, "-o=jsonpath={.status.containerStatuses[0].containerID}")
        .replace("docker://", "");
  }

  private static String address() {
    return place.kubectl().run("get", "pod", POD, "-o=jsonpath={.status.podIP}");
  }
}
