package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.backend.RegistryLogins;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the pull secrets of a pod, as the node that it runs on and by name only. */
final class PullSecretsReader {
  private static final int FORBIDDEN = 403;
  private static final int TRIES = 6;
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(500);

  private final KubernetesClient client;

  PullSecretsReader(KubernetesClient nodeClient) {
    this.client = nodeClient;
  }

  /**
   * @param found in the pod's order
   * @param missing names of those that are not there
   */
  record PullSecrets(List<Secret> found, List<String> missing) {
    PullSecrets {
      found = List.copyOf(found);
      missing = List.copyOf(missing);
    }

    /** Without what the secrets say. */
    @Override
    public String toString() {
      return "PullSecrets[%d found, missing %s]".formatted(found.size(), missing);
    }
  }

  /**
   * @throws RegistryLogins.Unreadable if one is there, for all that is known, and cannot be read
   */
  PullSecrets read(Pod pod) {
    var found = new ArrayList<Secret>();
    var missing = new ArrayList<String>();
    pod.getSpec().getImagePullSecrets().stream()
        .map(LocalObjectReference::getName)
        .filter(name -> name != null && !name.isEmpty())
        .distinct()
        .forEach(
            name ->
                read(pod.getMetadata().getNamespace(), name)
                    .ifPresentOrElse(found::add, () -> missing.add(name)));
    return new PullSecrets(found, missing);
  }

  /** The API server learns a moment late what a new pod refers to, and forbids it until then. */
  private Optional<Secret> read(String namespace, String name) {
    for (int attempt = 1; ; attempt++) {
      try {
        return Optional.ofNullable(client.secrets().inNamespace(namespace).withName(name).get());
      } catch (KubernetesClientException e) {
        if (e.getCode() != FORBIDDEN || attempt == TRIES) {
          var said = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
          throw new RegistryLogins.Unreadable(
              "pull secret \"" + name + "\" cannot be read: " + said, e);
        }
      }
      try {
        Thread.sleep(BETWEEN_TRIES);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RegistryLogins.Unreadable("interrupted while pull secrets were read", e);
      }
    }
  }
}
