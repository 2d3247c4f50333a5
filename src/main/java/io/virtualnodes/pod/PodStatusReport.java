package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import java.time.Instant;
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

  private static final Set<String> FIRST_CREATION =
      Set.of(Waiting.CREATING, ContainerStatuses.INITIALIZING);

  /** The status of a pod whose group was seen. */
  static PodStatusReport of(Pod pod, Observation group, NodeFacts node, Instant now) {
    var statuses = ContainerStatuses.of(pod, group, node, now);
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
        Stream.concat(
                end.filter(PodEnd::disrupted).stream()
                    .map(one -> disruption(pod, PodEnd.BY_KUBELET, one.message(), now)),
                terminal(phase)
                    ? Stream.<PodCondition>empty()
                    : PodResize.condition(pod, statuses, now).stream())
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
            ? ContainerStatuses.withoutVariables(pod, message)
            : ContainerStatuses.NONE,
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
        ContainerStatuses.ended(pod, message, now),
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
        ContainerStatuses.ended(pod, message, now),
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
        // An API server of before this field keeps none, and would be told again and again.
        || current.getObservedGeneration() != null
            && !current.getObservedGeneration().equals(status.getObservedGeneration())
        || !status.getContainerStatuses().equals(current.getContainerStatuses())
        || !status.getInitContainerStatuses().equals(current.getInitContainerStatuses())
        // As written: none are left as they are.
        || !status.getEphemeralContainerStatuses().isEmpty()
            && !status
                .getEphemeralContainerStatuses()
                .equals(current.getEphemeralContainerStatuses())
        || status.getConditions().stream()
            .anyMatch(
                ours -> current.getConditions().stream().noneMatch(told -> saysSo(told, ours)));
  }

  /** Whether a condition says what ours does, as far as the API server keeps it. */
  private static boolean saysSo(PodCondition told, PodCondition ours) {
    return told.getObservedGeneration() == null
        ? told.equals(new PodConditionBuilder(ours).withObservedGeneration(null).build())
        : told.equals(ours);
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
    fields.put("observedGeneration", condition.getObservedGeneration());
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
      ContainerStatuses containers,
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
    boolean started = containers.anyStarted();
    var conditions = new ArrayList<PodCondition>();
    conditions.add(
        PodReadiness.condition(
            pod, "PodReadyToStartContainers", started || !podIps.isEmpty(), null, null, now));
    conditions.addAll(PodReadiness.of(pod, phase, containers, now));
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

  /** By it controllers know that a pod's end was none of its doing. */
  private static PodCondition disruption(Pod pod, String reason, String message, Instant now) {
    return PodReadiness.condition(pod, "DisruptionTarget", true, reason, message, now);
  }

  private static String startTime(Pod pod, Instant otherwise) {
    return Optional.ofNullable(pod.getStatus().getStartTime())
        .orElseGet(() -> ContainerStatuses.time(otherwise));
  }
}
