package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a pod calls itself, by the kubelet's rules.
 *
 * @param name the host name
 * @param domain what makes it a whole name, which the cluster's DNS knows too; empty if nothing
 *     does
 */
record PodHostname(String name, Optional<String> domain) {
  // A host name is one DNS label.
  private static final int LONGEST_LABEL = 63;
  // What the kernel can hold.
  private static final int LONGEST_NAME = 64;

  /**
   * Of a pod that has no {@link #refusals}.
   *
   * @param clusterDomain the end of all names of the cluster
   */
  static PodHostname of(Pod pod, String clusterDomain) {
    var spec = pod.getSpec();
    var override = present(spec.getHostnameOverride());
    if (override.isPresent()) {
      return new PodHostname(override.get(), Optional.empty());
    }
    var label = cut(present(spec.getHostname()).orElse(pod.getMetadata().getName()));
    var domain =
        present(spec.getSubdomain())
            .map(
                subdomain ->
                    "%s.%s.svc.%s"
                        .formatted(subdomain, pod.getMetadata().getNamespace(), clusterDomain));
    return Boolean.TRUE.equals(spec.getSetHostnameAsFQDN()) && domain.isPresent()
        ? new PodHostname(label + "." + domain.get(), Optional.empty())
        : new PodHostname(label, domain);
  }

  /** Why no machine can be called so; it names its field. */
  static Stream<String> refusals(Pod pod, String clusterDomain) {
    return Stream.of(of(pod, clusterDomain).name())
        .filter(name -> name.length() > LONGEST_NAME)
        .map(
            name ->
                "spec.setHostnameAsFQDN: %s has more than %d characters; choose shorter names or leave it out"
                    .formatted(name, LONGEST_NAME));
  }

  private static Optional<String> present(String text) {
    return Optional.ofNullable(text).filter(name -> !name.isEmpty());
  }

  /** As the kubelet: cut, and not ending in what a label may not end in. */
  private static String cut(String name) {
    return name.length() <= LONGEST_LABEL
        ? name
        : name.substring(0, LONGEST_LABEL).replaceAll("[-.]+$", "");
  }
}
