package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup.Wishes;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a pod asks of the cloud by annotations, since Kubernetes has no field for it. */
final class PodWishes {
  private PodWishes() {}

  static Wishes of(Pod pod) {
    return new Wishes(
        annotation(pod, PodKeys.IDENTITY), annotation(pod, PodKeys.CONFIDENTIAL_POLICY));
  }

  /** Every wish that the pod's backend cannot grant to anybody, by its path. */
  static Stream<String> refusals(Pod pod, Set<Feature> features) {
    return Stream.of(
            refusal(
                pod,
                PodKeys.IDENTITY,
                features.contains(Feature.IDENTITIES),
                "no identities can be given to pods here"),
            refusal(
                pod,
                PodKeys.CONFIDENTIAL_POLICY,
                features.contains(Feature.CONFIDENTIAL),
                "pods are not confidential here"))
        .flatMap(Optional::stream);
  }

  private static Optional<String> refusal(Pod pod, String key, boolean granted, String why) {
    return annotation(pod, key)
        .filter(_ -> !granted)
        .map(_ -> "metadata.annotations[%s]: %s; leave it out".formatted(key, why));
  }

  private static Optional<String> annotation(Pod pod, String key) {
    return Optional.ofNullable(pod.getMetadata().getAnnotations()).map(all -> all.get(key));
  }
}
