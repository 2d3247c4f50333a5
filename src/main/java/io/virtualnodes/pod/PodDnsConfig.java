package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodDNSConfig;
import io.fabric8.kubernetes.api.model.PodDNSConfigOption;
import io.virtualnodes.backend.ContainerGroup.Resolver;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a pod's own wishes add to the resolver that its policy gives it, as a <a
 * href="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config">
 * kubelet adds them</a>.
 */
final class PodDnsConfig {
  private PodDnsConfig() {}

  /**
   * @param policy what the pod's policy gives it; empty leaves it to the backend
   */
  static Optional<Resolver> addedTo(Optional<Resolver> policy, Pod pod) {
    var config = config(pod);
    if (config.isEmpty()) {
      return policy;
    }
    var base = policy.orElse(new Resolver(List.of(), List.of(), List.of()));
    return Optional.of(
        new Resolver(
            together(base.servers(), config.get().getNameservers()),
            together(base.searches(), config.get().getSearches()),
            options(base.options(), config.get().getOptions())));
  }

  /**
   * Why servers cannot be asked that the pod names; it names the field. What a backend asks by
   * itself is not known here, so that nothing can be asked after it.
   */
  static Optional<String> refusal(Pod pod) {
    return config(pod)
        .filter(config -> !config.getNameservers().isEmpty())
        .filter(_ -> !"None".equals(pod.getSpec().getDnsPolicy()))
        .map(
            _ ->
                "spec.dnsConfig.nameservers: cannot be added to those of another dnsPolicy than"
                    + " None; set it and name all servers");
  }

  private static Optional<PodDNSConfig> config(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getDnsConfig());
  }

  private static List<String> together(List<String> first, List<String> then) {
    return Stream.concat(first.stream(), then.stream()).distinct().toList();
  }

  /** Of two with one name the later one counts, in the place of the first. */
  private static List<String> options(List<String> first, List<PodDNSConfigOption> then) {
    var byName = new LinkedHashMap<String, String>();
    first.forEach(option -> byName.put(option.split(":", 2)[0], option));
    then.forEach(
        option ->
            byName.put(
                option.getName(),
                option.getName()
                    + Optional.ofNullable(option.getValue())
                        .filter(value -> !value.isEmpty())
                        .map(value -> ":" + value)
                        .orElse("")));
    return List.copyOf(byName.values());
  }
}
