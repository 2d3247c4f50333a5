package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerMount;
import com.github.dockerjava.api.model.ContainerNetwork;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.docker.FoundContainer.Status;
import io.virtualnodes.backend.docker.ImagePulls.Member;
import io.virtualnodes.backend.supervisor.RestartRule;
import io.virtualnodes.backend.supervisor.Standing;
import io.virtualnodes.backend.supervisor.TendedContainer;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How what an engine says reads as an observation: nothing but values. */
final class DockerObservations {
  /** What the kubelet gives a container that could not be started. */
  private static final int START_ERROR = 128;

  private static final Pattern FILE_OF_A_VOLUME = Pattern.compile("/volumes/([^/]+)/_data/");

  private DockerObservations() {}

  /**
   * A container as the engine lists it, with what the list does not tell; empty if it is not ours.
   * A container made from a copy of one of ours has our labels, but never the name that goes with
   * them.
   */
  static Optional<FoundContainer> found(
      Container listed, Names names, Status status, String image, String imageId) {
    var name = name(listed);
    return Marks.of(listed.getLabels())
        .filter(marks -> names.belongsTo(marks.group(), name))
        .map(
            marks ->
                new FoundContainer(
                    listed.getId(), name, marks, status, image, imageId, addresses(listed)));
  }

  static String name(Container listed) {
    // With links to it, a container has several names; its own has no second slash.
    return java.util.Arrays.stream(listed.getNames())
        .map(name -> name.substring(1))
        .filter(name -> name.indexOf('/') < 0)
        .findFirst()
        .orElse("");
  }

  /** The volume that a container mounts, whole or a file of it; empty if it is something else. */
  static Optional<String> volume(ContainerMount mount) {
    if (mount.getName() != null && !mount.getName().isEmpty()) {
      return Optional.of(mount.getName());
    }
    var file = FILE_OF_A_VOLUME.matcher(Optional.ofNullable(mount.getSource()).orElse(""));
    return file.find() ? Optional.of(file.group(1)) : Optional.empty();
  }

  static List<String> addresses(Container listed) {
    var settings = listed.getNetworkSettings();
    if (settings == null || settings.getNetworks() == null) {
      return List.of();
    }
    return settings.getNetworks().values().stream()
        .map(ContainerNetwork::getIpAddress)
        .filter(address -> address != null && !address.isEmpty())
        .toList();
  }

  static List<String> addresses(InspectContainerResponse inspected) {
    return inspected.getNetworkSettings().getNetworks().values().stream()
        .map(ContainerNetwork::getIpAddress)
        .filter(address -> address != null && !address.isEmpty())
        .toList();
  }

  static Status status(InspectContainerResponse inspected) {
    var state = inspected.getState();
    return switch (state.getStatus()) {
      // What the engine could not do once it may do later: only for its own fault has it ended.
      case "created" ->
          error(state)
              .filter(DockerFailures::liesInTheContainer)
              .<Status>map(
                  error -> new Status.Ended(notStarted(error, instant(inspected.getCreated()))))
              .orElseGet(Status.Made::new);
      case "running", "paused", "restarting" -> new Status.Running(instant(state.getStartedAt()));
      case "exited", "dead" -> new Status.Ended(exited(state));
      default -> new Status.Unread();
    };
  }

  private static Exited notStarted(String error, Instant at) {
    return new Exited(START_ERROR, Exited.START_ERROR, error, at, at);
  }

  private static Exited exited(InspectContainerResponse.ContainerState state) {
    int code = Math.toIntExact(state.getExitCodeLong());
    boolean outOfMemory = Boolean.TRUE.equals(state.getOOMKilled());
    var at = instant(state.getFinishedAt());
    var since = instant(state.getStartedAt());
    return new Exited(
        code,
        outOfMemory ? "OOMKilled" : code == 0 ? "Completed" : "Error",
        error(state).orElse(""),
        // The engine notes a start after the fact: a container can end before that.
        since.isAfter(at) ? at : since,
        at);
  }

  private static Optional<String> error(InspectContainerResponse.ContainerState state) {
    return Optional.ofNullable(state.getError()).filter(error -> !error.isEmpty());
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      // Engines write some times with their zone's offset.
      return java.time.OffsetDateTime.parse(text).toInstant();
    }
  }

  /**
   * One group.
   *
   * @param launching whether this process is making it right now
   * @param trouble why that does not get on
   * @param pulls why a container's image is not there
   * @param awaited guests that are not made yet
   * @param standing how one is that runs
   */
  static Observation observe(
      FoundGroup group,
      boolean launching,
      Optional<Waiting> trouble,
      Function<Member, Optional<Waiting>> pulls,
      Stream<String> awaited,
      Function<TendedContainer, Standing> standing,
      String runtime,
      Instant now) {
    var marks = group.marks();
    var progress = progress(group, launching);
    var containers =
        marks.containers().stream()
            .map(Marks.Listed::name)
            .map(
                name ->
                    observe(
                        group,
                        name,
                        waiting(marks.group(), name, trouble, pulls),
                        pulls,
                        standing,
                        runtime,
                        now))
            .toList();
    var finishedAt =
        group.instances().stream()
            .flatMap(found -> FoundGroup.exit(found).stream())
            .map(Exited::at)
            .max(Comparator.naturalOrder())
            .orElse(marks.acceptedAt());
    return new Observation(
        marks.group(),
        marks.owner(),
        progress,
        containers,
        Stream.concat(
                group.guests().stream().map(found -> guest(found, runtime)),
                awaited.map(
                    name -> notMade(name, waiting(marks.group(), name, Optional.empty(), pulls))))
            .toList(),
        group.addresses(),
        marks.acceptedAt(),
        Optional.empty(),
        progress == Progress.FINISHED ? Optional.of(finishedAt) : Optional.empty(),
        Optional.empty());
  }

  private static ContainerObservation guest(FoundContainer found, String runtime) {
    return new ContainerObservation(
        found.marks().container(),
        state(found, Standing.LEFT_ALONE, new Waiting(Waiting.CREATING, "")),
        Optional.empty(),
        "",
        0,
        found.image(),
        found.imageId(),
        id(runtime, found));
  }

  private static String id(String runtime, FoundContainer found) {
    return runtime + "://" + found.id();
  }

  private static Progress progress(FoundGroup group, boolean launching) {
    if (group.finished()) {
      return Progress.FINISHED;
    }
    return launching || group.stopped() || group.complete() ? Progress.ALIVE : Progress.PARTIAL;
  }

  private static ContainerObservation observe(
      FoundGroup group,
      String name,
      Waiting before,
      Function<Member, Optional<Waiting>> pulls,
      Function<TendedContainer, Standing> standing,
      String runtime,
      Instant now) {
    var shown = group.shown(name);
    if (shown.isEmpty()) {
      return notMade(name, before);
    }
    var found = shown.get();
    var pause = pause(group, found, pulls, now);
    var former = pause.isPresent() ? shown : group.before(found);
    var stands = found.running() ? standing.apply(group.tended(found)) : Standing.LEFT_ALONE;
    return new ContainerObservation(
        name,
        pause
            .<ContainerState>map(Function.identity())
            .orElseGet(() -> state(found, stands, before)),
        former.flatMap(FoundGroup::exit),
        former.map(one -> id(runtime, one)).orElse(""),
        found.marks().instance(),
        found.image(),
        found.imageId(),
        id(runtime, found),
        stands.health());
  }

  /**
   * What a container waits for that ended and is to be started again; empty if it does not wait.
   * While it waits, it is the previous instance itself.
   */
  static Optional<Waiting> pause(
      FoundGroup group,
      FoundContainer found,
      Function<Member, Optional<Waiting>> pulls,
      Instant now) {
    var exit = FoundGroup.exit(found);
    if (exit.isEmpty() || !group.restarts(found)) {
      return Optional.empty();
    }
    var marks = found.marks();
    return pulls
        .apply(new Member(marks.group(), marks.container()))
        .or(
            () ->
                RestartRule.waiting(
                    marks.restarts(),
                    marks.group(),
                    marks.owner(),
                    marks.container(),
                    FoundGroup.ended(found, exit.get()),
                    now))
        // For others it may have ended for good by its exit code: that end is never theirs to see.
        .or(
            () ->
                found.milestones().contains(Milestone.UNHEALTHY)
                    ? Optional.of(new Waiting(Waiting.CREATING, ""))
                    : Optional.empty());
  }

  private static ContainerState state(FoundContainer found, Standing stands, Waiting before) {
    return switch (found.status()) {
      case Status.Made _ -> before;
      case Status.Unread _ -> new Waiting(Waiting.CREATING, "");
      case Status.Running(var since) ->
          stands.postStarted() ? new Running(since) : new Waiting(Waiting.CREATING, "");
      case Status.Ended(var exit) -> exit;
    };
  }

  /** A container of which the engine has nothing yet. */
  static ContainerObservation notMade(String name, Waiting waiting) {
    return new ContainerObservation(name, waiting, Optional.empty(), "", 0, "", "", "");
  }

  /** What a container is waiting for that was never started. */
  static Waiting waiting(
      GroupId group,
      String container,
      Optional<Waiting> trouble,
      Function<Member, Optional<Waiting>> pulls) {
    return pulls
        .apply(new Member(group, container))
        .or(() -> trouble)
        .orElseGet(() -> new Waiting(Waiting.CREATING, ""));
  }
}
