package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * An operator that is installed: its Deployment, and what that names.
 *
 * @param account the ServiceAccount that its pods have
 * @param secrets those that the Deployment names, by name: the names of their keys, never a value;
 *     empty if there is no such Secret
 * @param rights whether the ServiceAccount has them, by the API server's own judgement: those of
 *     {@link OperatorRight#needed} and {@link OperatorRight#EXCESS}
 */
record OperatorFacts(
    Deployment deployment,
    Reading<Optional<ServiceAccount>> account,
    Map<String, Reading<Optional<Set<String>>>> secrets,
    Reading<Map<OperatorRight, Boolean>> rights) {

  OperatorFacts {
    secrets = Map.copyOf(secrets);
  }

  String about() {
    return "deployment/" + namespace() + "/" + deployment.getMetadata().getName();
  }

  String namespace() {
    return deployment.getMetadata().getNamespace();
  }

  PodTemplateSpec template() {
    return deployment.getSpec().getTemplate();
  }

  /** The name of its ServiceAccount. */
  static String account(Deployment deployment) {
    return Optional.ofNullable(deployment.getSpec().getTemplate().getSpec().getServiceAccountName())
        .orElse("default");
  }

  /** An annotation of its ServiceAccount; empty if that is not there or may not be read. */
  Optional<String> annotation(String key) {
    return account
        .or(Optional.empty())
        .map(ServiceAccount::getMetadata)
        .map(ObjectMeta::getAnnotations)
        .map(all -> all.get(key));
  }

  /** A label of its pods. */
  Optional<String> label(String key) {
    return Optional.ofNullable(template().getMetadata())
        .map(ObjectMeta::getLabels)
        .map(all -> all.get(key));
  }

  /**
   * The volumes that a container of a pod has.
   *
   * @param where at which paths
   */
  static Stream<Volume> mounted(PodSpec pod, Container container, Predicate<String> where) {
    return container.getVolumeMounts().stream()
        .filter(mount -> where.test(mount.getMountPath()))
        .flatMap(
            mount ->
                pod.getVolumes().stream()
                    .filter(volume -> volume.getName().equals(mount.getName())));
  }

  OperatorEnvironment environment() {
    return OperatorEnvironment.of(template().getSpec(), secrets);
  }
}
