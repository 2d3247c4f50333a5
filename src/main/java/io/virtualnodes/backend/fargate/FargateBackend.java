package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Capabilities;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupLocks;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.RegistryLogins;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.backend.fargate.FargateInventory.Known;
import io.virtualnodes.backend.fargate.FargateObservations.Step;
import io.virtualnodes.backend.fargate.TaskLaunches.Prepared;
import io.virtualnodes.backend.supervisor.ReadinessCare;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.ecs.model.Task;

/**
 * Runs groups as tasks of AWS Fargate.
 *
 * <p>Cost of 1,000 groups: ten descriptions of a hundred with each beat while they start or end,
 * less and less often, down to forty a minute, while they run, and ten requests a minute for a list
 * of the cluster's tasks. A launch is one request, and three more for the first of its kind.
 *
 * <p>A stop has the grace that the group was made with, up to two minutes: ECS takes none with it.
 */
public final class FargateBackend implements Backend {
  private static final String API_VERSION = "2014-11-13";
  private static final Duration BEAT = Duration.ofSeconds(5);
  // How long ECS's list may take to know of a task that an earlier process ran. What this one ran
  // it
  // knows without a list.
  private static final Duration SETTLING = Duration.ofSeconds(10);
  // A step that seems to have had no effect is taken again after this.
  private static final Duration STEP_AGAIN = Duration.ofMinutes(1);
  // A group that this process did not see alive may have been deleted before it began, which ECS
  // does not keep of a task that had ended; the core finds out within this time.
  private static final Duration FOUND_ENDED = Duration.ofMinutes(1);
  // A look that is brought forward reads little but what it was brought forward for.
  private static final Duration HINT_PAUSE = Duration.ofSeconds(1);
  private static final int LOCKS = 64;

  private static final Logger log = LoggerFactory.getLogger(FargateBackend.class);

  private final FargatePlace place;
  private final FargateRules rules;
  private final InstantSource clock;
  private final EcsCalls ecs;
  private final DefinitionStore definitions;
  private final SecretStore secrets;
  private final FargateInventory inventory;
  private final TaskLaunches launches;
  private final TaskPreparation preparation;
  private final Leftovers leftovers;
  private final FargateStreams streams;
  private final ReadinessCare care;
  private final VcpuQuota quota;
  private final AwsLogin login;
  private final Optional<TaskEvents> events;
  private final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  // One group's creation, stop and deletion exclude each other.
  private final GroupLocks locks = new GroupLocks(LOCKS);
  // When a step was taken of our own accord, by the task that it is about and what it was.
  private final Map<String, Instant> taken = new ConcurrentHashMap<>();
  // Tasks whose group was deleted before they could be stopped, and which no list may show yet: by
  // ARN, when they were run.
  private final Map<String, Instant> unstopped = new ConcurrentHashMap<>();
  private final AtomicReference<Instant> hinted = new AtomicReference<>(Instant.EPOCH);
  private volatile RegistryLogins logins = RegistryLogins.NONE;

  /**
   * Asks nothing of AWS yet.
   *
   * @param pause between two looks at a log that is followed
   */
  public FargateBackend(
      FargatePlace place, FargateRegions regions, InstantSource clock, Pause pause) {
    this.place = place;
    this.rules = new FargateRules(place);
    this.clock = clock;
    var requests = new FargateRequests(place);
    var rates = regions.of(place);
    var names = new FargateNames(place.poolUid());
    this.login = AwsLogin.to(place);
    this.ecs = new EcsCalls(login, rates, clock, pause);
    this.definitions = new DefinitionStore(ecs, names, rates, clock);
    this.secrets = new SecretStore(login, names, rates, clock);
    var hints = new TaskHints(place.poolUid());
    this.inventory = new FargateInventory(ecs, definitions, place, hints, clock);
    this.launches = new TaskLaunches(requests, place, ecs, rates, clock);
    this.preparation = new TaskPreparation(requests, definitions, secrets);
    this.leftovers = new Leftovers(secrets, definitions, inventory, launches, clock);
    this.streams =
        new FargateStreams(new LogReader(login, rates, clock, pause), inventory, clock, pause);
    this.care = new ReadinessCare(clock, this::changed);
    this.quota = new VcpuQuota(login);
    this.events =
        place.eventQueue().map(queue -> new TaskEvents(login, queue, hints, this::changed, clock));
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        FargateObservations.RUNTIME,
        API_VERSION,
        SETTLING,
        BEAT,
        Optional.empty(),
        rules.features());
  }

  @Override
  public void create(ContainerGroup group) {
    var refusals = rules.refusals(group);
    if (!refusals.isEmpty()) {
      throw new Unsupported(refusals);
    }
    locks.run(
        group.id(),
        () -> {
          var first = FargateLaunch.first(place.poolUid(), group.id());
          if (inventory.find(group.id()).isPresent()) {
            // A list showed a task whose answer was lost.
            launches.done(first);
          } else {
            launch(
                first, group.owner(), group.restartPolicy(), () -> preparation.of(group, logins));
          }
        });
  }

  private void launch(
      FargateLaunch launch, GroupOwner owner, RestartPolicy policy, Supplier<Prepared> prepare) {
    leftovers.keeping(() -> launches.prepare(launch, prepare));
    inventory.made(launch, run(launch, owner, policy));
    launches.done(launch);
  }

  private Task run(FargateLaunch launch, GroupOwner owner, RestartPolicy policy) {
    try {
      return launches.run(launch, owner, policy);
    } catch (Unavailable e) {
      if (e.wasAsked()) {
        inventory.mayLackSome();
      }
      throw e;
    } catch (BackendException.Rejected e) {
      if (!FargateFailures.isOfInactiveDefinition(e)) {
        throw e;
      }
      definitions.forgetAll();
      throw new Unavailable(
          "a task definition was deregistered, making another: " + e.getMessage(), e);
    }
  }

  @Override
  public void stop(GroupId id, Duration grace) {
    locks.run(
        id,
        () -> {
          var known = inventory.find(id);
          // First: whatever becomes of the request, nothing is started again.
          inventory.stopped(id);
          if (known.filter(group -> !group.isOver()).isPresent()) {
            ecs.stop(known.get().task().taskArn(), StopReason.STOPPED);
          }
        });
  }

  @Override
  public void delete(GroupId id) {
    locks.run(
        id,
        () -> {
          launches.giveUp(id);
          var known = inventory.find(id);
          if (known.filter(group -> !group.isOver()).isPresent()) {
            stopDeleted(known.get().task());
          }
          inventory.gone(id);
        });
    leftovers.removeIfLast();
  }

  /** Whoever asks for the end of hundreds at once does not ask again; a look does it in turn. */
  private void stopDeleted(Task task) {
    unstopped.put(task.taskArn(), TaskReading.createdAt(task));
    try {
      stopStray(task.taskArn());
    } catch (Unavailable e) {
      if (e.wasAsked()) {
        throw e;
      }
    }
  }

  private void stopStray(String taskArn) {
    boolean there = ecs.stop(taskArn, StopReason.DELETED);
    unstopped.computeIfPresent(
        taskArn,
        (_, run) ->
            // AWS shows a task a while after it took it.
            there || run.plus(FargateInventory.SETTLING).isBefore(clock.instant()) ? null : run);
  }

  @Override
  public void removeShared() {
    var now = clock.instant();
    int left = stopStrays(sweep(now, inventory::sweepAll), now);
    if (left > 0) {
      throw new Unavailable(
          left + " tasks of groups that were deleted have yet to be stopped", null);
    }
    leftovers.removeAll();
  }

  @Override
  public List<Observation> list() {
    var now = clock.instant();
    var sweep = sweep(now, inventory::sweep);
    var groups = sweep.groups();
    groups.forEach(group -> step(group, now));
    stopStrays(sweep, now);
    leftovers.removeIfDue(this::inBackground);
    leftovers.deregisterSome(this::inBackground);
    return care.seen(
        groups.stream()
            .map(
                group ->
                    new ReadinessCare.Group(group.at(now).observe(), group.shape().readiness()))
            .toList());
  }

  /** Looks, and lets steps be taken again that have had no effect for too long. */
  private FargateInventory.Sweep sweep(Instant now, Supplier<FargateInventory.Sweep> look) {
    var sweep = look.get();
    taken.values().removeIf(at -> !at.plus(STEP_AGAIN).isAfter(now));
    return sweep;
  }

  /** Tasks of groups that were deleted: says how many there are, and stops them. */
  private int stopStrays(FargateInventory.Sweep sweep, Instant now) {
    var strays = new HashSet<>(unstopped.keySet());
    strays.addAll(sweep.strays());
    strays.forEach(task -> take(task, "stop", now, () -> stopStray(task)));
    return strays.size();
  }

  /** What is due to a group. A list must not wait for it. */
  private void step(Known group, Instant now) {
    switch (group.at(now).next()) {
      case Step.Rest _ -> {}
      case Step.Stop(var why) -> takeStop(group.task().taskArn(), why, now);
      case Step.Launch(var next, var when) -> {
        var due = foundEnded(group) ? later(when, FOUND_ENDED) : when;
        if (!due.isAfter(now)) {
          take(group.task().taskArn(), "launch", now, () -> launchAgain(group, next));
        }
      }
    }
  }

  private void takeStop(String taskArn, StopReason why, Instant now) {
    take(taskArn, "stop", now, () -> ecs.stop(taskArn, why));
  }

  private boolean foundEnded(Known group) {
    return inventory
        .firstSweep()
        .filter(first -> !group.reading().endedAt().orElse(first).isAfter(first))
        .isPresent();
  }

  private Instant later(Instant when, Duration afterFirstSweep) {
    var held = inventory.firstSweep().orElseThrow().plus(afterFirstSweep);
    return when.isAfter(held) ? when : held;
  }

  private void launchAgain(Known group, FargateLaunch next) {
    locks.run(
        next.group(),
        () -> {
          var still = inventory.find(next.group());
          boolean wanted =
              still
                  .filter(known -> known.launch().equals(group.launch()) && !known.stopped())
                  .isPresent();
          if (wanted) {
            launch(next, group.owner(), group.shape().policy(), () -> preparation.again(group));
          }
        });
  }

  private void take(String taskArn, String kind, Instant now, Runnable step) {
    var key = taskArn + " " + kind;
    if (taken.putIfAbsent(key, now) != null) {
      return;
    }
    inBackground(
        () -> {
          try {
            step.run();
            changed();
          } catch (BackendException e) {
            taken.put(key, clock.instant().minus(STEP_AGAIN).plus(pauseAfter(e)));
            boolean inLine = e instanceof Unavailable turn && !turn.wasAsked();
            (inLine ? log.atDebug() : log.atWarn())
                .addKeyValue("task", taskArn)
                .addKeyValue("failure", e.getMessage())
                .log("a task could not be stopped or started again, trying again");
          }
        });
  }

  private void inBackground(Runnable task) {
    try {
      tasks.execute(task);
    } catch (RejectedExecutionException e) {
      throw new Unavailable("the backend was closed", e);
    }
  }

  private static Duration pauseAfter(BackendException failure) {
    return failure instanceof Unavailable unavailable
        ? unavailable.retryAfter().orElse(BEAT)
        : STEP_AGAIN;
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public void onIncident(Consumer<Incident> listener) {
    care.onIncident(listener);
  }

  /**
   * Hints come in bursts.
   *
   * @return false if there was one a moment ago, and no other look is brought forward
   */
  private boolean changed() {
    var now = clock.instant();
    var last = hinted.get();
    if (last.plus(HINT_PAUSE).isAfter(now) || !hinted.compareAndSet(last, now)) {
      return false;
    }
    listeners.forEach(Runnable::run);
    return true;
  }

  @Override
  public void useLogins(RegistryLogins given) {
    logins = given;
  }

  @Override
  public List<ProbeTally> probes() {
    return care.probes();
  }

  @Override
  public Streams streams() {
    return streams;
  }

  @Override
  public Optional<Quota> quota() {
    return quota.read();
  }

  @Override
  public void close() {
    events.ifPresent(TaskEvents::close);
    care.close();
    tasks.shutdownNow();
    ecs.close();
    secrets.close();
    streams.close();
    quota.close();
    login.close();
  }
}
