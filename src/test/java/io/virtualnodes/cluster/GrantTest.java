package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.virtualnodes.cluster.AuditLog.Request;
import io.virtualnodes.cluster.Grant.Right;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GrantTest {
  private static final String OPERATOR = "system:serviceaccount:virtual-nodes:operator";

  @Test
  void aRuleIsEachOfItsVerbsOnEachOfItsResources() {
    var grant =
        new Grant(
            "role",
            Optional.empty(),
            new PolicyRuleBuilder()
                .withApiGroups("")
                .withResources("secrets", "configmaps")
                .withVerbs("impersonate-on:arbitrary-node:get", "list")
                .build());

    assertThat(grant.rights())
        .containsExactlyInAnyOrder(
            new Right(true, "get", "", "secrets"),
            new Right(true, "get", "", "configmaps"),
            new Right(false, "list", "", "secrets"),
            new Right(false, "list", "", "configmaps"));
  }

  @Test
  void aRightAsANodeIsNoneAsOneselfAndTheOtherWayRound() {
    var asNode = grant(Optional.empty(), List.of(), "impersonate-on:arbitrary-node:get");
    var asItself = grant(Optional.empty(), List.of(), "get");

    assertThat(asNode.allows(get("system:node:a", "n", "x"))).isTrue();
    assertThat(asNode.allows(get(OPERATOR, "n", "x"))).isFalse();
    assertThat(asItself.allows(get("system:node:a", "n", "x"))).isFalse();
    assertThat(asItself.allows(get(OPERATOR, "n", "x"))).isTrue();
  }

  @Test
  void theOlderImpersonationAllowsWhateverItIsAsTheUsersThatItNamesAndNothingAsOneself() {
    var byName =
        new Grant(
            "role",
            Optional.empty(),
            new PolicyRuleBuilder()
                .withApiGroups("")
                .withResources("users")
                .withResourceNames("system:node:a")
                .withVerbs("impersonate")
                .build());

    assertThat(byName.rights()).containsExactly(Right.TO_BE_A_USER);
    assertThat(byName.allows(get("system:node:a", "n", "x"))).isTrue();
    assertThat(byName.allows(get("system:node:b", "n", "x"))).isFalse();
    assertThat(byName.allows(get(OPERATOR, "n", "x"))).isFalse();
  }

  @Test
  void namesAndNamespacesNarrowIt() {
    assertThat(grant(Optional.of("n"), List.of(), "get").allows(get(OPERATOR, "m", "x"))).isFalse();
    assertThat(grant(Optional.of("n"), List.of("x"), "get").allows(get(OPERATOR, "n", "x")))
        .isTrue();
    assertThat(grant(Optional.of("n"), List.of("x"), "get").allows(get(OPERATOR, "n", "y")))
        .isFalse();
    assertThat(grant(Optional.of("n"), List.of("x"), "get").allows(get(OPERATOR, "n", null)))
        .isFalse();
  }

  @Test
  void pathsThatAreNoResourcesAreCoveredByPathsOnly() {
    var paths =
        new Grant(
            "system:discovery",
            Optional.empty(),
            new PolicyRuleBuilder()
                .withNonResourceURLs("/version", "/apis/*")
                .withVerbs("get")
                .build());

    assertThat(paths.allows(path("/version"))).isTrue();
    assertThat(paths.allows(path("/apis/apps/v1"))).isTrue();
    assertThat(paths.allows(path("/metrics"))).isFalse();
    assertThat(paths.allows(get(OPERATOR, "n", "x"))).isFalse();
  }

  private static Grant grant(Optional<String> namespace, List<String> names, String verb) {
    return new Grant(
        "role",
        namespace,
        new PolicyRuleBuilder()
            .withApiGroups("")
            .withResources("secrets")
            .withResourceNames(names)
            .withVerbs(verb)
            .build());
  }

  private static Request get(String user, String namespace, String name) {
    return new Request(
        Instant.EPOCH, user, OPERATOR, "", "get", "", "secrets", namespace, name, "/x", 200);
  }

  private static Request path(String path) {
    return new Request(Instant.EPOCH, OPERATOR, OPERATOR, "", "get", "", "", null, null, path, 200);
  }
}
