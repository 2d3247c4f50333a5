package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The status of one pod as we derive it: the fields that a kubelet owns, and no others.
 *
 * @param status what to write; conditions hold our own types only
 * @param annotations written in the same request
 */
public record PodStatusReport(PodStatus status, Map<String, String> annotations) {
  /** Phases of https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase. */
  static final String PENDING = "Pending";

  static final String RUNNING = "Running";
  static final String SUCCEEDED = "Succeeded";
  static final String FAILED = "Failed";

  private static final Set<String> OUR_CONDITIONS =
      Set.of(
          "PodReadyToStartContainers",
          "Initialized",
          "ContainersReady",
          "Ready",
          "DisruptionTarget");

  /** The kubelet's word for what waits in a pod that has init containers. */
  private static final String INITIALIZING = "PodInitializing";

  private static final Set<String> FIRST_CREATION = Set.of(Waiting.CREATING, INITIALIZING);

  /** What all messages of ended containers may take together, as at the kubelet. */
  private static final int MESSAGE_BYTES = 12 * 1024;

  // The kubelet's own words for a container that it can no longer find.
  private static final String UNKNOWN = "ContainerStatusUnknown";
  private static final int KILLED = 137;

  /** The status of a pod whose group was seen. */
  static PodStatusReport of(Pod pod, Observation group, NodeFacts node, Instant now) {
    var statuses = Statuses.of(pod, group, node, now);
    var phase = phase(pod, group);
    var end = phase.equals(FAILED) ? PodEnd.of(pod, group, now) : Optional.<PodEnd>empty();
    return report(
        pod,
        node,
        now,
        phase,
        end.map(PodEnd::reason).orElse(null),
        end.map(PodEnd::message).orElse(null),
        statuses,
        oneOfEachFamily(group.addresses()),
        startTime(pod, group.createdAt()),
        end.filter(PodEnd::disrupted).stream()
            .map(one -> disruption(pod, PodEnd.BY_KUBELET, one.message(), now))
            .toList(),
        annotations(group, node));
  }

  private static Map<String, String> annotations(Observation group, NodeFacts node) {
    var annotations = new LinkedHashMap<String, String>();
    annotations.put(PodKeys.GROUP, group.id().toString());
    annotations.put(PodKeys.BACKEND, node.backend());
    group.price().ifPresent(price -> annotations.put(PodKeys.PRICE, price.toString()));
    return annotations;
  }

  /** A pod that waits for something outside itself. */
  static PodStatusReport waiting(
      Pod pod, String reason, String message, NodeFacts node, Instant now) {
    return report(
        pod,
        node,
        now,
        PENDING,
        reason,
        message,
        reason.equals(PodFailure.CONFIG_ERROR)
            ? Statuses.withoutVariables(pod, message)
            : Statuses.NONE,
        List.of(),
        startTime(pod, now),
        List.of(),
        Map.of());
  }

  /** A pod that ends without having been started. */
  static PodStatusReport failed(
      Pod pod, String reason, String message, NodeFacts node, Instant now) {
    return report(
        pod,
        node,
        now,
        FAILED,
        reason,
        message,
        ended(pod, message, now),
        List.of(),
        startTime(pod, now),
        List.of(),
        Map.of());
  }

  /** A pod that ran and whose group is gone from its backend. */
  static PodStatusReport lost(Pod pod, NodeFacts node, Instant now) {
    var message = "The pod's containers are gone from backend " + node.backend() + ".";
    var disruption = disruption(pod, "GroupLost", message, now);
    return report(
        pod,
        node,
        now,
        FAILED,
        "GroupLost",
        message,
        ended(pod, message, now),
        List.of(),
        startTime(pod, now),
        List.of(disruption),
        Map.of());
  }

  /** Whether writing this would change anything that we own. */
  boolean differsFrom(PodStatus current) {
    return !Objects.equals(status.getPhase(), current.getPhase())
        || !Objects.equals(status.getReason(), current.getReason())
        || !Objects.equals(status.getMessage(), current.getMessage())
        || !Objects.equals(status.getPodIPs(), current.getPodIPs())
        || !Objects.equals(status.getHostIP(), current.getHostIP())
        || !Objects.equals(status.getStartTime(), current.getStartTime())
        || !status.getContainerStatuses().equals(current.getContainerStatuses())
        || !status.getInitContainerStatuses().equals(current.getInitContainerStatuses())
        // As written: none are left as they are.
        || !status.getEphemeralContainerStatuses().isEmpty()
            && !status
                .getEphemeralContainerStatuses()
                .equals(current.getEphemeralContainerStatuses())
        || status.getConditions().stream()
            .anyMatch(ours -> !current.getConditions().contains(ours));
  }

  /**
   * Whether it says something that people or controllers wait for. Containers that are being
   * created for the first time are what a fresh Pending pod already tells, and not worth a write of
   * their own.
   */
  boolean worthWriting() {
    return !status.getPhase().equals(PENDING)
        || status.getReason() != null
        || Stream.concat(
                status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
            .map(container -> container.getState().getWaiting())
            .anyMatch(waiting -> waiting == null || !FIRST_CREATION.contains(waiting.getReason()));
  }

  /** Whether a container was ever started, as far as it is told. */
  static boolean hasRun(ContainerStatus status) {
    return status.getState() != null && status.getState().getWaiting() == null
        || status.getRestartCount() != null && status.getRestartCount() > 0;
  }

  private static boolean wasStarted(ContainerStatus status) {
    var state = status.getState();
    return state.getRunning() != null
        || state.getTerminated() != null && state.getTerminated().getStartedAt() != null;
  }

  boolean terminal() {
    return terminal(status.getPhase());
  }

  static boolean terminal(String phase) {
    return SUCCEEDED.equals(phase) || FAILED.equals(phase);
  }

  /**
   * The body of a strategic merge patch of the pod's status subresource. The uid makes the API
   * server refuse it for a successor of the same name.
   */
  Map<String, Object> patch(String uid) {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("uid", uid);
    if (!annotations.isEmpty()) {
      metadata.put("annotations", annotations);
    }
    var body = new LinkedHashMap<String, Object>();
    body.put("phase", status.getPhase());
    body.put("reason", status.getReason());
    body.put("message", status.getMessage());
    body.put("startTime", status.getStartTime());
    body.put("observedGeneration", status.getObservedGeneration());
    body.put("hostIP", status.getHostIP());
    body.put("hostIPs", replaced(status.getHostIPs()));
    body.put("podIP", status.getPodIP());
    body.put("podIPs", replaced(status.getPodIPs()));
    body.put("conditions", status.getConditions().stream().map(PodStatusReport::whole).toList());
    if (!status.getInitContainerStatuses().isEmpty()) {
      body.put("initContainerStatuses", status.getInitContainerStatuses());
    }
    body.put("containerStatuses", status.getContainerStatuses());
    if (!status.getEphemeralContainerStatuses().isEmpty()) {
      body.put("ephemeralContainerStatuses", status.getEphemeralContainerStatuses());
    }
    return Map.of("metadata", metadata, "status", body);
  }

  /** With what it does not say as null: merged by type, it would keep what its predecessor said. */
  private static Map<String, Object> whole(PodCondition condition) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("type", condition.getType());
    fields.put("status", condition.getStatus());
    fields.put("reason", condition.getReason());
    fields.put("message", condition.getMessage());
    fields.put("lastTransitionTime", condition.getLastTransitionTime());
    return fields;
  }

  /** The pod as it is once this is written; conditions of other writers stay. */
  Pod appliedTo(Pod pod) {
    var types = status.getConditions().stream().map(PodCondition::getType).toList();
    var others =
        pod.getStatus().getConditions().stream()
            .filter(condition -> !types.contains(condition.getType()))
            .toList();
    return new PodBuilder(pod)
        .withNewStatusLike(status)
        .addAllToConditions(others)
        .endStatus()
        .build();
  }

  private static List<Object> replaced(List<?> addresses) {
    return Stream.concat(Stream.of(Map.of("$patch", "replace")), addresses.stream()).toList();
  }

  private static PodStatusReport report(
      Pod pod,
      NodeFacts node,
      Instant now,
      String phase,
      String reason,
      String message,
      Statuses containers,
      List<String> addresses,
      String startTime,
      List<PodCondition> furtherConditions,
      Map<String, String> annotations) {
    // A pod keeps the address that it had: that is how people find it in other systems' logs after
    // it ended.
    var podIps =
        addresses.isEmpty()
            ? pod.getStatus().getPodIPs()
            : addresses.stream().map(PodIP::new).toList();
    boolean started = containers.all().anyMatch(PodStatusReport::wasStarted);
    var conditions = new ArrayList<PodCondition>();
    conditions.add(
        condition(pod, "PodReadyToStartContainers", started || !podIps.isEmpty(), null, null, now));
    conditions.add(initialized(pod, phase, containers, now));
    conditions.addAll(readiness(pod, phase, containers, now));
    conditions.addAll(furtherConditions);
    var status =
        new PodStatusBuilder()
            .withPhase(phase)
            .withReason(reason)
            .withMessage(message)
            .withStartTime(startTime)
            .withObservedGeneration(pod.getMetadata().getGeneration())
            .withHostIP(node.address())
            .withHostIPs(new HostIP(node.address()))
            .withPodIP(podIps.isEmpty() ? null : podIps.getFirst().getIp())
            .withPodIPs(podIps)
            .withConditions(conditions)
            .withInitContainerStatuses(containers.init())
            .withContainerStatuses(containers.main())
            .withEphemeralContainerStatuses(containers.ephemeral())
            .build();
    return new PodStatusReport(status, annotations);
  }

  /** Neither init containers nor sidecars count: without their success no other container runs. */
  private static String phase(Pod pod, Observation group) {
    if (group.progress() == Observation.Progress.FINISHED) {
      return group.interruption().isEmpty()
              && ofAllMain(pod, group, c -> c.state() instanceof Exited e && e.code() == 0)
          ? SUCCEEDED
          : FAILED;
    }
    // As the kubelet: Running once every container was started at least once.
    return ofAllMain(pod, group, c -> !(c.state() instanceof Waiting) || c.previous().isPresent())
        ? RUNNING
        : PENDING;
  }

  /** Of one that was not seen nothing is known, and nothing holds. */
  private static boolean ofAllMain(
      Pod pod, Observation group, Predicate<ContainerObservation> holds) {
    var names =
        group.containers().stream()
            .filter(holds)
            .map(ContainerObservation::name)
            .collect(Collectors.toSet());
    return pod.getSpec().getContainers().stream().map(Container::getName).allMatch(names::contains);
  }

  /** The API server takes one address of a family, and refuses a whole status that has two. */
  private static List<String> oneOfEachFamily(List<String> addresses) {
    var byFamily = new LinkedHashMap<Boolean, String>();
    addresses.forEach(address -> byFamily.putIfAbsent(address.indexOf(':') >= 0, address));
    return List.copyOf(byFamily.values());
  }

  private static String startTime(Pod pod, Instant otherwise) {
    return Optional.ofNullable(pod.getStatus().getStartTime()).orElseGet(() -> time(otherwise));
  }

  /**
   * What is told of the containers.
   *
   * @param init of the init containers, sidecars among them; as long as the spec's list, or empty
   * @param main of the others; as long as the spec's list, or empty
   * @param ephemeral of those that were added while the pod ran; nothing else depends on them
   */
  private record Statuses(
      List<ContainerStatus> init, List<ContainerStatus> main, List<ContainerStatus> ephemeral) {
    static final Statuses NONE = new Statuses(List.of(), List.of(), List.of());

    static Statuses of(Pod pod, Observation group, NodeFacts node, Instant now) {
      var seen =
          group.containers().stream().collect(Collectors.toMap(ContainerObservation::name, c -> c));
      var spec = pod.getSpec();
      int most = MESSAGE_BYTES / (spec.getInitContainers().size() + spec.getContainers().size());
      return new Statuses(
          spec.getInitContainers().stream()
              .map(c -> shortened(initStatus(pod, c, seen), most))
              .toList(),
          spec.getContainers().stream()
              .map(c -> atTheEnd(pod, group, mainStatus(pod, c, seen)))
              .map(status -> shortened(status, most))
              .toList(),
          ephemeral(pod, group, node, now));
    }

    /**
     * Nothing is made before all variables are known: each container that refers to something waits
     * for it, as the kubelet says it of a container, and the others for those.
     */
    static Statuses withoutVariables(Pod pod, String message) {
      var spec = pod.getSpec();
      return new Statuses(
          spec.getInitContainers().stream()
              .map(c -> withoutVariables(c, initStatus(pod, c, Map.of()), message))
              .toList(),
          spec.getContainers().stream()
              .map(c -> withoutVariables(c, mainStatus(pod, c, Map.of()), message))
              .toList(),
          List.of());
    }

    private static ContainerStatus withoutVariables(
        Container container, ContainerStatus status, String message) {
      return PodReferences.inVariables(container)
          ? status
              .edit()
              .editState()
              .withNewWaiting()
              .withReason(PodFailure.CONFIG_ERROR)
              .withMessage(message)
              .endWaiting()
              .endState()
              .build()
          : status;
    }

    /**
     * As the kubelet: a container that waits in a pod that ended would be taken for trouble for
     * ever. Only where init containers failed it is told that the others were never reached.
     */
    private static ContainerStatus atTheEnd(Pod pod, Observation group, ContainerStatus status) {
      if (group.finishedAt().isEmpty()
          || status.getState().getWaiting() == null
          || !initialized(pod, group)) {
        return status;
      }
      return lastRun(status)
          .orElseGet(
              () ->
                  new ContainerStatusBuilder(status)
                      .withNewState()
                      .withNewTerminated()
                      .withExitCode(KILLED)
                      .withReason(UNKNOWN)
                      .withMessage("The pod ended while this container waited.")
                      .withFinishedAt(time(group.finishedAt().get()))
                      .endTerminated()
                      .endState()
                      .build());
    }

    private static boolean initialized(Pod pod, Observation group) {
      var ended =
          group.containers().stream()
              .filter(c -> c.state() instanceof Exited exited && exited.code() == 0)
              .map(ContainerObservation::name)
              .collect(Collectors.toSet());
      return pod.getSpec().getInitContainers().stream()
          .filter(c -> !PodContainers.isSidecar(c))
          .map(Container::getName)
          .allMatch(ended::contains);
    }

    private static List<ContainerStatus> ephemeral(
        Pod pod, Observation group, NodeFacts node, Instant now) {
      var statuses =
          pod.getSpec().getEphemeralContainers().stream()
              .map(wanted -> ephemeralStatus(pod, wanted, group, node))
              .toList();
      return group.progress() == Observation.Progress.FINISHED
          ? ended(statuses, "The pod ended before it.", now)
          : statuses;
    }

    /** With no more of each message than its share; the same if they have no more. */
    private static ContainerStatus shortened(ContainerStatus status, int most) {
      var state = shortened(status.getState(), most);
      var last = shortened(status.getLastState(), most);
      return state == status.getState() && last == status.getLastState()
          ? status
          : new ContainerStatusBuilder(status).withState(state).withLastState(last).build();
    }

    private static ContainerState shortened(ContainerState state, int most) {
      var message =
          Optional.ofNullable(state)
              .map(ContainerState::getTerminated)
              .map(ContainerStateTerminated::getMessage);
      if (message.isEmpty()) {
        return state;
      }
      var beginning = beginning(message.get(), most);
      return beginning.equals(message.get())
          ? state
          : new ContainerStateBuilder(state)
              .editTerminated()
              .withMessage(beginning)
              .endTerminated()
              .build();
    }

    /** As many whole characters as there is room for in UTF-8. */
    private static String beginning(String text, int bytes) {
      var decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.IGNORE);
      var room = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      var beginning = CharBuffer.allocate(text.length());
      decoder.decode(room.limit(Math.min(bytes, room.limit())), beginning, false);
      return beginning.flip().toString();
    }

    Stream<ContainerStatus> all() {
      return Stream.concat(init.stream(), main.stream());
    }
  }

  private static ContainerStatus mainStatus(
      Pod pod, Container container, Map<String, ContainerObservation> seen) {
    return onward(
        pod.getStatus().getContainerStatuses(),
        end -> PodRestarts.endedForGood(pod, container, end),
        containerStatus(pod, container, seen));
  }

  private static ContainerStatus initStatus(
      Pod pod, Container container, Map<String, ContainerObservation> seen) {
    var status = containerStatus(pod, container, seen);
    if (PodContainers.isSidecar(container)) {
      return status;
    }
    var ended = status.getState().getTerminated();
    var init =
        new ContainerStatusBuilder(status)
            .withReady(ended != null && ended.getExitCode() == 0)
            .build();
    return onward(
        pod.getStatus().getInitContainerStatuses(),
        end -> PodRestarts.endedForGood(pod, container, end),
        init);
  }

  /** As the kubelet's: never ready, and never started again. */
  private static ContainerStatus ephemeralStatus(
      Pod pod, EphemeralContainer wanted, Observation group, NodeFacts node) {
    var container =
        new ContainerBuilder().withName(wanted.getName()).withImage(wanted.getImage()).build();
    var refusals = PodGuests.refusals(pod, wanted.getName(), node);
    var status =
        refusals.isEmpty()
            ? PodGuests.seen(group, wanted.getName())
                .map(seen -> containerStatus(pod, container, seen, Waiting.CREATING))
                .orElseGet(() -> notObserved(container, Waiting.CREATING))
            : refused(container, String.join("; ", refusals));
    return onward(
        pod.getStatus().getEphemeralContainerStatuses(),
        _ -> true,
        new ContainerStatusBuilder(status).withReady(false).withStarted(null).build());
  }

  private static ContainerStatus refused(Container container, String why) {
    return new ContainerStatusBuilder(notObserved(container, "Unsupported"))
        .editState()
        .editWaiting()
        .withMessage(why)
        .endWaiting()
        .endState()
        .build();
  }

  /**
   * What ended for good stays ended, whoever started it again at the backend: the API server
   * refuses a whole status in which such a container runs.
   *
   * @param forGood whether the container is never started again after an end
   */
  private static ContainerStatus onward(
      List<ContainerStatus> current,
      Predicate<ContainerStateTerminated> forGood,
      ContainerStatus status) {
    if (status.getState().getTerminated() != null) {
      return status;
    }
    return current.stream()
        .filter(before -> before.getName().equals(status.getName()))
        .filter(before -> end(before).filter(forGood).isPresent())
        .findFirst()
        .orElse(status);
  }

  private static Optional<ContainerStateTerminated> end(ContainerStatus status) {
    return Optional.ofNullable(status.getState()).map(ContainerState::getTerminated);
  }

  private static ContainerStatus containerStatus(
      Pod pod, Container container, Map<String, ContainerObservation> observed) {
    var creating = pod.getSpec().getInitContainers().isEmpty() ? Waiting.CREATING : INITIALIZING;
    var seen = observed.get(container.getName());
    return seen == null
        ? notObserved(container, creating)
        : containerStatus(pod, container, seen, creating);
  }

  private static ContainerStatus containerStatus(
      Pod pod, Container container, ContainerObservation seen, String creating) {
    boolean running = seen.state() instanceof Running;
    var state = new ContainerStateBuilder();
    switch (seen.state()) {
      case Waiting(var reason, var message) ->
          state
              .withNewWaiting()
              .withReason(reason.equals(Waiting.CREATING) ? creating : reason)
              .withMessage(message.isEmpty() ? null : message)
              .endWaiting();
      case Running(var since) -> state.withNewRunning().withStartedAt(time(since)).endRunning();
      case Exited exited -> terminated(state, exited, seen.containerId());
    }
    var last = new ContainerStateBuilder();
    seen.previous().ifPresent(exited -> terminated(last, exited, seen.previousId()));
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(seen.image().isEmpty() ? container.getImage() : seen.image())
        .withImageID(seen.imageId())
        .withContainerID(seen.containerId().isEmpty() ? null : seen.containerId())
        .withRestartCount(seen.restarts())
        .withReady(running && ready(pod, seen))
        .withStarted(running && seen.health().map(Health::started).orElse(true))
        .withState(state.build())
        .withLastState(last.build())
        .build();
  }

  private static boolean ready(Pod pod, ContainerObservation seen) {
    return seen.health()
        .map(
            health ->
                switch (health.ready()) {
                  case YES -> true;
                  case NO -> false;
                  case AS_TOLD_BEFORE -> wasReady(pod, seen);
                })
        .orElse(true);
  }

  /** Of this very run of the container, whoever told it. */
  private static boolean wasReady(Pod pod, ContainerObservation seen) {
    var status = pod.getStatus();
    return Stream.concat(
            status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
        .filter(told -> told.getName().equals(seen.name()))
        .filter(told -> seen.containerId().equals(told.getContainerID()))
        .anyMatch(told -> Boolean.TRUE.equals(told.getReady()));
  }

  private static void terminated(ContainerStateBuilder state, Exited exited, String containerId) {
    state
        .withNewTerminated()
        .withExitCode(exited.code())
        .withReason(exited.reason())
        .withMessage(exited.message().isEmpty() ? null : exited.message())
        .withStartedAt(time(exited.since()))
        .withFinishedAt(time(exited.at()))
        .withContainerID(containerId.isEmpty() ? null : containerId)
        .endTerminated();
  }

  private static ContainerStatus notObserved(Container container, String creating) {
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withImageID("")
        .withRestartCount(0)
        .withReady(false)
        .withStarted(false)
        .withNewState()
        .withNewWaiting()
        .withReason(creating)
        .endWaiting()
        .endState()
        .withNewLastState()
        .endLastState()
        .build();
  }

  /**
   * Of a container that waited for its next run when there was none any more: it is as its last one
   * ended. Empty if it never ran, or runs.
   */
  private static Optional<ContainerStatus> lastRun(ContainerStatus status) {
    var last =
        Optional.ofNullable(status.getLastState())
            .filter(state -> state.getTerminated() != null)
            .filter(_ -> status.getState() != null && status.getState().getWaiting() != null);
    return last.map(
        state ->
            new ContainerStatusBuilder(status)
                .withReady(false)
                .withStarted(false)
                .withState(state)
                .withNewLastState()
                .endLastState()
                .build());
  }

  /**
   * The last known container statuses, with what had not ended ended at {@code now}. As the
   * kubelet: a container that waits in a pod that ended would be taken for trouble for ever.
   */
  private static Statuses ended(Pod pod, String message, Instant now) {
    return new Statuses(
        ended(pod.getStatus().getInitContainerStatuses(), message, now),
        ended(pod.getStatus().getContainerStatuses(), message, now).stream()
            .map(status -> new ContainerStatusBuilder(status).withReady(false).build())
            .toList(),
        ended(pod.getStatus().getEphemeralContainerStatuses(), message, now));
  }

  private static List<ContainerStatus> ended(
      List<ContainerStatus> statuses, String message, Instant now) {
    return statuses.stream()
        .map(
            status -> {
              var state = Optional.ofNullable(status.getState()).orElseGet(ContainerState::new);
              if (state.getTerminated() != null) {
                return status;
              }
              return lastRun(status).orElseGet(() -> cutOff(status, state, message, now));
            })
        .toList();
  }

  private static ContainerStatus cutOff(
      ContainerStatus status, ContainerState state, String message, Instant now) {
    return new ContainerStatusBuilder(status)
        .withReady(false)
        .withStarted(false)
        .withNewState()
        .withNewTerminated()
        .withExitCode(KILLED)
        .withReason(UNKNOWN)
        .withMessage(message)
        .withStartedAt(state.getRunning() == null ? null : state.getRunning().getStartedAt())
        .withFinishedAt(time(now))
        .withContainerID(status.getContainerID())
        .endTerminated()
        .endState()
        .build();
  }

  /** As the kubelet: once a main container was started, the pod has been initialized for ever. */
  private static PodCondition initialized(Pod pod, String phase, Statuses containers, Instant now) {
    var sidecars =
        pod.getSpec().getInitContainers().stream()
            .filter(PodContainers::isSidecar)
            .map(Container::getName)
            .collect(Collectors.toSet());
    // A sidecar is done with once it has started up, an init container once it succeeded.
    var passed =
        containers.init().stream()
            .filter(
                status ->
                    Boolean.TRUE.equals(status.getReady())
                        || Boolean.TRUE.equals(status.getStarted())
                            && sidecars.contains(status.getName()))
            .map(ContainerStatus::getName)
            .collect(Collectors.toSet());
    var incomplete =
        pod.getSpec().getInitContainers().stream()
            .map(Container::getName)
            .filter(name -> !passed.contains(name))
            .toList();
    boolean mainStarted = containers.main().stream().anyMatch(PodStatusReport::hasRun);
    if (incomplete.isEmpty() || mainStarted) {
      var reason = phase.equals(SUCCEEDED) ? "PodCompleted" : null;
      return condition(pod, "Initialized", true, reason, null, now);
    }
    var message = "containers with incomplete status: [" + String.join(" ", incomplete) + "]";
    return condition(pod, "Initialized", false, "ContainersNotInitialized", message, now);
  }

  private static List<PodCondition> readiness(
      Pod pod, String phase, Statuses containers, Instant now) {
    if (terminal(phase)) {
      var reason = phase.equals(SUCCEEDED) ? "PodCompleted" : "PodFailed";
      return List.of(
          condition(pod, "ContainersReady", false, reason, null, now),
          condition(pod, "Ready", false, reason, null, now));
    }
    var ready =
        containers
            .all()
            .filter(status -> Boolean.TRUE.equals(status.getReady()))
            .map(ContainerStatus::getName)
            .collect(Collectors.toSet());
    var sidecars = pod.getSpec().getInitContainers().stream().filter(PodContainers::isSidecar);
    var unready =
        Stream.concat(sidecars, pod.getSpec().getContainers().stream())
            .map(Container::getName)
            .filter(name -> !ready.contains(name))
            .toList();
    if (!unready.isEmpty()) {
      var message = "containers with unready status: [" + String.join(" ", unready) + "]";
      return List.of(
          condition(pod, "ContainersReady", false, "ContainersNotReady", message, now),
          condition(pod, "Ready", false, "ContainersNotReady", message, now));
    }
    var closedGates =
        pod.getSpec().getReadinessGates().stream()
            .map(PodReadinessGate::getConditionType)
            .filter(type -> current(pod, type).map(c -> !"True".equals(c.getStatus())).orElse(true))
            .toList();
    var containersReady = condition(pod, "ContainersReady", true, null, null, now);
    if (closedGates.isEmpty()) {
      return List.of(containersReady, condition(pod, "Ready", true, null, null, now));
    }
    var message = "corresponding condition of pod readiness gates is not True: " + closedGates;
    return List.of(
        containersReady, condition(pod, "Ready", false, "ReadinessGatesNotReady", message, now));
  }

  /** By it controllers know that a pod's end was none of its doing. */
  private static PodCondition disruption(Pod pod, String reason, String message, Instant now) {
    return condition(pod, "DisruptionTarget", true, reason, message, now);
  }

  private static PodCondition condition(
      Pod pod, String type, boolean holds, String reason, String message, Instant now) {
    assert OUR_CONDITIONS.contains(type) : type;
    var status = holds ? "True" : "False";
    var current = current(pod, type);
    var since =
        current
            .filter(c -> status.equals(c.getStatus()))
            .map(PodCondition::getLastTransitionTime)
            .orElseGet(() -> time(now));
    return new PodConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withLastTransitionTime(since)
        .build();
  }

  private static Optional<PodCondition> current(Pod pod, String type) {
    return pod.getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst();
  }

  /** Kubernetes' {@code Time}: whole seconds. */
  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
