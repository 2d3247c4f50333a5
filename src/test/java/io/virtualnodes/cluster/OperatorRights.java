package io.virtualnodes.cluster;

import io.fabric8.kubernetes.api.model.ConfigBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the operator may do in the cluster: the manifests that users apply, without the Deployment,
 * and access as its ServiceAccount.
 *
 * @param kubeconfig access as the ServiceAccount and nothing else
 */
public record OperatorRights(Path kubeconfig) {
  /** What tests call themselves that act with the operator's rights. */
  static final String TESTS = "virtual-nodes-tests";

  static final String NAMESPACE = "virtual-nodes";
  private static final String SERVICE_ACCOUNT = "virtual-nodes-operator";

  // Longer than any run of the tests.
  private static final Duration TOKEN_LIFE = Duration.ofHours(12);

  /**
   * Applies the manifests of a folder with kubectl.
   *
   * @param folder from the root of the project
   * @param suffix appended to the names in it, so that two sets of rights stand side by side
   */
  static OperatorRights apply(Cluster cluster, String folder, String suffix) {
    return apply(cluster, folder, suffix, List.of());
  }

  /**
   * As {@link #apply(Cluster, String, String)}, with optional parts of {@code deploy/components}.
   */
  static OperatorRights apply(
      Cluster cluster, String folder, String suffix, List<String> components) {
    String name = "rights" + suffix;
    Path root = Path.of("").toAbsolutePath();
    Path kustomization = cluster.folder().resolve(name).resolve("kustomization.yaml");
    Cluster.write(
        kustomization,
        """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        nameSuffix: "%s"
        resources:
        - %s
        components: [%s]
        patches:
        - patch: |
            $patch: delete
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: virtual-nodes-operator, namespace: virtual-nodes }
        """
            .formatted(
                suffix,
                kustomization.getParent().relativize(root.resolve(folder)),
                components.stream()
                    .map(component -> root.resolve("deploy/components").resolve(component))
                    .map(path -> kustomization.getParent().relativize(path).toString())
                    .collect(Collectors.joining(", "))));
    var kubectl = cluster.kubectl();
    kubectl.run("apply", "-k", kustomization.getParent().toString());
    kubectl.run("wait", "--for=condition=Established", "crd/virtualnodepools.virtualnodes.io");
    return new OperatorRights(
        Cluster.write(
            cluster.folder().resolve(name + ".kubeconfig"),
            kubeconfig(cluster, SERVICE_ACCOUNT + suffix)));
  }

  /** A client with these rights, and with them alone. */
  public KubernetesClient client() {
    return new KubernetesClientBuilder().withConfig(config()).build();
  }

  /**
   * Access with these rights, for a client that is to be set up otherwise. Audit logs tell it from
   * the operator's own by {@link #TESTS}.
   */
  public Config config() {
    try {
      return new io.fabric8.kubernetes.client.ConfigBuilder(
              Config.fromKubeconfig(Files.readString(kubeconfig)))
          .withUserAgent(TESTS)
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String kubeconfig(Cluster cluster, String serviceAccount) {
    Config admin = cluster.client().getConfiguration();
    return Serialization.asYaml(
        new ConfigBuilder()
            .withApiVersion("v1")
            .withKind("Config")
            .addNewCluster()
            .withName("cluster")
            .withNewCluster()
            .withServer(admin.getMasterUrl())
            .withCertificateAuthorityData(admin.getCaCertData())
            .endCluster()
            .endCluster()
            .addNewUser()
            .withName(serviceAccount)
            .withNewUser()
            .withToken(token(cluster.client(), serviceAccount))
            .endUser()
            .endUser()
            .addNewContext()
            .withName("operator")
            .withNewContext()
            .withCluster("cluster")
            .withUser(serviceAccount)
            .withNamespace(NAMESPACE)
            .endContext()
            .endContext()
            .withCurrentContext("operator")
            .build());
  }

  private static String token(KubernetesClient admin, String serviceAccount) {
    var request =
        new TokenRequestBuilder()
            .withNewSpec()
            .withExpirationSeconds(TOKEN_LIFE.toSeconds())
            .endSpec()
            .build();
    return admin
        .serviceAccounts()
        .inNamespace(NAMESPACE)
        .withName(serviceAccount)
        .tokenRequest(request)
        .getStatus()
        .getToken();
  }
}
