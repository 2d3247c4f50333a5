package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.virtualnodes.pod.ObjectVersions.Subject;
import io.virtualnodes.pod.PodReferences.TokenTerms;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod refers to, as read for one launch.
 *
 * @param configMaps by name; absent means that there is none of that name
 * @param secrets by name; absent means that there is none of that name
 * @param tokens by what was asked for
 * @param claims by name; absent means that there is none of that name
 * @param services those that the pod is told of, the cluster's own API server first
 * @param allocatable what the pod's node can give, by resource; empty if the pod does not ask
 */
record PodInputs(
    Map<String, ConfigMap> configMaps,
    Map<String, Secret> secrets,
    Map<TokenTerms, String> tokens,
    Map<String, Claim> claims,
    List<Service> services,
    Map<String, Quantity> allocatable) {

  PodInputs {
    configMaps = Map.copyOf(configMaps);
    secrets = Map.copyOf(secrets);
    tokens = Map.copyOf(tokens);
    claims = Map.copyOf(claims);
    services = List.copyOf(services);
    allocatable = Map.copyOf(allocatable);
  }

  /**
   * A claim and what it got.
   *
   * @param volume empty if it has none, or that is gone
   * @param key the Secret that the volume is mounted with; empty if it names none, or there is none
   */
  record Claim(
      PersistentVolumeClaim claim, Optional<PersistentVolume> volume, Optional<Secret> key) {

    /** Names the claim, and leaves out what its key is. */
    @Override
    public String toString() {
      return "Claim[" + claim.getMetadata().getName() + "]";
    }
  }

  /** Of an object as it was read; empty if there is none. */
  Optional<String> version(Subject subject) {
    HasMetadata found =
        switch (subject.kind()) {
          case CONFIG_MAP -> configMaps.get(subject.name());
          case SECRET -> secrets.get(subject.name());
        };
    return Optional.ofNullable(found).map(object -> object.getMetadata().getResourceVersion());
  }

  /** Names what was read, and leaves out what it says. */
  @Override
  public String toString() {
    return "PodInputs[config maps %s, secrets %s, %d tokens]"
        .formatted(configMaps.keySet(), secrets.keySet(), tokens.size());
  }
}
