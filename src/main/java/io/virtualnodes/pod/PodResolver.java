package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.ContainerGroup.Resolver;
import java.util.List;
import java.util.Optional;

/**
 * What a pod's resolv.conf says, as a <a
 * href="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/">kubelet writes
 * it</a>: pure. The search domains of the machine, which a kubelet adds at the end, are nobody's
 * here.
 */
final class PodResolver {
  // So that a Service's name is looked for in the pod's namespace first, also with dots in it.
  private static final List<String> CLUSTER_OPTIONS = List.of("ndots:5");

  private PodResolver() {}

  /** Empty if the backend is to resolve names as it always does. */
  static Optional<Resolver> of(Pod pod, PodNetwork network) {
    return switch (pod.getSpec().getDnsPolicy()) {
      // A kubelet that knows of no cluster DNS falls back to Default as well.
      case "ClusterFirst" ->
          network.dnsServers().isEmpty() ? Optional.empty() : Optional.of(cluster(pod, network));
      case null, default -> Optional.empty();
    };
  }

  private static Resolver cluster(Pod pod, PodNetwork network) {
    var services = "svc." + network.clusterDomain();
    return new Resolver(
        network.dnsServers(),
        List.of(
            pod.getMetadata().getNamespace() + "." + services, services, network.clusterDomain()),
        CLUSTER_OPTIONS);
  }
}
