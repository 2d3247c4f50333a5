package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.fargate.FargateObservations.Previous;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import software.amazon.awssdk.services.ecs.model.Task;

/**
 * Which groups of a pool ECS holds, and how they are: descriptions, a hundred at a time, of the
 * tasks that the {@link LookPlan} names, and now and then lists of the cluster's tasks, which show
 * those that this process does not know. ECS forgets a task an hour after its end; what was seen of
 * a group is kept until it is deleted. Used by many threads: of two readings of a group the later
 * one stays.
 */
final class FargateInventory {
  /** How long ECS may not know of a task that it has just run. */
  static final Duration SETTLING = Duration.ofSeconds(60);

  // Tasks that ended between two looks, and that another process ran, are found by this: twice in
  // the time for which ECS shows them.
  private static final Duration BETWEEN_LOOKS_AT_STOPPED = Duration.ofMinutes(30);
  // Longer than ECS shows a task that has ended.
  private static final Duration DELETED_KEPT = Duration.ofHours(2);
  // How long a task is read with each beat for somebody who asked for it.
  private static final Duration WATCHED = Duration.ofSeconds(30);

  private static final String RUNNING = "RUNNING";

  private final EcsCalls ecs;
  private final DefinitionStore definitions;
  private final FargatePlace place;
  private final TaskHints hints;
  private final InstantSource clock;
  private final ReentrantLock sweeping = new ReentrantLock();
  private final ReentrantLock readingWatched = new ReentrantLock();
  private final Map<GroupId, Known> groups = new ConcurrentHashMap<>();
  private final Map<GroupId, Instant> deleted = new ConcurrentHashMap<>();
  // Until when somebody waits for what becomes of a group.
  private final Map<GroupId, Instant> watched = new ConcurrentHashMap<>();
  // Guarded by sweeping: tasks of others in the same cluster, and of this pool that are over.
  private final Set<String> ignored = new HashSet<>();
  private Instant lookedAtStopped = Instant.MIN;
  private Instant listedRunning = Instant.MIN;
  // Until when there may be tasks that this process does not know.
  private volatile Instant unsureUntil = Instant.MIN;
  private volatile Optional<Instant> firstSweep = Optional.empty();

  /**
   * A group and its latest task, as they were seen last.
   *
   * @param stopped whether it was asked to stop
   * @param readAt when it was asked how the task is
   * @param changedAt when that first showed the task as it is, or it was asked to stop after that
   * @param previous how its containers ended in earlier tasks
   */
  record Known(
      FargateLaunch launch,
      GroupOwner owner,
      Task task,
      TaskShape shape,
      TaskReading reading,
      boolean stopped,
      Instant readAt,
      Instant changedAt,
      Map<String, Previous> previous) {

    FargateObservations at(Instant now) {
      return new FargateObservations(launch, owner, task, shape, reading, stopped, previous, now);
    }

    boolean isOver() {
      return reading.endedAt().isPresent();
    }

    private Known stop(Instant now) {
      return new Known(launch, owner, task, shape, reading, true, readAt, now, previous);
    }

    private boolean isChanging() {
      return stopped || FargateObservations.isToStop(task) || !RUNNING.equals(task.lastStatus());
    }
  }

  FargateInventory(
      EcsCalls ecs,
      DefinitionStore definitions,
      FargatePlace place,
      TaskHints hints,
      InstantSource clock) {
    this.ecs = ecs;
    this.definitions = definitions;
    this.place = place;
    this.hints = hints;
    this.clock = clock;
  }

  /**
   * What a look has found.
   *
   * @param groups every group of the pool that was not deleted
   * @param strays ARNs of tasks that are to run for groups that were: nobody knew of them when
   *     their group was deleted, as where the answer to their launch was lost
   */
  record Sweep(List<Known> groups, List<String> strays) {
    Sweep {
      groups = List.copyOf(groups);
      strays = List.copyOf(strays);
    }
  }

  /** Looks at what may have changed. */
  Sweep sweep() {
    return sweep(false);
  }

  /** Looks at what may have changed, and at all tasks of the cluster that are to run. */
  Sweep sweepAll() {
    return sweep(true);
  }

  private Sweep sweep(boolean all) {
    sweeping.lock();
    try {
      var began = clock.instant();
      var known = new HashSet<String>();
      groups.values().forEach(group -> known.add(group.task().taskArn()));
      hints.forgetOld(began);
      var unknown = new LinkedHashSet<>(named());
      boolean atStopped = !lookedAtStopped.plus(BETWEEN_LOOKS_AT_STOPPED).isAfter(began);
      Optional<Set<String>> running = Optional.empty();
      if (all || atStopped || LookPlan.lists(listedRunning, unsureUntil, began)) {
        running = Optional.of(Set.copyOf(ecs.running()));
        unknown.addAll(running.get());
      }
      if (atStopped) {
        var stopped = ecs.stopped();
        ignored.retainAll(union(running.orElseThrow(), stopped));
        unknown.addAll(stopped);
      }
      unknown.removeIf(arn -> known.contains(arn) || ignored.contains(arn));
      var strays = readUnknown(List.copyOf(unknown), began);
      take(ecs.describeInTurn(due(running, began)), began);
      // Not before all of them were read: a list that lacks one would have its pod taken for lost.
      listedRunning = running.isPresent() ? began : listedRunning;
      lookedAtStopped = atStopped ? began : lookedAtStopped;
      deleted.values().removeIf(at -> at.plus(DELETED_KEPT).isBefore(began));
      watched.values().removeIf(until -> until.isBefore(began));
      if (firstSweep.isEmpty()) {
        firstSweep = Optional.of(began);
        // Another process may have run some a moment ago.
        mayLackSome(began);
      }
      return new Sweep(List.copyOf(groups.values()), strays);
    } finally {
      sweeping.unlock();
    }
  }

  /** Tasks that events told of, but for those that are to stop and whose group was deleted. */
  private List<String> named() {
    return hints.open().stream()
        .filter(news -> !(news.toStop() && isDeleted(news.startedBy())))
        .map(TaskHints.Told::task)
        .toList();
  }

  private boolean isDeleted(String startedBy) {
    return FargateLaunch.parse(startedBy)
        .filter(launch -> deleted.containsKey(launch.group()))
        .isPresent();
  }

  /** Says which of them are strays. */
  private List<String> readUnknown(List<String> arns, Instant began) {
    var described = ecs.describe(arns);
    take(described, began);
    var strays = strays(described);
    if (!strays.isEmpty()) {
      mayLackSome(began);
    }
    return strays;
  }

  /** A task was asked for, and whether it was run is not known. */
  void mayLackSome() {
    mayLackSome(clock.instant());
  }

  private void mayLackSome(Instant now) {
    unsureUntil = now.plus(SETTLING);
  }

  private static Set<String> union(Set<String> one, List<String> other) {
    var all = new HashSet<>(one);
    all.addAll(other);
    return all;
  }

  /** Of the known tasks that have not ended: which to describe, most urgent first. */
  private List<String> due(Optional<Set<String>> running, Instant now) {
    var candidates =
        groups.values().stream()
            .filter(group -> !group.isOver())
            .map(group -> candidate(group, running, now))
            .toList();
    return LookPlan.due(candidates, hints.pace(), EcsCalls.TASKS_AT_ONCE, now);
  }

  private LookPlan.Candidate candidate(Known group, Optional<Set<String>> running, Instant now) {
    var arn = group.task().taskArn();
    // A list shows a task that was just run a while later, and one that ends by itself not any
    // more.
    boolean left =
        !group.isChanging() && running.filter(listed -> !listed.contains(arn)).isPresent();
    boolean isWatched =
        Optional.ofNullable(watched.get(group.launch().group()))
            .filter(until -> !until.isBefore(now))
            .isPresent();
    return new LookPlan.Candidate(
        arn,
        left || hints.names(arn, version(group.task())),
        isWatched || group.isChanging(),
        group.readAt(),
        isWatched ? now : group.changedAt());
  }

  /** One stays unknown, and so is described again by each look until it is stopped. */
  private List<String> strays(EcsCalls.Described described) {
    return described.tasks().stream()
        .filter(task -> launch(task).filter(one -> deleted.containsKey(one.group())).isPresent())
        .filter(task -> !FargateObservations.isToStop(task))
        .map(Task::taskArn)
        .toList();
  }

  /** Which task it is; empty if it is not of this pool. */
  private Optional<FargateLaunch> launch(Task task) {
    return FargateLaunch.parse(task.startedBy())
        .filter(launch -> launch.poolUid().equals(place.poolUid()));
  }

  private void take(EcsCalls.Described described, Instant began) {
    record Ours(FargateLaunch launch, Task task) {}
    var ours = new ArrayList<Ours>();
    for (var task : described.tasks()) {
      launch(task)
          .ifPresentOrElse(
              launch -> ours.add(new Ours(launch, task)), () -> ignored.add(task.taskArn()));
    }
    described.tasks().forEach(task -> hints.seen(task.taskArn(), version(task)));
    // An earlier task tells what a later one comes after.
    ours.sort(Comparator.comparing(one -> one.launch().number()));
    ours.forEach(one -> keep(one.launch(), one.task(), began));
    groups
        .values()
        .removeIf(
            group ->
                described.missing().contains(group.task().taskArn())
                    && !group.isOver()
                    && TaskReading.createdAt(group.task()).plus(SETTLING).isBefore(began));
  }

  /** A task that was run a moment ago. */
  void made(FargateLaunch launch, Task task) {
    deleted.remove(launch.group());
    keep(launch, task, clock.instant());
  }

  private void keep(FargateLaunch launch, Task task, Instant began) {
    var owner = FargateRequests.owner(place.pool(), task.group());
    var shape = definitions.shape(task.taskDefinitionArn());
    boolean gone =
        deleted.containsKey(launch.group())
            || StopReason.of(task.stoppedReason()).filter(StopReason.DELETED::equals).isPresent();
    if (owner.isEmpty() || shape.isEmpty() || gone) {
      return;
    }
    groups.compute(
        launch.group(),
        (_, before) ->
            keep(launch, task, owner.get(), shape.get(), Optional.ofNullable(before), began));
  }

  private static Known keep(
      FargateLaunch launch,
      Task task,
      GroupOwner owner,
      TaskShape shape,
      Optional<Known> before,
      Instant began) {
    var same = before.filter(known -> known.task().taskArn().equals(task.taskArn()));
    boolean outdated =
        before.filter(known -> known.launch().number() > launch.number()).isPresent()
            || same.filter(known -> known.readAt().isAfter(began) || known.isOver()).isPresent()
            || same.filter(known -> version(known.task()) > version(task)).isPresent();
    if (outdated) {
      return before.get();
    }
    var reading = TaskReading.of(task, shape, same.map(Known::reading), began);
    var previous =
        same.map(Known::previous)
            .or(() -> before.map(known -> known.at(began).ends()))
            .orElse(Map.of());
    boolean stopped = before.filter(Known::stopped).isPresent();
    var changedAt =
        same.filter(known -> version(known.task()) == version(task))
            .map(Known::changedAt)
            .orElse(began);
    return new Known(launch, owner, task, shape, reading, stopped, began, changedAt, previous);
  }

  /** ECS counts the changes of a task, and may answer with what was before the last ones. */
  private static long version(Task task) {
    return task.version() == null ? 0 : task.version();
  }

  /** One group as it was seen last; all are read first if none was yet. */
  Optional<Known> find(GroupId id) {
    if (firstSweep.isEmpty()) {
      sweep();
    }
    return Optional.ofNullable(groups.get(id));
  }

  /** One group, read anew unless it has ended. */
  Optional<Known> read(GroupId id) {
    find(id).filter(group -> !group.isOver()).ifPresent(group -> readNow(List.of(group)));
    return Optional.ofNullable(groups.get(id));
  }

  /**
   * One group for which somebody waits: each look reads it from now on for a while. If looks do
   * not, it is read here, together with all others that are waited for.
   *
   * @param age how old what is known of it may be
   */
  Optional<Known> watch(GroupId id, Duration age) {
    var now = clock.instant();
    watched.put(id, now.plus(WATCHED));
    if (find(id).filter(group -> isStale(group, age)).isPresent()) {
      readingWatched.lock();
      try {
        // Whoever came first has read for all.
        if (find(id).filter(group -> isStale(group, age)).isPresent()) {
          readNow(
              Stream.concat(Stream.of(id), watched.keySet().stream().filter(one -> !one.equals(id)))
                  .flatMap(one -> Optional.ofNullable(groups.get(one)).stream())
                  .filter(group -> isStale(group, age))
                  .limit(EcsCalls.TASKS_AT_ONCE)
                  .toList());
        }
      } finally {
        readingWatched.unlock();
      }
    }
    return Optional.ofNullable(groups.get(id));
  }

  private boolean isStale(Known group, Duration age) {
    return !group.isOver() && !group.readAt().plus(age).isAfter(clock.instant());
  }

  private void readNow(List<Known> some) {
    var began = clock.instant();
    var described = ecs.describeNow(some.stream().map(group -> group.task().taskArn()).toList());
    for (var task : described.tasks()) {
      launch(task).ifPresent(launch -> keep(launch, task, began));
    }
  }

  /** A group was asked to stop: no other task is run for it. */
  void stopped(GroupId id) {
    groups.computeIfPresent(id, (_, known) -> known.stop(clock.instant()));
  }

  /** A group was deleted, and is not shown any more. */
  void gone(GroupId id) {
    deleted.put(id, clock.instant());
    watched.remove(id);
    groups.remove(id);
  }

  /** When all groups were read for the first time. */
  Optional<Instant> firstSweep() {
    return firstSweep;
  }

  /** ARNs of all secrets that a group may still need. */
  Set<String> secrets() {
    var used = new HashSet<String>();
    groups.values().forEach(group -> used.addAll(group.shape().secrets()));
    return used;
  }

  /** ARNs of all task definitions that a group may still need. */
  Set<String> definitions() {
    var used = new HashSet<String>();
    groups.values().forEach(group -> used.add(group.task().taskDefinitionArn()));
    return used;
  }

  boolean isEmpty() {
    return groups.isEmpty();
  }
}
