package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks by a TokenReview, so that whatever authenticates in this cluster decides. Names no audience,
 * as a kubelet does not: tokens are those that the API server itself would take. Needs the right to
 * create {@code tokenreviews}.
 */
public final class TokenReviews implements TokenReview {
  private final KubernetesClient client;

  public TokenReviews(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Optional<Identity> holder(String token) {
    var review = new TokenReviewBuilder().withNewSpec().withToken(token).endSpec().build();
    var status = client.tokenReviews().create(review).getStatus();
    if (status == null || !Boolean.TRUE.equals(status.getAuthenticated())) {
      return Optional.empty();
    }
    return Optional.ofNullable(status.getUser())
        .filter(user -> user.getUsername() != null && !user.getUsername().isEmpty())
        .map(TokenReviews::identity);
  }

  private static Identity identity(UserInfo user) {
    return new Identity(
        user.getUsername(),
        Optional.ofNullable(user.getUid()).orElse(""),
        Optional.ofNullable(user.getGroups()).orElse(List.of()),
        Optional.ofNullable(user.getExtra()).orElse(Map.of()));
  }
}
