package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.model.Info;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Capabilities;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupLocks;
import io.virtualnodes.backend.Guests;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.LiveFiles;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.RegistryLogins;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.backend.Volumes;
import io.virtualnodes.backend.docker.ImagePulls.Member;
import io.virtualnodes.backend.supervisor.Caretaker;
import io.virtualnodes.backend.supervisor.Supervisor;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs groups on any engine that speaks Docker's API. All that it knows of a group is kept at the
 * engine, in names and labels, but for images that are being fetched: a group that waits for its
 * first image is forgotten with the process, and asked for again by its pod.
 */
public final class DockerBackend implements Backend {
  private static final String RUNTIME = "docker";
  private static final Duration BEAT = Duration.ofSeconds(2);
  // What a kubelet allows on one machine: its networks and process tables are made for that.
  private static final int PODS_OF_A_MACHINE = 110;
  private static final Duration BETWEEN_VOLUME_SWEEPS = Duration.ofMinutes(5);
  private static final int LOCKS = 256;

  private static final Logger log = LoggerFactory.getLogger(DockerBackend.class);

  private final InstantSource clock;
  private final DockerRequests requests;
  private final Names names;
  private final DockerEngine engine;
  private final EngineInventory inventory;
  private final ImagePulls pulls;
  private final GroupFiles files;
  private final GroupGuests guests;
  private final DockerStreams streams;
  private final ClaimedVolumes volumes;
  private final Commands commands;
  private final Caretaker caretaker;
  private final EngineSupervision supervision;
  private final Supervisor supervisor;
  private final EngineEvents events;
  private final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Map<GroupId, GroupLaunch> launches = new ConcurrentHashMap<>();
  // Sandboxes and guests that are being stopped, so that none is stopped twice at once.
  private final Set<String> resting = ConcurrentHashMap.newKeySet();
  // One group's launch, restarts and end exclude each other.
  private final GroupLocks locks = new GroupLocks(LOCKS);
  private volatile String version = "";
  private volatile Instant volumesSwept = Instant.MIN;

  /**
   * A folder of the engine's machine that every container sees.
   *
   * @param path on that machine, absolute
   * @param mountPath in the container, absolute
   */
  public record SharedFolder(String path, String mountPath, boolean readOnly) {}

  /**
   * @param pool whose groups they are; others' are neither seen nor touched
   * @param host {@code unix:///path} or {@code tcp://host:port}
   * @param network of the engine that groups join
   * @param sandboxImage holds the network of groups with several containers or with restarts
   */
  public record Settings(
      String pool,
      URI host,
      String network,
      String sandboxImage,
      List<SharedFolder> sharedFolders) {
    public Settings {
      sharedFolders = List.copyOf(sharedFolders);
    }
  }

  /** Begins to listen to the engine, which need not answer yet. */
  public DockerBackend(Settings settings, InstantSource clock) {
    this.clock = clock;
    this.requests = new DockerRequests(settings);
    this.names = new Names(settings.pool());
    this.engine = new DockerEngine(settings.pool(), settings.host());
    this.inventory = new EngineInventory(engine, names);
    this.pulls = new ImagePulls(engine, clock);
    this.files = new GroupFiles(engine, inventory, requests, names, locks, clock);
    this.guests =
        new GroupGuests(
            engine, inventory, requests, pulls, locks, this::inBackground, this::changed);
    this.streams = new DockerStreams(settings, engine, inventory, pulls, this::busy, clock);
    this.volumes = new ClaimedVolumes(engine, names);
    this.commands = new Commands(engine.processes());
    this.caretaker =
        new Caretaker(
            new EngineTending(engine, inventory, requests, commands, locks, this::changed), clock);
    this.supervision =
        new EngineSupervision(
            engine, inventory, pulls, names, locks, caretaker, this::busy, this::changed);
    this.supervisor = new Supervisor(supervision, clock);
    this.events = new EngineEvents(settings.pool(), engine, this::happened);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        RUNTIME, version, Duration.ZERO, BEAT, Optional.empty(), DockerRules.FEATURES);
  }

  @Override
  public void create(ContainerGroup group) {
    var refusals = requests.refusals(group);
    if (!refusals.isEmpty()) {
      throw new BackendException.Unsupported(refusals);
    }
    var launch =
        new GroupLaunch(group, engine, inventory, requests, pulls, locks.of(group.id()), clock);
    if (launches.putIfAbsent(group.id(), launch) != null) {
      return;
    }
    boolean goesOn = false;
    try {
      if (!launch.begin()) {
        inBackground(() -> finish(launch));
        goesOn = true;
      }
    } finally {
      if (!goesOn) {
        launches.remove(group.id(), launch);
      }
    }
  }

  private void finish(GroupLaunch launch) {
    try {
      launch.finish();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      launches.remove(launch.group().id(), launch);
      changed();
    }
  }

  @Override
  public void stop(GroupId id, Duration grace) {
    cancelLaunch(id);
    var by = clock.instant().plus(grace);
    stopped(id, by).ifPresent(group -> handOver(group, grace));
    changed();
  }

  /**
   * Sees to it that nothing more of a group is started.
   *
   * @return the group, if there is one
   */
  private Optional<FoundGroup> stopped(GroupId id, Instant by) {
    var lock = locks.of(id);
    lock.lock();
    try {
      var found = inventory.read(id);
      if (found.isEmpty()) {
        return found;
      }
      var group = found.get();
      if (!group.finished() && group.stopBy().filter(before -> !before.isAfter(by)).isEmpty()) {
        var anchor = group.anchor();
        engine.rename(anchor.id(), Names.stopped(anchor.name(), by));
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Asks all that are to end now, at once, since each may take a while to take notice; the
   * supervisor asks the rest when it is its turn.
   */
  private void handOver(FoundGroup group, Duration grace) {
    var stops =
        group.firstToEnd().stream()
            .map(
                container -> {
                  var stop =
                      new FutureTask<Void>(
                          () -> caretaker.end(group.tended(container), grace), null);
                  inBackground(stop);
                  return stop;
                })
            .toList();
    try {
      for (var stop : stops) {
        stop.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw DockerFailures.of(failure);
      }
      throw new IllegalStateException("a stop fails in no such way", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackendException.Unavailable("interrupted while the group was stopped", e);
    }
  }

  /**
   * A network that nobody will use any more need not be held until the group is deleted, and who
   * joined the group ends with it.
   */
  private void rest(FoundContainer remaining) {
    if (resting.add(remaining.id())) {
      aside(
          "what remained of a finished group could not be stopped",
          () -> {
            try {
              engine.stop(remaining.id(), Duration.ZERO);
            } finally {
              resting.remove(remaining.id());
            }
          });
    }
  }

  /** For what a list finds on its way: it must neither wait for it nor fail with it. */
  private void aside(String failed, Runnable task) {
    inBackground(
        () -> {
          try {
            task.run();
          } catch (BackendException e) {
            log.atWarn().addKeyValue("failure", e.getMessage()).log(failed);
          }
        });
  }

  private void inBackground(Runnable task) {
    try {
      tasks.execute(task);
    } catch (RejectedExecutionException e) {
      throw new BackendException.Unavailable("the backend was closed", e);
    }
  }

  @Override
  public void delete(GroupId id) {
    cancelLaunch(id);
    locks.run(id, () -> remove(id));
    changed();
  }

  private void remove(GroupId id) {
    var containers =
        engine.containers(id).stream()
            .filter(container -> Marks.of(container.getLabels()).isPresent())
            .filter(container -> names.belongsTo(id, DockerObservations.name(container)))
            .toList();
    var volumes = new HashSet<String>();
    for (var container : containers) {
      container.getMounts().stream()
          .flatMap(mount -> DockerObservations.volume(mount).stream())
          .filter(name -> names.belongsTo(id, name))
          .forEach(volumes::add);
    }
    containers.forEach(container -> engine.remove(container.getId()));
    volumes.forEach(engine::removeVolume);
  }

  private void cancelLaunch(GroupId id) {
    var launch = launches.remove(id);
    if (launch != null) {
      launch.cancel();
    }
  }

  @Override
  public List<Observation> list() {
    // A launch that begins or ends during the list must not look cut off: both views count.
    var launching = new HashMap<>(launches);
    var groups = FoundGroup.byId(inventory.read(busy()));
    launching.putAll(launches);
    caretaker.seen(groups.values().stream().flatMap(FoundGroup::tended).toList());
    commands.retain(
        groups.values().stream()
            .flatMap(group -> group.all().stream())
            .map(FoundContainer::id)
            .collect(Collectors.toSet()));
    supervisor.seen(supervision.of(groups));
    groups.values().stream()
        .filter(group -> group.finished() && !launching.containsKey(group.marks().group()))
        .flatMap(group -> Stream.concat(group.guests().stream(), group.sandbox().stream()))
        .filter(FoundContainer::running)
        .forEach(this::rest);
    Predicate<GroupId> present = id -> groups.containsKey(id) || launches.containsKey(id);
    pulls.retain(present);
    guests.retain(present);
    caretaker.retain(present);
    streams.retain(id -> groups.containsKey(id) && !groups.get(id).finished());
    sweepVolumes(present);
    if (version.isEmpty()) {
      aside("version of the engine could not be read", this::readVersion);
    }
    var now = clock.instant();
    var found =
        groups.values().stream()
            .map(
                group ->
                    observe(group, Optional.ofNullable(launching.get(group.marks().group())), now));
    var accepted =
        launching.values().stream()
            .filter(launch -> !groups.containsKey(launch.group().id()))
            .map(this::accepted);
    return Stream.concat(found, accepted).toList();
  }

  private Observation observe(FoundGroup group, Optional<GroupLaunch> launch, Instant now) {
    return DockerObservations.observe(
        group,
        launch.isPresent(),
        launch.flatMap(GroupLaunch::trouble),
        member -> waiting(launch, member),
        guests.notMade(group),
        caretaker::standing,
        RUNTIME,
        now);
  }

  /** What keeps one container from being made. */
  private Optional<Waiting> waiting(Optional<GroupLaunch> launch, Member member) {
    return launch
        .flatMap(known -> known.barred(member.container()))
        .or(() -> guests.barred(member))
        .or(() -> pulls.waiting(member));
  }

  /** A group of which the engine has nothing yet. */
  private Observation accepted(GroupLaunch launch) {
    var group = launch.group();
    return new Observation(
        group.id(),
        group.owner(),
        Progress.ALIVE,
        group.containers().stream()
            .map(
                spec ->
                    DockerObservations.notMade(
                        spec.name(),
                        DockerObservations.waiting(
                            group.id(),
                            spec.name(),
                            launch.trouble(),
                            member -> waiting(Optional.of(launch), member))))
            .toList(),
        List.of(),
        launch.acceptedAt(),
        Optional.empty());
  }

  /**
   * Groups for which containers are being made or started: asking for one that the engine is
   * starting takes as long as the start.
   */
  private Set<GroupId> busy() {
    var busy = new HashSet<>(launches.keySet());
    busy.addAll(supervision.restarting());
    return busy;
  }

  private void readVersion() {
    version = Optional.ofNullable(engine.info().getServerVersion()).orElse("");
  }

  /** Volumes are removed with their group; those that a crash in between left are removed here. */
  private void sweepVolumes(Predicate<GroupId> present) {
    var now = clock.instant();
    if (now.isBefore(volumesSwept.plus(BETWEEN_VOLUME_SWEEPS))) {
      return;
    }
    volumesSwept = now;
    aside(
        "volumes that groups left could not be removed",
        () -> {
          for (var volume : engine.unusedVolumes()) {
            Marks.volumeGroup(volume.getLabels())
                .filter(group -> !present.test(group))
                .filter(group -> names.belongsTo(group, volume.getName()))
                .ifPresent(_ -> engine.removeVolume(volume.getName()));
          }
        });
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public void onIncident(Consumer<Incident> listener) {
    caretaker.onIncident(listener);
  }

  private void changed() {
    listeners.forEach(Runnable::run);
  }

  private void happened(String containerId) {
    inventory.forget(containerId);
    changed();
  }

  @Override
  public void useLogins(RegistryLogins logins) {
    pulls.use(logins);
  }

  @Override
  public List<ProbeTally> probes() {
    return caretaker.probes();
  }

  @Override
  public Streams streams() {
    return streams;
  }

  @Override
  public Optional<LiveFiles> liveFiles() {
    return Optional.of(files);
  }

  @Override
  public Optional<Guests> guests() {
    return Optional.of(guests);
  }

  @Override
  public Optional<Volumes> volumes() {
    return Optional.of(volumes);
  }

  @Override
  public Optional<Quota> quota() {
    Info info = engine.info();
    return Optional.of(new Quota(info.getNCPU() * 1000L, info.getMemTotal(), PODS_OF_A_MACHINE));
  }

  @Override
  public void close() {
    supervisor.close();
    caretaker.close();
    events.close();
    streams.close();
    tasks.shutdownNow();
    engine.close();
  }
}
