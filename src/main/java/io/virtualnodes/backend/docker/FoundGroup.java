package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.docker.FoundContainer.Status;
import io.virtualnodes.backend.docker.Marks.Role;
import io.virtualnodes.backend.supervisor.EndedInstance;
import io.virtualnodes.backend.supervisor.RestartRule;
import io.virtualnodes.backend.supervisor.SupervisedGroup;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.SupervisedGroup.SupervisedContainer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** All containers that the engine has of one group; at least one. */
record FoundGroup(List<FoundContainer> all) {

  FoundGroup {
    all = List.copyOf(all);
    if (all.isEmpty()) {
      throw new IllegalArgumentException("a group that was found has a container");
    }
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

  /** How the instance before {@code found} ended, as long as the engine has it. */
  Optional<Exited> before(FoundContainer found) {
    return instance(found.marks().container(), found.marks().instance() - 1)
        .flatMap(FoundGroup::exit);
  }

  /** Whether somebody asked this group to stop: it must not be restarted any more. */
  boolean stopped() {
    return all.stream().anyMatch(found -> Names.isStopped(found.name()));
  }

  /** Whether the group needs a sandbox, by what it says of itself. */
  boolean sandboxed() {
    return DockerRequests.sandboxed(marks().containers().size(), marks().restartPolicy());
  }

  /** The container whose name tells that the group was stopped: it lives as long as the group. */
  FoundContainer anchor() {
    return sandbox().orElseGet(() -> instances().stream().findFirst().orElse(all.getFirst()));
  }

  /** Whether nothing of it is left to be made: each container was started, or could not be. */
  boolean complete() {
    return (!sandboxed() || sandbox().filter(found -> !found.made()).isPresent())
        && marks().containers().stream()
            .allMatch(
                name ->
                    latest(name)
                        .filter(found -> !found.made() || found.marks().instance() > 0)
                        .isPresent());
  }

  /** Whether no container runs and none will be started again. */
  boolean finished() {
    return stopped()
        ? instances().stream().noneMatch(FoundContainer::mayRun)
        : marks().containers().stream()
            .allMatch(name -> latest(name).filter(this::over).isPresent());
  }

  private boolean over(FoundContainer found) {
    return exit(found).isPresent() && !restarts(found);
  }

  /** Whether a container that ended is started again, now or later. */
  boolean restarts(FoundContainer found) {
    return !stopped()
        && exit(found)
            .filter(
                exit ->
                    RestartRule.after(marks().restartPolicy(), ended(found, exit))
                        instanceof RestartRule.Verdict.Restart)
            .isPresent();
  }

  /** What a supervisor may do here; empty where nothing is ever restarted. */
  Optional<SupervisedGroup> supervised() {
    if (stopped() || marks().restartPolicy() == RestartPolicy.NEVER || sandbox().isEmpty()) {
      return Optional.empty();
    }
    var containers =
        marks().containers().stream()
            .map(name -> new SupervisedContainer(name, supervised(latest(name))))
            .toList();
    return Optional.of(new SupervisedGroup(marks().group(), marks().restartPolicy(), containers));
  }

  private static Latest supervised(Optional<FoundContainer> latest) {
    if (latest.isEmpty()) {
      return new Latest.Up();
    }
    var found = latest.get();
    return switch (found.status()) {
      case Status.Running _, Status.Unread _ -> new Latest.Up();
      case Status.Made _ ->
          found.marks().instance() == 0
              ? new Latest.Up()
              : new Latest.CutOff(found.marks().instance(), found.marks().backOff());
      case Status.Ended(var exit) -> new Latest.Down(ended(found, exit));
    };
  }

  static EndedInstance ended(FoundContainer found, Exited exit) {
    return new EndedInstance(
        found.marks().instance(), exit.code(), exit.since(), exit.at(), found.marks().backOff());
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
