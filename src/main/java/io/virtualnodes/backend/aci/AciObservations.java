package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupPropertiesInstanceView;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupRestartPolicy;
import com.azure.resourcemanager.containerinstance.models.Event;
import com.azure.resourcemanager.containerinstance.models.IpAddress;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How Azure's description of a group reads as an observation. */
final class AciObservations {
  static final String RUNTIME = "aci";

  /** A kubelet's word for an end of which nothing is known. */
  private static final String UNKNOWN = "ContainerStatusUnknown";

  // What a kubelet writes for such an end: as if killed.
  private static final int KILLED = 137;

  private static final Set<String> FAILED = Set.of("failed", "canceled");

  private final ContainerGroupInner group;
  private final AciTags tags;
  private final RestartPolicy policy;
  private final Map<String, ContainerObservation> before;

  private AciObservations(ContainerGroupInner group, AciTags tags, Optional<Observation> lastSeen) {
    this.group = group;
    this.tags = tags;
    this.policy = policy(group);
    this.before =
        lastSeen.map(Observation::containers).orElse(List.of()).stream()
            .collect(Collectors.toMap(ContainerObservation::name, Function.identity()));
  }

  /**
   * @param group as a read shows it, or, with less, a list
   * @param lastSeen what a read of this group showed before; ends that it showed stand
   */
  static Observation observe(
      ContainerGroupInner group, AciTags tags, Optional<Observation> lastSeen) {
    return new AciObservations(group, tags, lastSeen).observe();
  }

  /**
   * Whether the group must be stopped, lest Azure start again what must not run again: all of it
   * has ended, some of it failed, and its policy is never.
   */
  static boolean mustBeStopped(ContainerGroupInner group, Observation seen) {
    return policy(group) == RestartPolicy.NEVER
        && seen.progress() == Progress.FINISHED
        && !isStopped(group)
        && seen.containers().stream()
            .anyMatch(one -> one.state() instanceof Exited exited && exited.code() != 0);
  }

  static boolean isBeingDeleted(ContainerGroupInner group) {
    return "Deleting".equalsIgnoreCase(group.provisioningState());
  }

  /**
   * Whether Azure accepted the group and then could not make it. It goes on trying until deleted.
   */
  static boolean couldNotBeMade(ContainerGroupInner group) {
    var state = group.provisioningState();
    return state != null
        && FAILED.contains(state.toLowerCase(Locale.ROOT))
        && views(group)
            .noneMatch(view -> view.current().filter(AciObservations::hasStarted).isPresent());
  }

  /** What Azure said last of why it could not make the group. */
  static String whyNotMade(ContainerGroupInner group) {
    return Stream.concat(
            events(group).stream(), views(group).flatMap(view -> view.events().stream()))
        .filter(event -> "Warning".equalsIgnoreCase(event.type()))
        .max(Comparator.comparing(AciObservations::at))
        .map(event -> event.name() + ": " + event.message())
        .orElseGet(() -> "its provisioning state is " + group.provisioningState());
  }

  private static boolean hasStarted(
      com.azure.resourcemanager.containerinstance.models.ContainerState state) {
    return "Running".equalsIgnoreCase(state.state())
        || "Terminated".equalsIgnoreCase(state.state());
  }

  private Observation observe() {
    var containers = views(group).map(this::observe).toList();
    var progress = progress(containers);
    return new Observation(
        tags.group(),
        tags.owner(),
        progress,
        containers,
        Optional.ofNullable(group.ipAddress()).map(IpAddress::ip).stream().toList(),
        tags.createdAt(),
        progress == Progress.FINISHED ? Optional.of(finishedAt(containers)) : Optional.empty());
  }

  /** By the ends of the containers, since the state of the whole group lags and says less. */
  private Progress progress(List<ContainerObservation> containers) {
    boolean ends = isStopped(group) && containers.stream().noneMatch(AciObservations::runs);
    if (ends || initFailed(containers) || mainEnded(containers)) {
      return Progress.FINISHED;
    }
    return couldNotBeMade(group) ? Progress.PARTIAL : Progress.ALIVE;
  }

  private boolean mainEnded(List<ContainerObservation> containers) {
    return containers.stream()
        .skip(initCount())
        .allMatch(one -> one.state() instanceof Exited exited && over(policy, exited));
  }

  private boolean initFailed(List<ContainerObservation> containers) {
    return policy == RestartPolicy.NEVER
        && containers.stream()
            .limit(initCount())
            .anyMatch(one -> one.state() instanceof Exited exited && exited.code() != 0);
  }

  private int initCount() {
    return group.initContainers() == null ? 0 : group.initContainers().size();
  }

  private static boolean runs(ContainerObservation one) {
    return one.state() instanceof Running;
  }

  private Instant finishedAt(List<ContainerObservation> containers) {
    return containers.stream()
        .flatMap(one -> one.state() instanceof Exited exited ? Stream.of(exited.at()) : null)
        .max(Comparator.naturalOrder())
        // Of a group that was stopped before anything of it ran.
        .or(() -> events(group).stream().map(AciObservations::at).max(Comparator.naturalOrder()))
        .filter(at -> at.isAfter(tags.createdAt()))
        .orElse(tags.createdAt());
  }

  // ---- One container

  private ContainerObservation observe(ContainerView view) {
    var ended = finalEnd(view);
    if (ended.isPresent()) {
      // What Azure started again against the rules never was a restart.
      boolean never = policy.of(view.part()) == RestartPolicy.NEVER;
      return observation(
          view,
          ended.get(),
          never
              ? Optional.empty()
              : Optional.ofNullable(before.get(view.name()))
                  .flatMap(ContainerObservation::previous),
          never
              ? 0
              : Optional.ofNullable(before.get(view.name()))
                  .map(ContainerObservation::restarts)
                  .orElse(view.restarts()));
    }
    var state = state(view);
    return observation(
        view,
        state,
        // What it waits after is shown as its own end where no more will come.
        state instanceof Exited && !isTerminated(view)
            ? Optional.empty()
            : view.previous().filter(AciObservations::isTerminated).map(this::exited),
        view.restarts());
  }

  private ContainerObservation observation(
      ContainerView view, ContainerState state, Optional<Exited> previous, int restarts) {
    boolean made = !(state instanceof Waiting) || view.restarts() > 0;
    return new ContainerObservation(
        view.name(),
        state,
        previous,
        // While it waits, the run before the next one is the last that there was.
        previous.isEmpty() ? "" : id(view, state instanceof Waiting ? restarts : restarts - 1),
        restarts,
        made ? view.image() : "",
        "",
        made ? id(view, restarts) : "");
  }

  /** Azure has no ids for containers: the run is told by its number. */
  private String id(ContainerView view, int run) {
    return "%s://%s-%s-%d".formatted(RUNTIME, group.name(), view.name(), run);
  }

  /**
   * The end after which its policy lets nothing come any more: what was seen before stands, and of
   * a container that Azure started again the end before is the one that counts.
   */
  private Optional<Exited> finalEnd(ContainerView view) {
    var rule = policy.of(view.part());
    var seen =
        Optional.ofNullable(before.get(view.name()))
            .map(ContainerObservation::state)
            .flatMap(
                state -> state instanceof Exited exited ? Optional.of(exited) : Optional.empty())
            .filter(exited -> over(rule, exited));
    if (seen.isPresent()) {
      return seen;
    }
    var previous = view.previous().filter(AciObservations::isTerminated).map(this::exited);
    if (previous.filter(exited -> over(rule, exited)).isPresent()) {
      return previous;
    }
    boolean againstTheRules =
        rule == RestartPolicy.NEVER && view.restarts() > 0 && !isTerminated(view);
    return againstTheRules
        ? Optional.of(
            unknown(
                "Azure restarted the container and does not say how it had ended",
                view.current().flatMap(state -> ContainerView.instant(state.startTime()))))
        : Optional.empty();
  }

  private static boolean over(RestartPolicy policy, Exited exited) {
    return switch (policy) {
      case NEVER -> true;
      case ON_FAILURE -> exited.code() == 0;
      case ALWAYS -> false;
    };
  }

  private ContainerState state(ContainerView view) {
    var current =
        view.current().map(state -> state.state() == null ? "" : state.state()).orElse("");
    return switch (current.toLowerCase(Locale.ROOT)) {
      case "running" -> running(view);
      case "terminated" -> exited(view.current().orElseThrow());
      default -> isStopped(group) ? endedWhileWaiting(view) : waiting(view);
    };
  }

  private ContainerState running(ContainerView view) {
    if (!isStopped(group)) {
      return new Running(
          view.current()
              .flatMap(state -> ContainerView.instant(state.startTime()))
              .orElse(tags.createdAt()));
    }
    // Azure has taken the group's resources back, and nothing runs without.
    return unknown(
        "Azure stopped the group and does not say how the container ended",
        Stream.concat(view.events().stream(), events(group).stream())
            .map(AciObservations::at)
            .max(Comparator.naturalOrder()));
  }

  private ContainerState endedWhileWaiting(ContainerView view) {
    return view.previous()
        .filter(AciObservations::isTerminated)
        .<ContainerState>map(this::exited)
        .orElseGet(() -> new Waiting(Waiting.CREATING, ""));
  }

  private ContainerState waiting(ContainerView view) {
    var detail = view.current().map(AciObservations::detail).orElse("");
    if (detail.startsWith(Waiting.CRASH_LOOP)) {
      return new Waiting(
          Waiting.CRASH_LOOP,
          detail.substring(Waiting.CRASH_LOOP.length()).replaceFirst("^:? *", ""));
    }
    if (view.previous().filter(AciObservations::isTerminated).isPresent()) {
      return new Waiting(Waiting.CRASH_LOOP, detail);
    }
    return view.lastOfImage()
        .flatMap(AciObservations::troubleWithImage)
        .orElseGet(() -> new Waiting(Waiting.CREATING, ""));
  }

  private static Optional<ContainerState> troubleWithImage(Event event) {
    return switch (event.name()) {
      case "Failed" -> Optional.of(new Waiting(Waiting.PULL_FAILED, event.message()));
      case "BackOff" -> Optional.of(new Waiting(Waiting.PULL_BACK_OFF, event.message()));
      default -> Optional.empty();
    };
  }

  private Exited exited(com.azure.resourcemanager.containerinstance.models.ContainerState state) {
    var at = ContainerView.instant(state.finishTime());
    var since = ContainerView.instant(state.startTime());
    var end = at.or(() -> since).orElse(tags.createdAt());
    var start = since.filter(start1 -> !start1.isAfter(end)).orElse(end);
    if (state.exitCode() == null) {
      return new Exited(KILLED, UNKNOWN, "Azure tells no exit code: " + detail(state), start, end);
    }
    int code = state.exitCode();
    var detail = detail(state);
    boolean outOfMemory = detail.contains("OOMKilled");
    var reason = outOfMemory ? "OOMKilled" : code == 0 ? "Completed" : "Error";
    boolean saysMore =
        !detail.equals("Completed") && !detail.equals("Error") && !detail.equals("OOMKilled");
    return new Exited(code, reason, saysMore ? detail : "", start, end);
  }

  private Exited unknown(String message, Optional<Instant> at) {
    var when = at.filter(one -> one.isAfter(tags.createdAt())).orElse(tags.createdAt());
    return new Exited(KILLED, UNKNOWN, message, when, when);
  }

  // ---- Azure's words

  static Stream<ContainerView> views(ContainerGroupInner group) {
    var init =
        Optional.ofNullable(group.initContainers()).orElse(List.of()).stream()
            .map(ContainerView::of);
    var main =
        Optional.ofNullable(group.containers()).orElse(List.of()).stream().map(ContainerView::of);
    return Stream.concat(init, main);
  }

  private static RestartPolicy policy(ContainerGroupInner group) {
    if (ContainerGroupRestartPolicy.NEVER.equals(group.restartPolicy())) {
      return RestartPolicy.NEVER;
    }
    return ContainerGroupRestartPolicy.ON_FAILURE.equals(group.restartPolicy())
        ? RestartPolicy.ON_FAILURE
        : RestartPolicy.ALWAYS;
  }

  private static boolean isStopped(ContainerGroupInner group) {
    return Optional.ofNullable(group.instanceView())
        .map(ContainerGroupPropertiesInstanceView::state)
        .filter("Stopped"::equalsIgnoreCase)
        .isPresent();
  }

  private static boolean isTerminated(ContainerView view) {
    return view.current().filter(AciObservations::isTerminated).isPresent();
  }

  private static boolean isTerminated(
      com.azure.resourcemanager.containerinstance.models.ContainerState state) {
    return "Terminated".equalsIgnoreCase(state.state());
  }

  private static String detail(
      com.azure.resourcemanager.containerinstance.models.ContainerState state) {
    return state.detailStatus() == null ? "" : state.detailStatus();
  }

  private static List<Event> events(ContainerGroupInner group) {
    return Optional.ofNullable(group.instanceView())
        .map(ContainerGroupPropertiesInstanceView::events)
        .orElse(List.of());
  }

  private static Instant at(Event event) {
    return ContainerView.instant(event.lastTimestamp()).orElse(Instant.MIN);
  }
}
