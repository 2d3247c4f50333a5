package io.virtualnodes.cluster;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A container engine of a test's own on this machine, which it may stop, kill and start again. It
 * has the images that the tests use.
 *
 * <p>Closing it leaves nothing. It needs root, as every engine does.
 *
 * <p>It lives in a network namespace of its own, since an engine takes the bridge docker0 for its
 * own: one that begins with another address, or without a bridge, changes or removes that of the
 * machine's engine.
 */
final class OwnEngine implements AutoCloseable {
  private static final List<String> IMAGES =
      List.of("virtualnodes/busybox:latest", "virtualnodes/pause:latest");
  // Debian keeps it where not everybody's PATH leads.
  private static final List<Path> PROGRAMS =
      List.of(Path.of("/usr/sbin/dockerd"), Path.of("/usr/bin/dockerd"));
  // It ends its containers first, each with a grace of ten seconds, if it does not keep them.
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  // The path of a socket is short by nature, so this is not below target.
  private final Path folder;
  private final Path log = Cluster.FOLDER.resolve("own-engine.log");
  private final Engine engine;
  private Process process;
  private Containers containers;

  /** What becomes of containers when their engine ends. */
  enum Containers {
    /** They run on, and the next one takes them over. */
    RUN_ON,
    /** They end with it, or, if it could not see to that, when the next one begins. */
    END
  }

  private OwnEngine(Path folder) {
    this.folder = folder;
    var host = "unix://" + folder.resolve("socket");
    this.engine = new Engine(client(host), host);
  }

  /**
   * One that runs.
   *
   * @throws IllegalStateException if this machine has no program for it
   */
  static OwnEngine start(Containers containers) {
    try {
      var own = new OwnEngine(Files.createTempDirectory("engine"));
      Runtime.getRuntime().addShutdownHook(new Thread(own::close, "remove an engine"));
      own.makeNetworkNamespace();
      own.begin(containers);
      own.copyImages(Engine.find().client());
      return own;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For pools and for the test itself. */
  Engine engine() {
    return engine;
  }

  /** What becomes of its containers as it was last started. */
  Containers containers() {
    return containers;
  }

  /** Starts it, after it was stopped or killed. */
  void begin(Containers become) {
    if (running()) {
      throw new IllegalStateException("it runs already");
    }
    containers = become;
    var command = new ArrayList<String>();
    command.add("nsenter");
    command.add("--net=" + network());
    command.add(program().toString());
    command.add("--data-root=" + folder.resolve("data"));
    command.add("--exec-root=" + folder.resolve("exec"));
    command.add("--pidfile=" + folder.resolve("pid"));
    command.add("--host=" + engine.host());
    command.add("--config-file=" + folder.resolve("none.json"));
    // Nothing beyond its network is reached from there.
    command.add("--iptables=false");
    command.add("--ip-masq=false");
    if (containers == Containers.RUN_ON) {
      command.add("--live-restore");
    }
    try {
      Files.createDirectories(log.getParent());
      Files.writeString(folder.resolve("none.json"), "{}");
      // One that was killed leaves it, and the number may be another process's by now.
      Files.deleteIfExists(folder.resolve("pid"));
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("an engine could not be started: " + e.getMessage(), e);
    }
    Awaitility.await("an engine; its log is " + log)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions()
        .until(
            () -> {
              engine.client().pingCmd().exec();
              return true;
            });
  }

  /** Ends it as its machine's shutdown would, and waits for that. */
  void stop() {
    end(ProcessHandle::destroy);
  }

  /** Ends it without any warning. */
  void kill() {
    end(ProcessHandle::destroyForcibly);
  }

  private void end(Consumer<ProcessHandle> signal) {
    // What a next one takes for its own as long as it lives. Containers are nobody's children.
    var children = process.children().toList();
    signal.accept(process.toHandle());
    awaitEnd(process.toHandle());
    children.forEach(OwnEngine::awaitEnd);
  }

  private static void awaitEnd(ProcessHandle program) {
    Awaitility.await("the end of " + program.info().command().orElse("a program of the engine"))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !program.isAlive());
  }

  private boolean running() {
    return process != null && process.isAlive();
  }

  private void copyImages(DockerClient from) {
    for (var image : IMAGES) {
      try (var archive = from.saveImageCmd(image).exec()) {
        engine.client().loadImageCmd(archive).exec();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** May be called again. */
  @Override
  public synchronized void close() {
    if (!Files.exists(folder)) {
      return;
    }
    if (!running()) {
      begin(Containers.END);
    }
    for (var container : engine.containers(Map.of())) {
      engine.remove(container.getId());
    }
    stop();
    removeFiles();
  }

  private void removeFiles() {
    run("umount", network().toString());
    // The engine mounts this folder upon itself, and one that was killed leaves it so.
    attempt("umount", folder.resolve("data").toString());
    try {
      try (Stream<Path> files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path network() {
    return folder.resolve("network");
  }

  /** Kept by a mount, so that it outlives the engine as the containers in it do. */
  private void makeNetworkNamespace() throws IOException {
    Files.createFile(network());
    run("unshare", "--net=" + network(), "true");
  }

  private static void run(String... command) {
    if (attempt(command) != 0) {
      throw new IllegalStateException(String.join(" ", command) + " failed: it needs root");
    }
  }

  private static int attempt(String... command) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + command[0] + " ran", e);
    }
  }

  private static Path program() {
    return PROGRAMS.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "There is no dockerd on this machine to start a second engine with"));
  }

  private static DockerClient client(String host) {
    var config =
        DefaultDockerClientConfig.createDefaultConfigBuilder().withDockerHost(host).build();
    return DockerClientImpl.getInstance(
        config, new ZerodepDockerHttpClient.Builder().dockerHost(URI.create(host)).build());
  }
}
