package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodIsolationTest {
  private static NetworkPolicy policy(String name, String selector) {
    return Serialization.unmarshal(
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: %s, namespace: shop}
        spec: {podSelector: %s, policyTypes: [Ingress]}
        """
            .formatted(name, selector),
        NetworkPolicy.class);
  }

  private static List<String> selecting(Map<String, String> labels, NetworkPolicy... policies) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("web")
            .withLabels(labels)
            .endMetadata()
            .build();
    return PodIsolation.selecting(pod, List.of(policies));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{matchLabels: {app: web}}",
        "{matchLabels: {app: web, tier: front}}",
        "{matchExpressions: [{key: app, operator: In, values: [api, web]}]}",
        "{matchExpressions: [{key: app, operator: NotIn, values: [api]}]}",
        "{matchExpressions: [{key: team, operator: NotIn, values: [blue]}]}",
        "{matchExpressions: [{key: app, operator: Exists}]}",
        "{matchExpressions: [{key: team, operator: DoesNotExist}]}",
        "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: Exists}]}",
      })
  void itIsSelected(String selector) {
    assertThat(selecting(Map.of("app", "web", "tier", "front"), policy("deny", selector)))
        .containsExactly("deny");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{matchLabels: {app: api}}",
        "{matchLabels: {app: web, team: blue}}",
        "{matchExpressions: [{key: app, operator: In, values: [api]}]}",
        "{matchExpressions: [{key: team, operator: In, values: [blue]}]}",
        "{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
        "{matchExpressions: [{key: team, operator: Exists}]}",
        "{matchExpressions: [{key: app, operator: DoesNotExist}]}",
        "{matchLabels: {app: web}, matchExpressions: [{key: team, operator: Exists}]}",
      })
  void itIsNotSelected(String selector) {
    assertThat(selecting(Map.of("app", "web", "tier", "front"), policy("deny", selector)))
        .isEmpty();
  }

  @Test
  void aPodWithoutLabelsIsSelectedByWhoeverSelectsAll() {
    assertThat(
            selecting(
                null,
                policy("some", "{matchLabels: {app: web}}"),
                policy("none-but-apps", "{matchExpressions: [{key: app, operator: DoesNotExist}]}"),
                policy("all", "{}")))
        .containsExactly("all", "none-but-apps");
  }
}
