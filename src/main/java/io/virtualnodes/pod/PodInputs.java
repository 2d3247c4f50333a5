package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ConfigMapProjection;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a pod refers to, as read for one launch.
 *
 * @param tokens by the audience that was asked for
 * @param configMaps their data by name; absent means that there is none of that name
 */
record PodInputs(Map<Audience, String> tokens, Map<String, Map<String, String>> configMaps) {
  static final PodInputs NONE = new PodInputs(Map.of(), Map.of());

  /** Whom a token is for; empty means the API server. */
  record Audience(Optional<String> name) {
    static Audience of(ServiceAccountTokenProjection projection) {
      return new Audience(
          Optional.ofNullable(projection.getAudience()).filter(name -> !name.isEmpty()));
    }
  }

  /** Tokens hide in it. */
  @Override
  public String toString() {
    return "PodInputs[" + tokens.size() + " tokens, config maps " + configMaps.keySet() + "]";
  }

  /** The tokens that the pod's volumes ask for. */
  static List<ServiceAccountTokenProjection> tokensOf(Pod pod) {
    return projections(pod)
        .map(VolumeProjection::getServiceAccountToken)
        .filter(Objects::nonNull)
        .toList();
  }

  /** The ConfigMaps that the pod's volumes name. */
  static List<ConfigMapProjection> configMapsOf(Pod pod) {
    return projections(pod).map(VolumeProjection::getConfigMap).filter(Objects::nonNull).toList();
  }

  private static Stream<VolumeProjection> projections(Pod pod) {
    return pod.getSpec().getVolumes().stream()
        .map(Volume::getProjected)
        .filter(Objects::nonNull)
        .map(ProjectedVolumeSource::getSources)
        .flatMap(List::stream);
  }
}
