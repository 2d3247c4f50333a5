package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.docker.FoundContainer.Status;
import io.virtualnodes.backend.docker.Marks.Role;
import io.virtualnodes.backend.supervisor.EndedInstance;
import io.virtualnodes.backend.supervisor.GroupRule;
import io.virtualnodes.backend.supervisor.GroupRule.Step;
import io.virtualnodes.backend.supervisor.RestartRule;
import io.virtualnodes.backend.supervisor.SupervisedGroup;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.SupervisedGroup.SupervisedContainer;
import io.virtualnodes.backend.supervisor.TendedContainer;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All containers that the engine has of one group; at least one. */
record FoundGroup(List<FoundContainer> all) {

  FoundGroup {
    if (all.isEmpty()) {
      throw new IllegalArgumentException("a group that was found has a container");
    }
    var reached =
        all.stream()
            .filter(found -> found.marks().role().milestone().isPresent())
            .collect(
                Collectors.groupingBy(
                    FoundContainer::instanceId,
                    Collectors.mapping(
                        found -> found.marks().role().milestone().get(), Collectors.toSet())));
    all =
        reached.isEmpty()
            ? List.copyOf(all)
            : all.stream()
                .map(found -> found.with(reached.getOrDefault(found.instanceId(), Set.of())))
                .toList();
  }

  static Map<GroupId, FoundGroup> byId(List<FoundContainer> containers) {
    var lists = new LinkedHashMap<GroupId, List<FoundContainer>>();
    for (var container : containers) {
      lists.computeIfAbsent(container.marks().group(), _ -> new ArrayList<>()).add(container);
    }
    var groups = new LinkedHashMap<GroupId, FoundGroup>();
    lists.forEach((id, list) -> groups.put(id, new FoundGroup(list)));
    return groups;
  }

  /** What they all say of the group. */
  Marks marks() {
    return all.getFirst().marks();
  }

  Optional<FoundContainer> sandbox() {
    return withRole(Role.SANDBOX).findFirst();
  }

  Optional<FoundContainer> writer() {
    return withRole(Role.WRITER).findFirst();
  }

  Stream<FoundContainer> relays() {
    return withRole(Role.RELAY);
  }

  /** Whose network the others share, if it runs. */
  Optional<FoundContainer> network() {
    return sandbox()
        .or(() -> instances().stream().filter(FoundContainer::running).findFirst())
        .filter(FoundContainer::running);
  }

  /** The instance of a container, or guest, that runs. */
  Optional<FoundContainer> running(String container) {
    return latest(container).or(() -> guest(container)).filter(FoundContainer::running);
  }

  /** Those that joined it, by name. */
  List<FoundContainer> guests() {
    return withRole(Role.GUEST)
        .sorted(Comparator.comparing(found -> found.marks().container()))
        .toList();
  }

  Optional<FoundContainer> guest(String name) {
    return withRole(Role.GUEST).filter(found -> found.marks().container().equals(name)).findFirst();
  }

  List<FoundContainer> instances() {
    return withRole(Role.CONTAINER).toList();
  }

  Optional<FoundContainer> latest(String container) {
    return instancesOf(container).max(Comparator.comparing(found -> found.marks().instance()));
  }

  /**
   * The instance that people see: the latest, unless that is a restart that has not started, which
   * leaves the one before in view.
   */
  Optional<FoundContainer> shown(String container) {
    return latest(container)
        .flatMap(
            found ->
                found.made() && found.marks().instance() > 0
                    ? instance(container, found.marks().instance() - 1)
                    : Optional.of(found));
  }

  /** Where it answers. */
  List<String> addresses() {
    return anchor().addresses();
  }

  Optional<FoundContainer> instance(String container, int number) {
    return instancesOf(container).filter(found -> found.marks().instance() == number).findFirst();
  }

  /** The instance before {@code found}, as long as the engine has it. */
  Optional<FoundContainer> before(FoundContainer found) {
    return instance(found.marks().container(), found.marks().instance() - 1);
  }

  /** Whether somebody asked this group to stop: it must not be restarted any more. */
  boolean stopped() {
    return stopBy().isPresent();
  }

  /** When at the latest it is to have ended; empty if nobody asked it to stop. */
  Optional<Instant> stopBy() {
    return all.stream().flatMap(found -> Names.stoppedBy(found.name()).stream()).findFirst();
  }

  /** Whether the group needs a sandbox, by what it says of itself. */
  boolean sandboxed() {
    // One that shares its processes has one without needing it otherwise.
    return sandbox().isPresent() || DockerRequests.sandboxed(listed(), marks().restartPolicy());
  }

  /** The container whose name tells that the group was stopped: it lives as long as the group. */
  FoundContainer anchor() {
    return sandbox().orElseGet(() -> instances().stream().findFirst().orElse(all.getFirst()));
  }

  /**
   * Whether nothing of it is left to a launch: all is made, and what comes first was started, or
   * could not be; or it came to its end without the rest.
   */
  boolean complete() {
    return over()
        || (!sandboxed() || sandbox().filter(found -> !found.made()).isPresent())
            && listed().stream().allMatch(listed -> latest(listed.name()).isPresent())
            && firstOnes().allMatch(this::begun);
  }

  /** The containers that wait for no other. */
  private Stream<Marks.Listed> firstOnes() {
    return initialises() ? listed().stream().limit(1) : listed().stream();
  }

  private boolean begun(Marks.Listed listed) {
    return latest(listed.name())
        .filter(found -> !found.made() || found.marks().instance() > 0)
        .isPresent();
  }

  private List<Marks.Listed> listed() {
    return marks().containers();
  }

  private boolean initialises() {
    return listed().getFirst().part() != Part.MAIN;
  }

  private boolean hasSidecars() {
    return listed().stream().anyMatch(listed -> listed.part() == Part.SIDECAR);
  }

  /** Whether no container runs and none will be started again. */
  boolean finished() {
    boolean quiet = instances().stream().noneMatch(FoundContainer::mayRun);
    return quiet && (stopped() || over());
  }

  /** Whether it is to end by itself, or has: only sidecars may still run. */
  boolean over() {
    return GroupRule.over(supervised(FoundGroup::how, _ -> true));
  }

  /** Whether a container that ended is started again, now or later. */
  boolean restarts(FoundContainer found) {
    return !stopped()
        && !over()
        && exit(found)
            .filter(
                exit ->
                    RestartRule.after(found.marks().restarts(), ended(found, exit))
                        instanceof RestartRule.Verdict.Restart)
            .isPresent();
  }

  /**
   * What a supervisor may do here; empty where nothing is ever left to one.
   *
   * @param startedUp of a container that runs and may have to be waited for
   */
  Optional<SupervisedGroup> supervised(Predicate<TendedContainer> startedUp) {
    boolean left =
        stopped()
            ? hasSidecars()
            : initialises()
                || listed().stream()
                    .anyMatch(listed -> listed.restarts(marks().restartPolicy()).possible());
    if (!left || sandbox().isEmpty()) {
      return Optional.empty();
    }
    // Until the first one was started, all of it is the launch's.
    boolean launched = initialises() && begun(listed().getFirst());
    return Optional.of(
        supervised(
            latest ->
                launched || !(how(latest) instanceof Latest.Made)
                    ? how(latest)
                    : new Latest.Absent(),
            found -> startedUp.test(tended(found))));
  }

  /** Whether this is what comes next, now or later. */
  boolean wantsStarted(String container, int number, Predicate<TendedContainer> startedUp) {
    return supervised(startedUp).stream()
        .flatMap(group -> GroupRule.next(group).stream())
        .anyMatch(
            step ->
                step instanceof Step.Start(var name, _, var next, _)
                    && name.equals(container)
                    && next == number);
  }

  /** What runs of a group that is to end, without what has to wait for that. */
  List<FoundContainer> firstToEnd() {
    var running = instances().stream().filter(FoundContainer::mayRun).toList();
    var first =
        Stream.concat(
                running.stream().filter(found -> found.marks().part() != Part.SIDECAR),
                guests().stream().filter(FoundContainer::mayRun))
            .toList();
    if (!first.isEmpty()) {
      return first;
    }
    var names = listed().stream().map(Marks.Listed::name).toList();
    return running.stream()
        .max(Comparator.comparing(found -> names.indexOf(found.marks().container())))
        .stream()
        .toList();
  }

  private SupervisedGroup supervised(
      Function<Optional<FoundContainer>, Latest> how, Predicate<FoundContainer> startedUp) {
    return new SupervisedGroup(
        marks().group(),
        marks().restartPolicy(),
        marks().grace(),
        stopBy(),
        listed().stream()
            .map(
                listed ->
                    new SupervisedContainer(
                        listed.name(),
                        listed.part(),
                        listed.ownRestarts(),
                        how.apply(latest(listed.name())),
                        startedUp(listed, startedUp)))
            .toList());
  }

  private boolean startedUp(Marks.Listed listed, Predicate<FoundContainer> startedUp) {
    return latest(listed.name())
        .filter(found -> found.marks().care().delaysStart())
        .map(startedUp::test)
        .orElse(true);
  }

  /** What runs and has to be looked after. */
  Stream<TendedContainer> tended() {
    return instances().stream()
        .filter(FoundContainer::running)
        .filter(found -> !found.marks().care().equals(Care.NONE))
        .map(this::tended);
  }

  /** One of the group's instances, as those see it who look after it. */
  TendedContainer tended(FoundContainer found) {
    return new TendedContainer(
        found.instanceId(),
        found.marks().owner(),
        found.id(),
        found.status() instanceof Status.Running(var since) ? since : Instant.MIN,
        found.marks().care(),
        addresses().stream().findFirst(),
        found.marks().restarts().policy(),
        found.marks().grace(),
        stopped() || over(),
        found.milestones());
  }

  /** How the latest instance of a container is, as the engine has it. */
  static Latest how(Optional<FoundContainer> latest) {
    if (latest.isEmpty()) {
      return new Latest.Absent();
    }
    var found = latest.get();
    return switch (found.status()) {
      case Status.Running _ -> new Latest.Up();
      case Status.Unread _ -> new Latest.Unread();
      case Status.Made _ ->
          found.marks().instance() == 0
              ? new Latest.Made()
              : new Latest.CutOff(found.marks().instance(), found.marks().backOff());
      case Status.Ended(var exit) -> new Latest.Down(ended(found, exit));
    };
  }

  static EndedInstance ended(FoundContainer found, Exited exit) {
    return new EndedInstance(
        found.marks().instance(),
        exit.code(),
        exit.since(),
        exit.at(),
        found.marks().backOff(),
        found.milestones().contains(Milestone.UNHEALTHY));
  }

  static Optional<Exited> exit(FoundContainer found) {
    return found.status() instanceof Status.Ended(var exit) ? Optional.of(exit) : Optional.empty();
  }

  private Stream<FoundContainer> instancesOf(String container) {
    return withRole(Role.CONTAINER).filter(found -> found.marks().container().equals(container));
  }

  private Stream<FoundContainer> withRole(Role role) {
    return all.stream().filter(found -> found.marks().role() == role);
  }
}
