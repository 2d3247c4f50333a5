package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.virtualnodes.pod.PodReferences.TokenTerms;
import java.util.List;
import java.util.Map;

/**
 * What a pod refers to, as read for one launch.
 *
 * @param configMaps by name; absent means that there is none of that name
 * @param secrets by name; absent means that there is none of that name
 * @param tokens by what was asked for
 * @param services those that the pod is told of, the cluster's own API server first
 * @param allocatable what the pod's node can give, by resource; empty if the pod does not ask
 */
record PodInputs(
    Map<String, ConfigMap> configMaps,
    Map<String, Secret> secrets,
    Map<TokenTerms, String> tokens,
    List<Service> services,
    Map<String, Quantity> allocatable) {

  PodInputs {
    configMaps = Map.copyOf(configMaps);
    secrets = Map.copyOf(secrets);
    tokens = Map.copyOf(tokens);
    services = List.copyOf(services);
    allocatable = Map.copyOf(allocatable);
  }

  /** Names what was read, and leaves out what it says. */
  @Override
  public String toString() {
    return "PodInputs[config maps %s, secrets %s, %d tokens]"
        .formatted(configMaps.keySet(), secrets.keySet(), tokens.size());
  }
}
