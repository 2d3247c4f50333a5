package io.virtualnodes.emulator.ecs;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import io.virtualnodes.emulator.ecs.ContainerPlan.Mount;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Containers that really run, on an engine that speaks Docker's API. Those of a task share the
 * network of one that does nothing, so have one address, and volumes of the engine's; those of EFS
 * stay until the end. Images that the engine has are not fetched again, though Fargate always
 * fetches. Process namespaces, capabilities, ulimits and kernel settings are left as they are.
 *
 * <p>What takes long is done by threads of its own, one for each step of a run.
 */
public final class EngineContainers implements Containers {
  private static final String NETWORK = "bridge";

  private final String pause;
  private final Engine engine;
  private final EngineImages images;
  // The container that holds a task's network, once it was asked for. All guarded by this.
  private final Map<String, Network> networks = new HashMap<>();
  private final Map<Run, Started> runs = new HashMap<>();
  private final Set<Run> outOfMemory = new HashSet<>();
  // What is being done; ends by itself.
  private final Set<Thread> errands = ConcurrentHashMap.newKeySet();
  // As they were seen last.
  private final Map<Run, State> known = new HashMap<>();

  /** What came of asking for a network. */
  private static final class Network {
    // The engine's names of the task's volumes.
    final Map<String, String> volumes;
    volatile Optional<String> id = Optional.empty();
    volatile Optional<String> address = Optional.empty();
    volatile Optional<RuntimeException> failure = Optional.empty();

    Network(Map<String, String> volumes) {
      this.volumes = Map.copyOf(volumes);
    }
  }

  /** What came of asking for a run. */
  private static final class Started {
    final boolean checked;
    final Thread thread;
    volatile Optional<String> id = Optional.empty();
    volatile Optional<String> failure = Optional.empty();
    volatile Instant failedAt = Instant.EPOCH;

    Started(boolean checked, Consumer<Started> start) {
      this.checked = checked;
      this.thread = Thread.ofVirtual().unstarted(() -> start.accept(this));
    }
  }

  /**
   * @param pause an image whose program does nothing until it is told to end
   */
  public EngineContainers(URI host, String pause) {
    this.pause = pause;
    this.engine = new Engine(host);
    this.images = new EngineImages(engine);
  }

  @Override
  public Pull pull(String image, Optional<Login> login) {
    return images.pull(image, login);
  }

  @Override
  public synchronized void prepare(String task, List<TaskVolume> volumes) {
    var network =
        networks.computeIfAbsent(
            task,
            _ -> {
              var made =
                  new Network(
                      volumes.stream()
                          .collect(
                              Collectors.toMap(TaskVolume::name, volume -> name(task, volume))));
              errand(() -> makeNetwork(task, volumes, made));
              return made;
            });
    network.failure.ifPresent(
        failure -> {
          throw failure;
        });
  }

  private void makeNetwork(String task, List<TaskVolume> volumes, Network network) {
    try {
      volumes.forEach(
          volume ->
              engine.makeVolume(
                  Optional.of(task).filter(_ -> volume.shared().isEmpty()), name(task, volume)));
      var id =
          engine.create(
              task,
              "network",
              pause,
              command ->
                  command.withHostConfig(HostConfig.newHostConfig().withNetworkMode(NETWORK)));
      engine.client().startContainerCmd(id).exec();
      network.id = Optional.of(id);
      network.address =
          Optional.of(
              engine
                  .client()
                  .inspectContainerCmd(id)
                  .exec()
                  .getNetworkSettings()
                  .getNetworks()
                  .get(NETWORK)
                  .getIpAddress());
    } catch (DockerException e) {
      network.failure = Optional.of(e);
    }
  }

  private String name(String task, TaskVolume volume) {
    return volume
        .shared()
        .map(engine::ownName)
        .orElseGet(() -> "ecs-" + task + "-" + volume.name());
  }

  @Override
  public synchronized Optional<String> address(String task) {
    return Optional.ofNullable(networks.get(task)).flatMap(network -> network.address);
  }

  @Override
  public synchronized void start(Run run, ContainerPlan plan, Map<String, String> environment) {
    var network = networks.get(run.task());
    var started =
        new Started(
            plan.healthCheck().isPresent(),
            mine -> {
              try {
                var id = create(run, plan, environment, network);
                engine.client().startContainerCmd(id).exec();
                mine.id = Optional.of(id);
              } catch (DockerException e) {
                mine.failedAt = Instant.now();
                mine.failure = Optional.of(e.getMessage().strip());
              }
            });
    runs.put(run, started);
    started.thread.start();
  }

  private String create(
      Run run, ContainerPlan plan, Map<String, String> environment, Network network) {
    var host =
        HostConfig.newHostConfig()
            .withNetworkMode("container:" + network.id.orElseThrow())
            .withReadonlyRootfs(plan.readOnlyRoot())
            .withBinds(plan.mounts().stream().map(mount -> bind(network, mount)).toList())
            .withTmpFs(
                plan.memoryMounts().stream()
                    .collect(Collectors.toMap(path -> path, _ -> "", (one, _) -> one)));
    plan.memoryMib()
        .ifPresent(mib -> host.withMemory((long) mib << 20).withMemorySwap((long) mib << 20));
    return engine.create(
        run.task(),
        run.place() + "-" + run.container() + "-" + run.number(),
        plan.image(),
        command -> {
          command
              .withHostConfig(host)
              .withEnv(
                  environment.entrySet().stream()
                      .map(variable -> variable.getKey() + "=" + variable.getValue())
                      .toList());
          if (!plan.entryPoint().isEmpty()) {
            command.withEntrypoint(plan.entryPoint());
          }
          if (!plan.command().isEmpty()) {
            command.withCmd(plan.command());
          }
          plan.workingDirectory().ifPresent(command::withWorkingDir);
          plan.user().ifPresent(command::withUser);
          plan.healthCheck().map(Engine::check).ifPresent(command::withHealthcheck);
        });
  }

  private static Bind bind(Network network, Mount mount) {
    return Bind.parse(
        network.volumes.get(mount.volume()) + ":" + mount.path() + (mount.readOnly() ? ":ro" : ""));
  }

  @Override
  public synchronized Map<Run, State> look() {
    var running = engine.running();
    var states = new HashMap<Run, State>();
    runs.forEach((run, started) -> states.put(run, state(run, started, running)));
    known.putAll(states);
    return Map.copyOf(states);
  }

  private State state(Run run, Started started, Set<String> running) {
    var before = known.getOrDefault(run, new State.Starting());
    if (started.failure.isPresent()) {
      return new State.Failed(started.failure.get(), started.failedAt);
    }
    if (started.id.isEmpty() || before instanceof State.Exited || before instanceof State.Failed) {
      return before;
    }
    boolean same = before instanceof State.Running && running.contains(started.id.get());
    // Of one that runs, nothing but its health changes.
    return same && !started.checked
        ? before
        : engine
            .inspect(started.id.get())
            .map(inspected -> state(run, started, inspected))
            .orElseGet(() -> new State.Failed("somebody removed the container", Instant.now()));
  }

  private State state(Run run, Started started, InspectContainerResponse inspected) {
    var state = inspected.getState();
    var since = Instant.parse(state.getStartedAt());
    if (Boolean.TRUE.equals(state.getRunning())) {
      return new State.Running(
          since,
          Optional.ofNullable(inspected.getImageId()),
          started.checked ? Engine.health(state) : Optional.empty());
    }
    return new State.Exited(
        Math.toIntExact(state.getExitCodeLong()),
        Boolean.TRUE.equals(state.getOOMKilled()) || outOfMemory.contains(run),
        Optional.ofNullable(inspected.getImageId()),
        since,
        Instant.parse(state.getFinishedAt()));
  }

  @Override
  public synchronized void stop(Run run, Duration grace) {
    afterStart(
        run,
        id -> engine.client().stopContainerCmd(id).withTimeout((int) grace.toSeconds()).exec());
  }

  @Override
  public synchronized void runOutOfMemory(Run run) {
    outOfMemory.add(run);
    afterStart(run, id -> engine.client().killContainerCmd(id).exec());
  }

  private void afterStart(Run run, Consumer<String> step) {
    var started = runs.get(run);
    errand(
        () -> {
          started.thread.join();
          try {
            started.id.ifPresent(step);
          } catch (NotModifiedException _) {
            // It has ended meanwhile.
          }
        });
  }

  @Override
  public List<Line> log(Run run) {
    Optional<String> id;
    synchronized (this) {
      id = Optional.ofNullable(runs.get(run)).flatMap(started -> started.id);
    }
    return id.map(engine::log).orElse(List.of());
  }

  @Override
  public synchronized void remove(String task) {
    networks.remove(task);
    var gone = runs.keySet().stream().filter(run -> run.task().equals(task)).toList();
    var starts = gone.stream().map(runs::remove).map(started -> started.thread).toList();
    gone.forEach(known::remove);
    gone.forEach(outOfMemory::remove);
    errand(
        () -> {
          for (var start : starts) {
            start.join();
          }
          engine.remove(Optional.of(task));
        });
  }

  /** Something that takes long, and may wait for something else. */
  @FunctionalInterface
  private interface Errand {
    void run() throws InterruptedException;
  }

  private void errand(Errand errand) {
    var thread =
        Thread.ofVirtual()
            .unstarted(
                () -> {
                  try {
                    errand.run();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  } finally {
                    errands.remove(Thread.currentThread());
                  }
                });
    errands.add(thread);
    thread.start();
  }

  /** Removes all that is left of all tasks. */
  @Override
  public void close() {
    try {
      for (var errand : errands) {
        errand.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    engine.remove(Optional.empty());
    engine.close();
  }
}
