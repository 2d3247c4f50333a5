package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.GroupId;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a node and its pods use: pure, and what every format of it is written from.
 *
 * @param started since when this process serves the node
 * @param total of all its pods, those that are gone included
 * @param pods those that run, by namespace and name
 */
record NodeUsage(String node, Instant started, NodeCounter total, List<PodUsage> pods) {

  NodeUsage {
    pods = List.copyOf(pods);
  }

  /**
   * One pod.
   *
   * @param started when the node took it on; empty if its status does not say
   * @param containers those that run
   */
  record PodUsage(
      String namespace,
      String name,
      String uid,
      Optional<Instant> started,
      List<ContainerFigures> containers) {

    PodUsage {
      containers = List.copyOf(containers);
    }
  }

  /**
   * One container.
   *
   * @param image as the pod's spec names it
   * @param id at the backend, without the runtime's name; empty if the status does not say
   * @param nanoCores its rate of late; empty until it was measured twice
   */
  record ContainerFigures(
      String name, String image, String id, ContainerUsage usage, OptionalLong nanoCores) {}

  /** The figures of those groups that are this node's. */
  static List<ContainerUsage> of(List<NodePod> pods, List<ContainerUsage> pool) {
    var groups = pods.stream().map(NodePod::group).collect(Collectors.toSet());
    return pool.stream().filter(usage -> groups.contains(usage.group())).toList();
  }

  /**
   * @param usages of this node's containers
   * @param total that counted these usages in
   */
  static NodeUsage of(
      String node,
      Instant started,
      List<NodePod> pods,
      List<ContainerUsage> usages,
      NodeCounter total) {
    var byGroup = new HashMap<GroupId, List<ContainerUsage>>();
    usages.forEach(
        usage -> byGroup.computeIfAbsent(usage.group(), _ -> new ArrayList<>()).add(usage));
    var used =
        pods.stream()
            .filter(pod -> byGroup.containsKey(pod.group()))
            .map(pod -> podUsage(pod.pod(), byGroup.get(pod.group()), total))
            .filter(pod -> !pod.containers().isEmpty())
            .sorted(Comparator.comparing(PodUsage::namespace).thenComparing(PodUsage::name))
            .toList();
    return new NodeUsage(node, started, total, used);
  }

  /** Memory in use by all of its pods, in bytes. */
  long workingSetBytes() {
    return pods.stream()
        .flatMap(pod -> pod.containers().stream())
        .mapToLong(container -> container.usage().workingSetBytes().orElse(0))
        .sum();
  }

  private static PodUsage podUsage(Pod pod, List<ContainerUsage> usages, NodeCounter total) {
    var images = images(pod);
    var ids = ids(pod);
    var containers =
        usages.stream()
            // What stands beside the pod's own containers is the backend's own business.
            .filter(usage -> images.containsKey(usage.container()))
            .sorted(Comparator.comparing(ContainerUsage::container))
            .map(
                usage ->
                    new ContainerFigures(
                        usage.container(),
                        images.get(usage.container()),
                        ids.getOrDefault(usage.container(), ""),
                        usage,
                        total.nanoCores(usage)))
            .toList();
    var metadata = pod.getMetadata();
    return new PodUsage(
        metadata.getNamespace(), metadata.getName(), metadata.getUid(), started(pod), containers);
  }

  private static Map<String, String> images(Pod pod) {
    var spec = pod.getSpec();
    var images = new HashMap<String, String>();
    Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream())
        .forEach((Container container) -> images.put(container.getName(), container.getImage()));
    for (EphemeralContainer container : spec.getEphemeralContainers()) {
      images.put(container.getName(), container.getImage());
    }
    return images;
  }

  private static Map<String, String> ids(Pod pod) {
    var ids = new HashMap<String, String>();
    for (var status : statuses(pod)) {
      Optional.ofNullable(status.getContainerID())
          // docker://3f0c…
          .map(id -> id.substring(id.lastIndexOf('/') + 1))
          .ifPresent(id -> ids.put(status.getName(), id));
    }
    return ids;
  }

  /** Of all its containers, of whichever kind. */
  static List<ContainerStatus> statuses(Pod pod) {
    return Optional.ofNullable(pod.getStatus()).stream()
        .flatMap(
            status ->
                Stream.of(
                    status.getInitContainerStatuses(),
                    status.getContainerStatuses(),
                    status.getEphemeralContainerStatuses()))
        .flatMap(List::stream)
        .toList();
  }

  private static Optional<Instant> started(Pod pod) {
    try {
      return Optional.ofNullable(pod.getStatus())
          .map(status -> status.getStartTime())
          .map(Instant::parse);
    } catch (DateTimeParseException _) {
      return Optional.empty(); // Somebody else wrote it.
    }
  }
}
