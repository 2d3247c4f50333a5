package io.virtualnodes.cluster;

import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * The real metrics-server, beside the cluster in a container of its own, with the rights and the
 * settings of its own manifests. So {@code kubectl top} and autoscalers work.
 */
final class MetricsServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration TOKEN_LIFE = Duration.ofHours(2);
  private static final String KUBECONFIG = "/etc/kubeconfig";
  private static final String NAMESPACE = "kube-system";
  private static final String NAME = "metrics-server";
  private static final int PORT = 10250;

  // https://github.com/kubernetes-sigs/metrics-server/tree/v0.9.0/manifests/base, but for the
  // Deployment: no machine is here to run it. So the Service's endpoints are written by hand.
  private static final String MANIFESTS =
      """
      apiVersion: v1
      kind: ServiceAccount
      metadata: { name: metrics-server, namespace: kube-system }
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: { name: metrics-server-auth-reader, namespace: kube-system }
      roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: extension-apiserver-authentication-reader }
      subjects: [{ kind: ServiceAccount, name: metrics-server, namespace: kube-system }]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: { name: "metrics-server:system:auth-delegator" }
      roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:auth-delegator" }
      subjects: [{ kind: ServiceAccount, name: metrics-server, namespace: kube-system }]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: { name: "system:metrics-server" }
      rules:
      - { apiGroups: [""], resources: [nodes/metrics], verbs: [get] }
      - { apiGroups: [""], resources: [pods, nodes], verbs: [get, list, watch] }
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: { name: "system:metrics-server" }
      roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:metrics-server" }
      subjects: [{ kind: ServiceAccount, name: metrics-server, namespace: kube-system }]
      ---
      apiVersion: v1
      kind: Service
      metadata: { name: metrics-server, namespace: kube-system }
      spec:
        ports: [{ name: https, port: 443, targetPort: 10250, appProtocol: https }]
      """;

  // Applied last and removed first: while nobody serves a registered API, no namespace is deleted.
  private static final String API =
      """
      apiVersion: apiregistration.k8s.io/v1
      kind: APIService
      metadata: { name: v1beta1.metrics.k8s.io }
      spec:
        service: { name: metrics-server, namespace: kube-system }
        group: metrics.k8s.io
        version: v1beta1
        insecureSkipTLSVerify: true
        groupPriorityMinimum: 100
        versionPriority: 100
      """;

  private final Cluster cluster;
  private final GenericContainer<?> container;

  private MetricsServer(Cluster cluster, GenericContainer<?> container) {
    this.cluster = cluster;
    this.container = container;
  }

  /**
   * One that does not verify the nodes' certificates, as its users set it up where these sign
   * themselves.
   *
   * @throws IllegalStateException if its image is not there, with what to do
   */
  static MetricsServer trusting(Cluster cluster) {
    return start(cluster, List.of("--kubelet-insecure-tls"));
  }

  /** One that takes only certificates that the cluster's own authority signed: its default. */
  static MetricsServer verifying(Cluster cluster) {
    return start(cluster, List.of());
  }

  private static MetricsServer start(Cluster cluster, List<String> tls) {
    String image = cluster.image("control-plane");
    cluster.kubectl().runWith(MANIFESTS, "apply", "-f", "-");
    var arguments =
        List.of(
            NAME,
            "--kubeconfig=" + KUBECONFIG,
            "--authentication-kubeconfig=" + KUBECONFIG,
            "--authorization-kubeconfig=" + KUBECONFIG,
            "--cert-dir=/tmp",
            "--secure-port=" + PORT,
            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
            "--kubelet-use-node-status-port",
            // The least that it takes; its manifests say 15 s.
            "--metric-resolution=10s",
            "--kubelet-request-timeout=8s");
    var all = new ArrayList<>(arguments);
    all.addAll(tls);
    var container =
        new GenericContainer<>(DockerImageName.parse(image))
            .withCopyToContainer(Transferable.of(kubeconfig(cluster)), KUBECONFIG)
            .withCommand(all.toArray(String[]::new))
            .withLabels(Cluster.ownership())
            .withLogConsumer(Cluster.logTo(cluster.folder().resolve("metrics-server.log")))
            .waitingFor(Wait.forLogMessage(".*Serving securely.*", 1).withStartupTimeout(PATIENCE));
    var server = new MetricsServer(cluster, container);
    try {
      container.start();
      server.register();
      return server;
    } catch (RuntimeException | AssertionError e) {
      server.close();
      throw e;
    }
  }

  private void register() {
    var slice =
        new EndpointSliceBuilder()
            .withNewMetadata()
            .withName(NAME)
            .withNamespace(NAMESPACE)
            .addToLabels("kubernetes.io/service-name", NAME)
            .endMetadata()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("https")
            .withProtocol("TCP")
            .withPort(PORT)
            .endPort()
            .addNewEndpoint()
            .withAddresses(address())
            .withNewConditions()
            .withReady(true)
            .endConditions()
            .endEndpoint()
            .build();
    cluster.client().resource(slice).createOr(existing -> existing.update());
    cluster.kubectl().runWith(API, "apply", "-f", "-");
    cluster
        .kubectl()
        .run(
            "wait",
            "--for=condition=Available",
            "apiservice/v1beta1.metrics.k8s.io",
            "--timeout=" + PATIENCE.toSeconds() + "s");
  }

  private String address() {
    return container.getContainerInfo().getNetworkSettings().getNetworks().values().stream()
        .map(network -> network.getIpAddress())
        .filter(address -> address != null && !address.isEmpty())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("its container has no address"));
  }

  /** Access as its ServiceAccount, from a container. */
  private static String kubeconfig(Cluster cluster) {
    var request =
        new TokenRequestBuilder()
            .withNewSpec()
            .withExpirationSeconds(TOKEN_LIFE.toSeconds())
            .endSpec()
            .build();
    var token =
        cluster
            .client()
            .serviceAccounts()
            .inNamespace(NAMESPACE)
            .withName(NAME)
            .tokenRequest(request)
            .getStatus()
            .getToken();
    var access = KubeConfigUtils.parseConfigFromString(cluster.kubeconfigForContainers());
    var user = access.getUsers().getFirst().getUser();
    user.setClientCertificateData(null);
    user.setClientKeyData(null);
    user.setToken(token);
    return Serialization.asYaml(access);
  }

  @Override
  public void close() {
    cluster.kubectl().runWith(API, "delete", "--ignore-not-found", "-f", "-");
    container.stop();
    cluster.kubectl().runWith(MANIFESTS, "delete", "--ignore-not-found", "-f", "-");
  }
}
