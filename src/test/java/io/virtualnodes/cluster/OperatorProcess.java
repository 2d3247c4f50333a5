package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * The packaged operator as a process of its own, under the rights and with the settings of {@code
 * deploy/base}. Its log, over all its starts, is one file under target/operator-logs/.
 *
 * <p>Used by one thread at a time. It ends with the JVM at the latest.
 */
public final class OperatorProcess implements AutoCloseable {
  private static final Path PROGRAM =
      Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath();
  private static final Path LOGS = Path.of("target", "operator-logs").toAbsolutePath();
  private static final Path DEPLOYMENT = Path.of("deploy/base/deployment.yaml");
  private static final Duration START_PATIENCE = Duration.ofMinutes(2);
  // As long as the Deployment's pod gets.
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(30);
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Map<String, String> environment;
  private final URI management;
  private final int kubeletPort;
  private final Path log;
  private Process process;

  private OperatorProcess(
      Map<String, String> environment, URI management, int kubeletPort, Path log) {
    this.environment = environment;
    this.management = management;
    this.kubeletPort = kubeletPort;
    this.log = log;
  }

  /** One that does not run yet, with the rights of {@code deploy/base}. */
  public static OperatorProcess of(Cluster cluster, Map<String, String> environment) {
    return of(cluster, cluster.rights(), environment);
  }

  /**
   * One that does not run yet.
   *
   * @param environment configuration beyond the Deployment's and what the place demands; it wins
   */
  public static OperatorProcess of(
      Cluster cluster, OperatorRights rights, Map<String, String> environment) {
    var name = "operator-" + COUNT.incrementAndGet();
    int management = freePort();
    int kubelet = freePort();
    var all = new HashMap<>(deploymentEnvironment());
    all.put("KUBECONFIG", rights.kubeconfig().toString());
    all.put("VIRTUALNODES_NODE_ADDRESS", cluster.thisMachine());
    all.put("VIRTUALNODES_KUBELET_PORT", Integer.toString(kubelet));
    all.put("QUARKUS_MANAGEMENT_PORT", Integer.toString(management));
    // As a container that is started again in its pod: after a crash it goes on with its own lead.
    all.put("HOSTNAME", name);
    // Simulated groups outlive it, as others do.
    all.put("VIRTUALNODES_SIMULATION_FOLDER", SimulationHistory.FOLDER.toString());
    Credentials.of(Cluster.FOLDER).forEach(all::put);
    // Several may run at once on this machine, and nothing here listens for the application's own
    // port.
    all.put("QUARKUS_HTTP_PORT", "0");
    all.putAll(environment);
    return new OperatorProcess(
        Map.copyOf(all),
        URI.create("http://127.0.0.1:" + management + "/"),
        kubelet,
        emptyLog(name));
  }

  /** All that every operator of this run has logged. */
  static Map<Path, String> logs() throws IOException {
    var all = new TreeMap<Path, String>();
    try (var files = Files.list(LOGS)) {
      for (var file : files.toList()) {
        all.put(file, Files.readString(file, UTF_8));
      }
    }
    return all;
  }

  /** Earlier runs of the tests had operators of the same name. */
  private static Path emptyLog(String name) {
    try {
      Files.createDirectories(LOGS);
      return Files.write(LOGS.resolve(name + ".log"), new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @throws AssertionError if it ends or is not ready in time, with the end of its log
   */
  public OperatorProcess start() {
    launch();
    awaitReady();
    return this;
  }

  /** Starts it, and does not wait until it is ready. */
  public OperatorProcess launch() {
    if (running()) {
      throw new IllegalStateException("it runs already");
    }
    if (!Files.exists(PROGRAM)) {
      throw new IllegalStateException("There is no " + PROGRAM + ": run `mvn package` first");
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var builder = new ProcessBuilder(java, "-jar", PROGRAM.toString());
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    try {
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("the operator could not be started: " + e.getMessage(), e);
    }
    var started = process;
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "stop the operator"));
    return this;
  }

  /** Starts it if it does not run, and waits until it is ready. */
  public void ensureReady() {
    if (!running()) {
      launch();
    }
    awaitReady();
  }

  /** Waits until it says that it is ready. */
  public void awaitReady() {
    Instant deadline = Instant.now().plus(START_PATIENCE);
    while (!ready()) {
      if (!running()) {
        throw new AssertionError("The operator ended before it was ready.\n" + endOfLog());
      }
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError(
            "The operator was not ready within " + START_PATIENCE + ".\n" + endOfLog());
      }
      pause();
    }
  }

  public boolean running() {
    return process != null && process.isAlive();
  }

  public boolean ready() {
    return passes("ready");
  }

  /**
   * Whether it answers one of its probes as a kubelet likes it; false if it does not answer.
   *
   * @param probe started, live or ready
   */
  public boolean passes(String probe) {
    try (var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build()) {
      var request =
          HttpRequest.newBuilder(management.resolve("/q/health/" + probe))
              .timeout(Duration.ofSeconds(5))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false; // not listening yet, or no more
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the operator was asked", e);
    }
  }

  /**
   * Ends it as Kubernetes does, by TERM, and waits for it.
   *
   * @throws AssertionError if it outlives its grace; it is killed then
   */
  public void stop() {
    if (!running()) {
      return;
    }
    process.destroy();
    if (!endsWithin(STOP_PATIENCE)) {
      kill();
      throw new AssertionError(
          "The operator did not end within " + STOP_PATIENCE + " of TERM.\n" + endOfLog());
    }
  }

  /** Ends it without a warning, by KILL. */
  public void kill() {
    if (running()) {
      process.destroyForcibly();
      endsWithin(STOP_PATIENCE);
    }
  }

  /** Halts it where it is, by STOP: to others it looks cut off. */
  public void freeze() {
    signal("STOP");
  }

  /** Lets a frozen one go on. */
  public void thaw() {
    signal("CONT");
  }

  /**
   * Its process.
   *
   * @throws IllegalStateException if it does not run
   */
  public ProcessHandle process() {
    if (!running()) {
      throw new IllegalStateException("it does not run");
    }
    return process.toHandle();
  }

  /** The port of its nodes' own API. */
  public int kubeletPort() {
    return kubeletPort;
  }

  /** Where its probes and its metrics are. */
  public URI management() {
    return management;
  }

  /** What it tells of itself now, in Prometheus' own text format, which its tools read. */
  String metrics() {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(management().resolve("q/metrics"))
              .header("Accept", "text/plain;version=0.0.4")
              .timeout(Duration.ofSeconds(30))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the operator was scraped", e);
    }
  }

  /** All that it has logged, over all its starts. */
  public String log() {
    try {
      return Files.readString(log, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills it if it still runs, frozen or not: a test that is over owes it no grace. */
  @Override
  public void close() {
    kill();
  }

  private void signal(String name) {
    try {
      var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("kill -" + name + " failed for the operator");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while signalling the operator", e);
    }
  }

  private boolean endsWithin(Duration patience) {
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the operator ended", e);
    }
  }

  private String endOfLog() {
    List<String> lines = log().lines().toList();
    return "The end of "
        + log
        + ":\n"
        + String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  /** What the Deployment sets to a plain value: the flags of the JVM, above all. */
  public static Map<String, String> deploymentEnvironment() {
    try {
      var deployment = Serialization.unmarshal(Files.readString(DEPLOYMENT), Deployment.class);
      return deployment
          .getSpec()
          .getTemplate()
          .getSpec()
          .getContainers()
          .getFirst()
          .getEnv()
          .stream()
          .filter(variable -> variable.getValue() != null)
          .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Free at this moment; the operator takes it a moment later. */
  private static int freePort() {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the operator started", e);
    }
  }
}
