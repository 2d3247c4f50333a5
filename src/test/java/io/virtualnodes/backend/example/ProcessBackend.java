package io.virtualnodes.backend.example;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Capabilities;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.backend.supervisor.SupervisedGroup;
import io.virtualnodes.backend.supervisor.SupervisedRuntime;
import io.virtualnodes.backend.supervisor.Supervisor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs each container as a process of this machine. All that it knows of a group is in a folder, so
 * that whoever comes after it finds what it left. One thing is done at a time.
 */
public final class ProcessBackend implements Backend, SupervisedRuntime {
  static final String RUNTIME = "process";
  private static final String NOTICE = "Runs on the operator's machine, isolated from nothing";
  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final Duration BEFORE_ANOTHER_KILL = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(ProcessBackend.class);

  private final Settings settings;
  private final InstantSource clock;
  private final ExecutorService kills = Executors.newVirtualThreadPerTaskExecutor();
  private final Supervisor supervisor;
  // Guarded by this, as is the folder.
  private boolean closed;

  /**
   * @param folder where the pool keeps its groups; it must be there, and for nobody else to read,
   *     since variables of containers are in it
   * @param image by which pods name what this machine has
   * @param address of this machine
   */
  public record Settings(Path folder, String image, String address) {}

  /** Goes on with what an earlier one left. */
  public ProcessBackend(Settings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
    for (var group : groups()) {
      for (var container : group.kept().containers()) {
        ask(() -> folder(group.kept().id()).ending(container.name()))
            .ifPresent(ending -> killAt(ending.instance(), ending.killAt()));
      }
    }
    this.supervisor = new Supervisor(this, clock);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(RUNTIME, "1", Duration.ZERO, BEAT, Optional.of(NOTICE), Set.of());
  }

  @Override
  public void create(ContainerGroup group) {
    var reasons = ProcessRefusals.of(group, settings.image());
    if (!reasons.isEmpty()) {
      throw new Unsupported(reasons);
    }
    change(() -> folder(group.id()).accept(KeptGroup.of(group, clock.instant())));
    supervisor.seen(look());
  }

  @Override
  public void stop(GroupId id, Duration grace) {
    change(
        () -> {
          var group = folder(id).stop(clock.instant().plus(grace));
          if (group.isPresent()) {
            for (var container : group.get().containers()) {
              // Sidecars end after the others, when the supervisor says so.
              if (container.part() != Part.SIDECAR) {
                end(id, container.name(), group.get().stopBy().orElseThrow());
              }
            }
          }
        });
    supervisor.seen(look());
  }

  @Override
  public void delete(GroupId id) {
    change(() -> folder(id).remove(clock.instant()));
  }

  @Override
  public List<Observation> list() {
    var groups = groups();
    supervisor.seen(groups.stream().map(FoundGroup::supervised).toList());
    var now = clock.instant();
    return groups.stream().map(group -> group.observe(settings.address(), now)).toList();
  }

  /** A list costs a look at some files: no hint is needed to save one. */
  @Override
  public void onChange(Runnable listener) {}

  @Override
  public Streams streams() {
    return this::logs;
  }

  private Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    if (!options.equals(LogOptions.ALL)) {
      throw new Unsupported(List.of("only the whole log of what runs now is there, no part of it"));
    }
    return ask(() -> folder(id).log(container));
  }

  @Override
  public Optional<Quota> quota() {
    return Optional.empty();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    supervisor.close();
    kills.shutdownNow();
  }

  // ---- What the supervisor asks for

  @Override
  public List<SupervisedGroup> look() {
    return groups().stream().map(FoundGroup::supervised).toList();
  }

  @Override
  public void start(GroupId id, String container, int number, Duration backOff) {
    change(
        () -> {
          var group = folder(id).read();
          // It was decided on a view that may be a second old.
          if (group.isPresent() && group.get().asksFor(container, number)) {
            folder(id).start(group.get().kept().container(container), number, backOff);
          }
        });
  }

  @Override
  public void end(GroupId id, String container, Duration grace) {
    change(() -> end(id, container, clock.instant().plus(grace)));
  }

  // ---- Common

  private void end(GroupId id, String container, Instant killAt) throws IOException {
    var instance = folder(id).latest(container);
    if (instance.isPresent() && instance.get().askToEnd(killAt)) {
      killAt(instance.get(), killAt);
    }
  }

  private void killAt(Instance instance, Instant when) {
    kills.execute(
        () -> {
          try {
            var wait = Duration.between(clock.instant(), when);
            while (!kill(instance, wait)) {
              wait = BEFORE_ANOTHER_KILL;
            }
          } catch (InterruptedException e) {
            // close() ends it this way: the next one finds in the folder what is still to be done.
          }
        });
  }

  private boolean kill(Instance instance, Duration after) throws InterruptedException {
    Thread.sleep(after);
    try {
      change(instance::kill);
      return true;
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("folder", instance.folder())
          .addKeyValue("failure", e.getMessage())
          .log("container could not be killed, trying again");
      return false;
    }
  }

  private List<FoundGroup> groups() {
    return ask(
        () -> {
          var groups = new ArrayList<FoundGroup>();
          try (var folders = Files.list(settings.folder())) {
            for (var folder : folders.toList()) {
              new GroupFolder(folder).read().ifPresent(groups::add);
            }
          }
          return groups;
        });
  }

  private GroupFolder folder(GroupId id) {
    return new GroupFolder(settings.folder().resolve(id.toString()));
  }

  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  @FunctionalInterface
  private interface Question<T> {
    T answer() throws IOException;
  }

  private void change(Change change) {
    ask(
        () -> {
          change.make();
          return Optional.empty();
        });
  }

  /** A folder that cannot be read is not an empty one. */
  private synchronized <T> T ask(Question<T> question) {
    if (closed) {
      throw new Unavailable("the backend was closed", null);
    }
    if (!Files.isDirectory(settings.folder())) {
      throw new Unavailable("the pool's folder is not there: " + settings.folder(), null);
    }
    try {
      return question.answer();
    } catch (IOException | UncheckedIOException e) {
      throw new Unavailable("the pool's folder: " + e, e);
    }
  }
}
