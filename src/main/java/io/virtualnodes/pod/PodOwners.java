package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** Which controller a pod belongs to. */
public final class PodOwners {
  private PodOwners() {}

  /** The one that makes another in its place; empty if nobody does. */
  static Optional<OwnerReference> controller(Pod pod) {
    return pod.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .findFirst();
  }

  /** The name of the DaemonSet that it is of; no such pod runs on a virtual node. */
  public static Optional<String> daemonSet(Pod pod) {
    return controller(pod)
        .filter(owner -> owner.getKind().equals("DaemonSet"))
        .map(OwnerReference::getName);
  }
}
