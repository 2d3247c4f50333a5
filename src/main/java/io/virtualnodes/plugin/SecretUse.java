package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A Secret that a pod names.
 *
 * @param path of the field that names it
 * @param keys that it has to have
 * @param optional whether the pod starts without it, as one does without a login to a registry
 */
record SecretUse(String name, String path, Set<String> keys, boolean optional) {
  SecretUse {
    keys = Set.copyOf(keys);
  }

  /** In the order of the fields. */
  static List<SecretUse> of(PodSpec pod) {
    var uses = new ArrayList<SecretUse>();
    for (int i = 0; i < pod.getContainers().size(); i++) {
      add(uses, pod.getContainers().get(i), "spec.template.spec.containers[" + i + "].");
    }
    for (int i = 0; i < pod.getVolumes().size(); i++) {
      add(uses, pod.getVolumes().get(i), "spec.template.spec.volumes[" + i + "].");
    }
    for (int i = 0; i < pod.getImagePullSecrets().size(); i++) {
      uses.add(
          new SecretUse(
              pod.getImagePullSecrets().get(i).getName(),
              "spec.template.spec.imagePullSecrets[" + i + "]",
              Set.of(),
              true));
    }
    return List.copyOf(uses);
  }

  private static void add(List<SecretUse> uses, Container container, String path) {
    for (int i = 0; i < container.getEnvFrom().size(); i++) {
      var source = container.getEnvFrom().get(i).getSecretRef();
      if (source != null) {
        uses.add(
            new SecretUse(
                source.getName(),
                path + "envFrom[" + i + "].secretRef",
                Set.of(),
                isTrue(source.getOptional())));
      }
    }
    for (int i = 0; i < container.getEnv().size(); i++) {
      var source = container.getEnv().get(i).getValueFrom();
      if (source != null && source.getSecretKeyRef() != null) {
        var key = source.getSecretKeyRef();
        uses.add(
            new SecretUse(
                key.getName(),
                path + "env[" + i + "].valueFrom.secretKeyRef",
                Set.of(key.getKey()),
                isTrue(key.getOptional())));
      }
    }
  }

  private static void add(List<SecretUse> uses, Volume volume, String path) {
    if (volume.getSecret() != null) {
      var source = volume.getSecret();
      uses.add(
          new SecretUse(
              source.getSecretName(),
              path + "secret",
              keys(source.getItems()),
              isTrue(source.getOptional())));
    }
    var projected =
        Optional.ofNullable(volume.getProjected()).map(one -> one.getSources()).orElse(List.of());
    for (int i = 0; i < projected.size(); i++) {
      var source = projected.get(i).getSecret();
      if (source != null) {
        uses.add(
            new SecretUse(
                source.getName(),
                path + "projected.sources[" + i + "].secret",
                keys(source.getItems()),
                isTrue(source.getOptional())));
      }
    }
  }

  private static Set<String> keys(List<KeyToPath> items) {
    return items.stream().map(KeyToPath::getKey).collect(Collectors.toSet());
  }

  private static boolean isTrue(Boolean optional) {
    return Boolean.TRUE.equals(optional);
  }
}
