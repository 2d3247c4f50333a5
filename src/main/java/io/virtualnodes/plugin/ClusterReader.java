package io.virtualnodes.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads what the doctor judges by. What may not be read is noted, and does not end it. */
final class ClusterReader {
  /** The label and the lease of the operator, of {@code deploy/base}. */
  static final String OPERATOR = "virtual-nodes-operator";

  static final String NAME_LABEL = "app.kubernetes.io/name";
  private static final String NODE_LEASES = "kube-node-lease";
  private static final String CRD = "virtualnodepools.virtualnodes.io";
  private static final String POLICY =
      "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/"
          + "daemonsets-stay-on-machines.virtualnodes.io";

  private final KubernetesClient client;
  private final PoolReader pools;

  ClusterReader(KubernetesClient client) {
    this.client = client;
    this.pools = new PoolReader(client);
  }

  /**
   * @param pool null means all
   * @throws BadInput if there is no such pool
   */
  ClusterFacts read(String pool) {
    var crd = crd();
    boolean installed = crd.or(Optional.empty()).isPresent() || crd instanceof Reading.Unreadable;
    List<VirtualNodePool> found = installed ? pools.pools(pool) : List.of();
    return new ClusterFacts(
        Instant.now(),
        Integer.parseInt(client.getKubernetesVersion().getMinor().replaceAll("[^0-9].*", "")),
        crd,
        new OperatorReader(client).operators(found),
        leases(),
        nodeLeases(),
        Reading.of(() -> client.certificates().v1().certificateSigningRequests().list().getItems()),
        Reading.of(() -> client.apps().daemonSets().inAnyNamespace().list().getItems()),
        Reading.of(() -> client.raw(POLICY) != null),
        workloads(),
        found.stream().map(this::pool).toList());
  }

  private Reading<Optional<JsonNode>> crd() {
    return Reading.of(
        () ->
            Optional.ofNullable(
                    client.apiextensions().v1().customResourceDefinitions().withName(CRD).get())
                .map(
                    found ->
                        client.getKubernetesSerialization().convertValue(found, JsonNode.class)));
  }

  /** Those by which replicas of the operator take turns. */
  Reading<List<Lease>> leases() {
    return Reading.of(
        () ->
            client
                .leases()
                .inAnyNamespace()
                .withField("metadata.name", OPERATOR)
                .list()
                .getItems());
  }

  private Reading<Map<String, Lease>> nodeLeases() {
    return Reading.of(
        () -> {
          var leases = new HashMap<String, Lease>();
          client
              .leases()
              .inNamespace(NODE_LEASES)
              .list()
              .getItems()
              .forEach(lease -> leases.put(lease.getMetadata().getName(), lease));
          return leases;
        });
  }

  private Reading<Map<String, PodTemplateSpec>> workloads() {
    return Reading.of(
        () -> {
          var workloads = new TreeMap<String, PodTemplateSpec>();
          client
              .apps()
              .deployments()
              .inAnyNamespace()
              .list()
              .getItems()
              .forEach(one -> workloads.put(title(one), one.getSpec().getTemplate()));
          client
              .apps()
              .statefulSets()
              .inAnyNamespace()
              .list()
              .getItems()
              .forEach(one -> workloads.put(title(one), one.getSpec().getTemplate()));
          return workloads;
        });
  }

  private static String title(HasMetadata object) {
    return "%s %s/%s"
        .formatted(
            object.getKind(), object.getMetadata().getNamespace(), object.getMetadata().getName());
  }

  private PoolFacts pool(VirtualNodePool pool) {
    var nodes = pools.nodes(pool);
    var pods = new LinkedHashMap<String, List<Pod>>();
    var answers = new LinkedHashMap<String, Reading<String>>();
    for (var node : nodes) {
      var name = node.getMetadata().getName();
      pods.put(name, pools.pods(name));
      answers.put(name, answer(node));
    }
    var namespaces =
        pods.values().stream()
            .flatMap(List::stream)
            .map(pod -> pod.getMetadata().getNamespace())
            .distinct()
            .sorted()
            .toList();
    Reading<List<NetworkPolicy>> policies =
        Reading.of(
            () ->
                namespaces.stream()
                    .flatMap(
                        namespace ->
                            client
                                .network()
                                .v1()
                                .networkPolicies()
                                .inNamespace(namespace)
                                .list()
                                .getItems()
                                .stream())
                    .toList());
    return new PoolFacts(pool, nodes, pods, answers, policies);
  }

  /** Through the API server, as kubectl logs goes. */
  private Reading<String> answer(Node node) {
    return Reading.of(
        () ->
            Optional.ofNullable(
                    client.raw("/api/v1/nodes/" + node.getMetadata().getName() + "/proxy/healthz"))
                .orElse("nothing"));
  }

  /** The operator's pods, in any namespace. */
  Reading<List<Pod>> operatorPods() {
    return Reading.of(
        () -> client.pods().inAnyNamespace().withLabel(NAME_LABEL, OPERATOR).list().getItems());
  }
}
