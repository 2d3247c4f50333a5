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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import software.amazon.awssdk.services.ecs.model.Task;

/**
 * Which groups of a pool ECS holds, and how they are: a list of the cluster's tasks, and a hundred
 * descriptions at a time of those that may have changed. ECS forgets a task an hour after its end;
 * what was seen of a group is kept until it is deleted. Used by many threads: of two readings of a
 * group the later one stays.
 */
final class FargateInventory {
  /** How long ECS may not know of a task that it has just run. */
  static final Duration SETTLING = Duration.ofSeconds(60);

  // Tasks that ended between two looks, and that another process ran, are found by this.
  private static final Duration BETWEEN_LOOKS_AT_STOPPED = Duration.ofMinutes(5);
  // Longer than ECS shows a task that has ended.
  private static final Duration DELETED_KEPT = Duration.ofHours(2);
  // Ten requests, half of what ECS takes in a second, for launches, ends and others need some too.
  private static final int MOST_DESCRIBED = 10 * EcsCalls.TASKS_AT_ONCE;

  private final EcsCalls ecs;
  private final DefinitionStore definitions;
  private final FargatePlace place;
  private final InstantSource clock;
  private final ReentrantLock sweeping = new ReentrantLock();
  private final Map<GroupId, Known> groups = new ConcurrentHashMap<>();
  private final Map<GroupId, Instant> deleted = new ConcurrentHashMap<>();
  // Guarded by sweeping: tasks of others in the same cluster, and of this pool that are over.
  private final Set<String> ignored = new HashSet<>();
  private Instant lookedAtStopped = Instant.MIN;
  private volatile Optional<Instant> firstSweep = Optional.empty();

  /**
   * A group and its latest task, as they were seen last.
   *
   * @param stopped whether it was asked to stop
   * @param readAt when it was asked how the task is
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
      Map<String, Previous> previous) {

    FargateObservations at(Instant now) {
      return new FargateObservations(launch, owner, task, shape, reading, stopped, previous, now);
    }

    boolean isOver() {
      return reading.endedAt().isPresent();
    }

    private Known stop() {
      return new Known(launch, owner, task, shape, reading, true, readAt, previous);
    }
  }

  FargateInventory(
      EcsCalls ecs, DefinitionStore definitions, FargatePlace place, InstantSource clock) {
    this.ecs = ecs;
    this.definitions = definitions;
    this.place = place;
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

  /** Looks at all tasks of the cluster. */
  Sweep sweep() {
    sweeping.lock();
    try {
      var began = clock.instant();
      var listed = new HashSet<>(ecs.running());
      var known = new HashSet<String>();
      groups.values().forEach(group -> known.add(group.task().taskArn()));
      var unknown = new ArrayList<>(listed);
      boolean atStopped = !lookedAtStopped.plus(BETWEEN_LOOKS_AT_STOPPED).isAfter(began);
      if (atStopped) {
        var stopped = ecs.stopped();
        ignored.retainAll(union(listed, stopped));
        unknown.addAll(stopped);
      }
      unknown.removeIf(arn -> known.contains(arn) || ignored.contains(arn));
      var asked = new ArrayList<>(unknown);
      asked.addAll(due(listed));
      var described = ecs.describe(asked);
      take(described, began);
      if (atStopped) {
        // Not before all of them were read: a list that lacks one would have its pod taken for
        // lost.
        lookedAtStopped = began;
      }
      deleted.values().removeIf(at -> at.plus(DELETED_KEPT).isBefore(began));
      firstSweep = firstSweep.or(() -> Optional.of(began));
      return new Sweep(List.copyOf(groups.values()), strays(described));
    } finally {
      sweeping.unlock();
    }
  }

  private static Set<String> union(Set<String> one, List<String> other) {
    var all = new HashSet<>(one);
    all.addAll(other);
    return all;
  }

  /**
   * Of the known tasks that have not ended: those that are no longer to run first, and then those
   * that were not read for longest.
   */
  private List<String> due(Set<String> listed) {
    return groups.values().stream()
        .filter(group -> !group.isOver())
        .sorted(
            Comparator.comparing((Known group) -> listed.contains(group.task().taskArn()))
                .thenComparing(Known::readAt))
        .limit(MOST_DESCRIBED)
        .map(group -> group.task().taskArn())
        .toList();
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
    return new Known(launch, owner, task, shape, reading, stopped, began, previous);
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

  /**
   * One group, read anew unless it was lately or has ended.
   *
   * @param age how old what is known of it may be
   */
  Optional<Known> read(GroupId id, Duration age) {
    var known = find(id).filter(group -> !group.isOver());
    var began = clock.instant();
    if (known.filter(group -> !group.readAt().plus(age).isAfter(began)).isPresent()) {
      var described = ecs.describe(List.of(known.get().task().taskArn()));
      described.tasks().forEach(task -> keep(known.get().launch(), task, began));
    }
    return Optional.ofNullable(groups.get(id));
  }

  /** A group was asked to stop: no other task is run for it. */
  void stopped(GroupId id) {
    groups.computeIfPresent(id, (_, known) -> known.stop());
  }

  /** A group was deleted, and is not shown any more. */
  void gone(GroupId id) {
    deleted.put(id, clock.instant());
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

  int size() {
    return groups.size();
  }
}
