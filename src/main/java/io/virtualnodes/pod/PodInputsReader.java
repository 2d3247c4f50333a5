package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads what a pod refers to, as the node that it runs on, so that the API server narrows it to
 * this node's pods.
 */
final class PodInputsReader {
  private final KubernetesClient client;

  PodInputsReader(KubernetesClient nodeClient) {
    this.client = nodeClient;
  }

  /**
   * @throws KubernetesFailure if something that the pod needs is not there, or may not be read yet:
   *     the API server learns of a new pod's references a moment after the pod is bound
   */
  PodInputs read(Pod pod) {
    return new PodInputs(tokens(pod), configMaps(pod));
  }

  private Map<PodInputs.Audience, String> tokens(Pod pod) {
    var tokens = new HashMap<PodInputs.Audience, String>();
    for (var projection : PodInputs.tokensOf(pod)) {
      tokens.computeIfAbsent(
          PodInputs.Audience.of(projection),
          audience -> token(pod, audience, projection.getExpirationSeconds()));
    }
    return tokens;
  }

  private String token(Pod pod, PodInputs.Audience audience, Long expirationSeconds) {
    var account = Optional.ofNullable(pod.getSpec().getServiceAccountName()).orElse("default");
    var request =
        new TokenRequestBuilder()
            .withNewSpec()
            .withExpirationSeconds(expirationSeconds)
            .withAudiences(audience.name().stream().toList())
            .withNewBoundObjectRef()
            .withApiVersion("v1")
            .withKind("Pod")
            .withName(pod.getMetadata().getName())
            .withUid(pod.getMetadata().getUid())
            .endBoundObjectRef()
            .endSpec()
            .build();
    try {
      var answer =
          client
              .serviceAccounts()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(account)
              .tokenRequest(request);
      if (answer == null) {
        throw new KubernetesFailure("service account \"" + account + "\" not found", 404, null);
      }
      return answer.getStatus().getToken();
    } catch (KubernetesClientException e) {
      throw failure("token of service account \"" + account + "\"", e);
    }
  }

  private Map<String, Map<String, String>> configMaps(Pod pod) {
    var configMaps = new HashMap<String, Map<String, String>>();
    for (var projection : PodInputs.configMapsOf(pod)) {
      var name = projection.getName();
      try {
        var configMap =
            client.configMaps().inNamespace(pod.getMetadata().getNamespace()).withName(name).get();
        if (configMap != null) {
          configMaps.put(name, Optional.ofNullable(configMap.getData()).orElse(Map.of()));
        } else if (!Boolean.TRUE.equals(projection.getOptional())) {
          throw new KubernetesFailure("configmap \"" + name + "\" not found", 404, null);
        }
      } catch (KubernetesClientException e) {
        throw failure("configmap \"" + name + "\"", e);
      }
    }
    return configMaps;
  }

  private static KubernetesFailure failure(String what, KubernetesClientException e) {
    var said = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
    return new KubernetesFailure(what + " cannot be read: " + said, e.getCode(), e);
  }
}
