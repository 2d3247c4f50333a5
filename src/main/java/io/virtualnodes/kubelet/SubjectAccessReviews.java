package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;

/**
 * Asks by a SubjectAccessReview, so that whatever authorizes in this cluster decides. Needs the
 * right to create {@code subjectaccessreviews}.
 */
public final class SubjectAccessReviews implements AccessReview {
  private final KubernetesClient client;

  public SubjectAccessReviews(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public boolean allows(Identity caller, NodeAccess access) {
    var review =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser(caller.user())
            .withUid(caller.uid())
            .withGroups(caller.groups())
            .withExtra(caller.extra())
            .withNewResourceAttributes()
            .withVersion("v1")
            .withResource("nodes")
            .withSubresource(access.subresource())
            .withName(access.node())
            .withVerb(access.verb())
            .endResourceAttributes()
            .endSpec()
            .build();
    var status = client.authorization().v1().subjectAccessReview().create(review).getStatus();
    return status != null
        && Boolean.TRUE.equals(status.getAllowed())
        && !Boolean.TRUE.equals(status.getDenied());
  }
}
