package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class TokenReviewsTest {
  @AutoClose
  private final ReviewServer<TokenReview> server =
      new ReviewServer<>("/apis/authentication.k8s.io/v1/tokenreviews", TokenReview.class, "{}");

  @Test
  void allThatTheClusterKnowsOfTheHolderIsKept() {
    server.answer =
        """
        {authenticated: true, user: {username: alice, uid: "42", groups: [ops, dev],
         extra: {scopes: [a, b]}}}
        """
            .replace("\n", " ");

    assertThat(new TokenReviews(server.client()).holder("secret"))
        .contains(
            new Identity(
                "alice", "42", List.of("ops", "dev"), Map.of("scopes", List.of("a", "b"))));
    var spec = server.asked.remove().getSpec();
    assertThat(spec.getToken()).isEqualTo("secret");
    assertThat(spec.getAudiences()).as("as a kubelet: the API server's own").isNullOrEmpty();
  }

  @Test
  void anythingButAClearYesIsNobody() {
    var reviews = new TokenReviews(server.client());
    for (var no :
        List.of(
            "{authenticated: false, error: expired}",
            "{user: {username: alice}}",
            "{authenticated: true}",
            "{authenticated: true, user: {groups: [ops]}}",
            "{authenticated: true, user: {username: ''}}",
            "{}",
            "")) {
      server.answer = no;
      assertThat(reviews.holder("secret")).as(no).isEmpty();
    }
  }

  @Test
  void anErrorOfTheClusterIsThrownAndDoesNotNameTheToken() {
    server.code = 403;

    assertThatThrownBy(() -> new TokenReviews(server.client()).holder("secret-token"))
        .isInstanceOf(KubernetesClientException.class)
        .message()
        .doesNotContain("secret-token");
  }
}
