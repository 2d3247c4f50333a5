package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.pod.PodOwners;
import java.util.List;
import java.util.stream.Stream;

/** The DaemonSets whose pods have come to a pool's nodes, where none of them can run: pure. */
final class RefusedDaemonSets {
  private RefusedDaemonSets() {}

  /** By namespace and name, each once, in order. */
  static List<String> of(List<Pod> pods) {
    return pods.stream()
        // One that is being deleted is on its way out, and is not made again where it may not be.
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .flatMap(RefusedDaemonSets::daemonSet)
        .distinct()
        .sorted()
        .toList();
  }

  private static Stream<String> daemonSet(Pod pod) {
    return PodOwners.daemonSet(pod).stream()
        .map(name -> pod.getMetadata().getNamespace() + "/" + name);
  }
}
