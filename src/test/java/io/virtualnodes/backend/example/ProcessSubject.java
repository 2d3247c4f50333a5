package io.virtualnodes.backend.example;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A pool of its own on this machine, in a folder that can be taken away from it. */
final class ProcessSubject implements BackendSubject {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  // A shell takes a moment from its start until it has set its trap.
  private static final Duration STEADY = Duration.ofMillis(300);

  private final Path root;
  private final String pool;
  private final Path folder;
  private volatile Duration passed = Duration.ZERO;
  private final InstantSource clock = () -> Instant.now().plus(passed);
  private ProcessBackend backend;
  private Optional<ProcessSubject> neighbour = Optional.empty();

  ProcessSubject(Path root, String pool) {
    this.root = root;
    this.pool = pool;
    this.folder = root.resolve(pool);
    try {
      Files.createDirectory(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.backend = begin();
  }

  private ProcessBackend begin() {
    return new ProcessBackend(
        new ProcessBackend.Settings(folder, "virtualnodes/busybox:latest", "127.0.0.1"), clock);
  }

  @Override
  public String pool() {
    return pool;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public void restart() {
    backend.close();
    backend = begin();
  }

  @Override
  public BackendSubject neighbour() {
    neighbour =
        Optional.of(neighbour.orElseGet(() -> new ProcessSubject(root, pool + "-neighbour")));
    return neighbour.get();
  }

  @Override
  public String missingImage() {
    return "missing/image:1";
  }

  @Override
  public boolean fetchesImages() {
    return false;
  }

  @Override
  public boolean showsLogs() {
    return true;
  }

  @Override
  public boolean reachesAddresses() {
    return false;
  }

  /** By the processes of the machine: as many as one container has keepers. */
  @Override
  public int copies(GroupId id) {
    var group = folder.resolve(id.toString());
    int most =
        ProcessHandle.allProcesses()
            // A shell that is about to become another program still has its parent's words.
            .filter(process -> process.parent().flatMap(one -> kept(one, group)).isEmpty())
            .flatMap(process -> kept(process, group).stream())
            .collect(Collectors.groupingBy(container -> container, Collectors.counting()))
            .values()
            .stream()
            .mapToInt(Long::intValue)
            .max()
            .orElse(0);
    return Math.max(most, Files.exists(group) ? 1 : 0);
  }

  /** The container of the group that a process is the keeper of. */
  private static Optional<String> kept(ProcessHandle process, Path group) {
    return process
        .info()
        .commandLine()
        .map(words -> words.split(Pattern.quote(" keeper " + group + "/"), 2))
        .filter(parts -> parts.length > 1)
        .map(parts -> parts[1].split("/", 2)[0]);
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public void pass(Duration time) {
    passed = passed.plus(time);
  }

  @Override
  public Observation await(GroupId id, Predicate<Observation> wanted) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .during(STEADY)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> find(id), found -> found.filter(wanted).isPresent())
        .orElseThrow();
  }

  private Optional<Observation> find(GroupId id) {
    return backend.list().stream().filter(group -> group.id().equals(id)).findFirst();
  }

  /** There is no wire that could lose one: the operator ends before it has taken notice. */
  @Override
  public boolean losingAnswer(int nth, Runnable requests) {
    requests.run();
    if (nth > 1) {
      return false;
    }
    restart();
    return true;
  }

  @Override
  public void cutOff() {
    move(folder, away());
  }

  @Override
  public void reconnect() {
    move(away(), folder);
  }

  private Path away() {
    return root.resolve(pool + "-away");
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    neighbour.ifPresent(ProcessSubject::close);
    if (Files.exists(away())) {
      reconnect();
    }
    // It may be one that a scenario has closed.
    restart();
    backend.list().forEach(group -> backend.delete(group.id()));
    backend.close();
  }
}
