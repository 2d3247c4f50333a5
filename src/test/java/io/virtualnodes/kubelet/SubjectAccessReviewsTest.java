package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class SubjectAccessReviewsTest {
  private static final Identity ALICE =
      new Identity("alice", "42", List.of("ops", "dev"), Map.of("scopes", List.of("a", "b")));
  private static final NodeAccess READ = new NodeAccess("burst-0", "proxy", "get");

  @AutoClose
  private final ReviewServer<SubjectAccessReview> server =
      new ReviewServer<>(
          "/apis/authorization.k8s.io/v1/subjectaccessreviews",
          SubjectAccessReview.class,
          "{allowed: true}");

  @Test
  void theClusterIsAskedAboutThisCallerAndNode() {
    assertThat(new SubjectAccessReviews(server.client()).allows(ALICE, READ)).isTrue();

    var spec = server.asked.remove().getSpec();
    assertThat(spec.getUser()).isEqualTo("alice");
    assertThat(spec.getUid()).isEqualTo("42");
    assertThat(spec.getGroups()).containsExactly("ops", "dev");
    assertThat(spec.getExtra()).isEqualTo(Map.of("scopes", List.of("a", "b")));
    var attributes = spec.getResourceAttributes();
    assertThat(attributes.getResource()).isEqualTo("nodes");
    assertThat(attributes.getSubresource()).isEqualTo("proxy");
    assertThat(attributes.getName()).isEqualTo("burst-0");
    assertThat(attributes.getVerb()).isEqualTo("get");
    assertThat(attributes.getVersion()).isEqualTo("v1");
  }

  @Test
  void anythingButAClearYesIsNo() {
    var reviews = new SubjectAccessReviews(server.client());
    for (var no : List.of("{allowed: false}", "{allowed: true, denied: true}", "{}", "")) {
      server.answer = no;
      assertThat(reviews.allows(ALICE, READ)).as(no).isFalse();
    }
  }

  @Test
  void anErrorOfTheClusterIsThrown() {
    server.code = 403;

    assertThatThrownBy(() -> new SubjectAccessReviews(server.client()).allows(ALICE, READ))
        .isInstanceOf(KubernetesClientException.class);
  }
}
