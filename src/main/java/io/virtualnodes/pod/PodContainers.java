package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.virtualnodes.backend.ContainerGroup.Part;
import java.util.stream.Stream;

/** All containers of a pod that are told by its spec. */
final class PodContainers {
  private PodContainers() {}

  /** In the order in which they start: init containers, sidecars among them, and the others. */
  static Stream<Container> all(Pod pod) {
    var spec = pod.getSpec();
    return Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream());
  }

  /** What part one of them has in the pod's life. */
  static Part part(PodSpec spec, Container container) {
    if (spec.getContainers().contains(container)) {
      return Part.MAIN;
    }
    return isSidecar(container) ? Part.SIDECAR : Part.INIT;
  }

  /** Whether an init container is a sidecar; Kubernetes tells it by its policy alone. */
  static boolean isSidecar(Container init) {
    return "Always".equals(init.getRestartPolicy());
  }
}
