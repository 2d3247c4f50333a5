package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.node.NodeManifest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads the operators of a cluster, what their Deployments name, and what they may do: some sixty
 * requests each.
 */
final class OperatorReader {
  private final KubernetesClient client;

  OperatorReader(KubernetesClient client) {
    this.client = client;
  }

  /**
   * In any namespace.
   *
   * @param pools whose nodes they have to act as
   */
  Reading<List<OperatorFacts>> operators(List<VirtualNodePool> pools) {
    var nodes = pools.stream().flatMap(OperatorReader::nodes).toList();
    return switch (deployments()) {
      case Reading.Unreadable<List<Deployment>>(var code, var why) ->
          new Reading.Unreadable<>(code, why);
      case Reading.Known<List<Deployment>>(var deployments) ->
          new Reading.Known<>(
              deployments.stream().map(deployment -> operator(deployment, nodes)).toList());
    };
  }

  /** Those that a pool is to have. */
  private static Stream<String> nodes(VirtualNodePool pool) {
    return IntStream.range(0, pool.getSpec().nodes().count())
        .mapToObj(index -> NodeManifest.name(pool, index));
  }

  private Reading<List<Deployment>> deployments() {
    return Reading.of(
        () ->
            client
                .apps()
                .deployments()
                .inAnyNamespace()
                .withLabel(ClusterReader.NAME_LABEL, ClusterReader.OPERATOR)
                .list()
                .getItems());
  }

  private OperatorFacts operator(Deployment deployment, List<String> nodes) {
    var namespace = deployment.getMetadata().getNamespace();
    var pod = deployment.getSpec().getTemplate().getSpec();
    var account = OperatorFacts.account(deployment);
    var secrets = new HashMap<String, Reading<Optional<Set<String>>>>();
    SecretUse.of(pod)
        .forEach(use -> secrets.computeIfAbsent(use.name(), name -> keys(namespace, name)));
    var needed = OperatorRight.needed(namespace, OperatorEnvironment.of(pod, secrets), nodes);
    return new OperatorFacts(
        deployment,
        Reading.of(
            () ->
                Optional.ofNullable(
                    client.serviceAccounts().inNamespace(namespace).withName(account).get())),
        secrets,
        Reading.of(() -> rights(namespace, account, needed)));
  }

  /** Of the Secret no more than the names of its keys is kept. */
  private Reading<Optional<Set<String>>> keys(String namespace, String secret) {
    return Reading.of(
        () ->
            Optional.ofNullable(client.secrets().inNamespace(namespace).withName(secret).get())
                .map(found -> Optional.ofNullable(found.getData()).orElse(Map.of()))
                .map(data -> Set.copyOf(data.keySet())));
  }

  /** In the order in which they are asked for. */
  private Map<OperatorRight, Boolean> rights(
      String namespace, String account, List<OperatorRight> needed) {
    var rights = new LinkedHashMap<OperatorRight, Boolean>();
    for (var right : needed) {
      rights.computeIfAbsent(right, one -> allows(namespace, account, one));
    }
    for (var right : OperatorRight.EXCESS) {
      rights.computeIfAbsent(right, one -> allows(namespace, account, one));
    }
    return rights;
  }

  private boolean allows(String namespace, String account, OperatorRight right) {
    var resource = right.resource().split("/", 2);
    var review =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser("system:serviceaccount:%s:%s".formatted(namespace, account))
            .withGroups(
                "system:serviceaccounts",
                "system:serviceaccounts:" + namespace,
                "system:authenticated")
            .withNewResourceAttributes()
            .withVerb(right.verb())
            .withGroup(right.group())
            .withResource(resource[0])
            .withSubresource(resource.length > 1 ? resource[1] : null)
            .withNamespace(emptyAsNull(right.namespace()))
            .withName(emptyAsNull(right.name()))
            .endResourceAttributes()
            .endSpec()
            .build();
    return Boolean.TRUE.equals(
        client.authorization().v1().subjectAccessReview().create(review).getStatus().getAllowed());
  }

  private static String emptyAsNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
