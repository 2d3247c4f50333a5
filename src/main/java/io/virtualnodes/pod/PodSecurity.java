package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.AppArmorProfile;
import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Security.Confinement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a pod's security contexts mean for each of its containers, by the kubelet's rules: what a
 * container says of itself counts before what the pod says for all.
 */
final class PodSecurity {
  private PodSecurity() {}

  /** Of one container. */
  static Security of(Pod pod, Container container) {
    var own = Optional.ofNullable(container.getSecurityContext()).orElseGet(SecurityContext::new);
    var all = context(pod);
    var capabilities = Optional.ofNullable(own.getCapabilities()).orElseGet(Capabilities::new);
    var dropped = names(capabilities.getDrop());
    return new Security(
        user(pod, container),
        first(own.getRunAsGroup(), all.getRunAsGroup()),
        Stream.concat(Stream.ofNullable(all.getFsGroup()), all.getSupplementalGroups().stream())
            .distinct()
            .toList(),
        !"Strict".equals(all.getSupplementalGroupsPolicy()),
        first(own.getRunAsNonRoot(), all.getRunAsNonRoot()).orElse(false),
        Boolean.TRUE.equals(own.getReadOnlyRootFilesystem()),
        !Boolean.FALSE.equals(own.getAllowPrivilegeEscalation()),
        // ALL drops what is there without being named, and leaves what is added by name.
        without(names(capabilities.getAdd()), dropped),
        dropped,
        confinement(own.getSeccompProfile(), all.getSeccompProfile(), SeccompProfile::getType),
        confinement(own.getAppArmorProfile(), all.getAppArmorProfile(), AppArmorProfile::getType));
  }

  /** The group that a pod's volumes are to belong to. */
  static Optional<Long> filesGroup(Pod pod) {
    return Optional.ofNullable(context(pod).getFsGroup());
  }

  /**
   * The user that tokens are written for: the one that all containers are told to run as; empty if
   * one is not told, or another.
   */
  static Optional<Long> onlyUser(Pod pod) {
    var users = PodContainers.all(pod).map(container -> user(pod, container)).distinct().toList();
    return users.size() == 1 ? users.getFirst() : Optional.empty();
  }

  /** By name; the API server admits two spellings of a name, and the one with dots is returned. */
  static Map<String, String> kernelSettings(Pod pod) {
    var settings = new LinkedHashMap<String, String>();
    context(pod)
        .getSysctls()
        .forEach(setting -> settings.put(setting.getName().replace('/', '.'), setting.getValue()));
    return settings;
  }

  private static PodSecurityContext context(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getSecurityContext())
        .orElseGet(PodSecurityContext::new);
  }

  private static Optional<Long> user(Pod pod, Container container) {
    return first(
        Optional.ofNullable(container.getSecurityContext())
            .map(SecurityContext::getRunAsUser)
            .orElse(null),
        context(pod).getRunAsUser());
  }

  private static List<String> names(List<String> capabilities) {
    return capabilities.stream().map(name -> name.toUpperCase(Locale.ROOT)).distinct().toList();
  }

  private static List<String> without(List<String> names, List<String> others) {
    return names.stream().filter(name -> !others.contains(name)).toList();
  }

  private static <T> Confinement confinement(T own, T all, Function<T, String> type) {
    return first(own, all).map(type).filter("Unconfined"::equals).isPresent()
        ? Confinement.NONE
        : Confinement.USUAL;
  }

  private static <T> Optional<T> first(T own, T all) {
    return Stream.of(Optional.ofNullable(own), Optional.ofNullable(all))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
