package io.virtualnodes.node;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Clients that act as a node: the API server sees {@code system:node:<name>} and narrows it as it
 * does a kubelet.
 */
public final class NodeIdentity implements AutoCloseable {
  private static final String USER = "system:node:";
  private static final String GROUP = "system:nodes";

  private final Config operator;
  private final HttpClient.Factory http;
  private final Impersonation impersonation;
  // What Jackson learns of the types it meets is megabytes, and the same for every node.
  private final KubernetesSerialization serialization = new KubernetesSerialization();
  private final ConcurrentMap<String, KubernetesClient> clients = new ConcurrentHashMap<>();

  /** How the identity is had. */
  public enum Impersonation {
    /**
     * Constrained impersonation (on by default from Kubernetes 1.36). No group is named: the group
     * comes by itself, and naming it would ask for the older, wide permission.
     */
    CONSTRAINED,
    /** The older kind, for clusters that have no other; its RBAC names every node. */
    NAMED
  }

  /**
   * @param operator how the operator itself reaches the API server
   */
  public NodeIdentity(Config operator, HttpClient.Factory http, Impersonation impersonation) {
    this.operator = operator;
    this.http = http;
    this.impersonation = impersonation;
  }

  /** The client that acts as this node; one a node, until {@link #forget}. */
  public KubernetesClient client(String node) {
    return clients.computeIfAbsent(node, this::newClient);
  }

  private KubernetesClient newClient(String node) {
    var config =
        new ConfigBuilder(operator)
            .withImpersonateUsername(USER + node)
            .withOauthTokenProvider(this::token)
            .withRequestRetryBackoffLimit(0)
            .build();
    if (impersonation == Impersonation.NAMED) {
      config.setImpersonateGroups(GROUP);
    }
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(http)
        .withKubernetesSerialization(serialization)
        .build();
  }

  /**
   * The operator's present token: the kubelet replaces the file that it comes from, and the
   * operator's own client keeps up with it.
   */
  private String token() {
    return operator.getOauthToken() != null
        ? operator.getOauthToken()
        : operator.getAutoOAuthToken();
  }

  /** Closes the client of a node that is gone. */
  public void forget(String node) {
    var client = clients.remove(node);
    if (client != null) {
      client.close();
    }
  }

  @Override
  public void close() {
    clients.keySet().forEach(this::forget);
  }
}
