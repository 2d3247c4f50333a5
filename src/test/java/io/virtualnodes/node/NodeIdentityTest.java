package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.utils.HttpClientUtils;
import io.virtualnodes.node.NodeIdentity.Impersonation;
import org.junit.jupiter.api.Test;

class NodeIdentityTest {
  private final Config operator =
      new ConfigBuilder(Config.empty())
          .withMasterUrl("https://api.example:6443/")
          .withOauthToken("first")
          .build();

  @Test
  void aClientActsAsItsNodeAndNamesNoGroup() {
    try (var identity = identity(Impersonation.CONSTRAINED)) {
      var config = identity.client("burst-0").getConfiguration();

      assertThat(config.getImpersonateUsername()).isEqualTo("system:node:burst-0");
      assertThat(config.getImpersonateGroups()).isEmpty();
      assertThat(config.getMasterUrl()).isEqualTo("https://api.example:6443/");
    }
  }

  @Test
  void theOlderKindNamesTheGroup() {
    try (var identity = identity(Impersonation.NAMED)) {
      assertThat(identity.client("burst-0").getConfiguration().getImpersonateGroups())
          .containsExactly("system:nodes");
    }
  }

  @Test
  void aClientAsksWithTheOperatorsPresentToken() {
    try (var identity = identity(Impersonation.CONSTRAINED)) {
      var token = identity.client("burst-0").getConfiguration().getOauthTokenProvider();
      assertThat(token.getToken()).isEqualTo("first");

      operator.setOauthToken("second");
      assertThat(token.getToken()).isEqualTo("second");

      operator.setOauthToken(null);
      operator.setAutoOAuthToken("from the file");
      assertThat(token.getToken()).isEqualTo("from the file");
    }
  }

  @Test
  void theOperatorStaysItself() {
    try (var identity = identity(Impersonation.NAMED)) {
      identity.client("burst-0");

      assertThat(operator.getImpersonateUsername()).isNull();
      assertThat(operator.getImpersonateGroups()).isEmpty();
    }
  }

  @Test
  void aNodeHasOneClientUntilItIsGone() {
    try (var identity = identity(Impersonation.CONSTRAINED)) {
      var client = identity.client("burst-0");

      assertThat(identity.client("burst-0")).isSameAs(client);
      assertThat(identity.client("burst-1")).isNotSameAs(client);

      identity.forget("burst-0");
      assertThat(client.getHttpClient().isClosed()).isTrue();
      assertThat(identity.client("burst-0")).isNotSameAs(client);
    }
  }

  @Test
  void whoIsClosedClosesItsClients() {
    var identity = identity(Impersonation.CONSTRAINED);
    var client = identity.client("burst-0");

    identity.close();

    assertThat(client.getHttpClient().isClosed()).isTrue();
  }

  private NodeIdentity identity(Impersonation impersonation) {
    return new NodeIdentity(operator, HttpClientUtils.getHttpClientFactory(), impersonation);
  }
}
