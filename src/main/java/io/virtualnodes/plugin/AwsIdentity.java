package io.virtualnodes.plugin;

import io.virtualnodes.plugin.CloudIdentity.Broken;
import io.virtualnodes.plugin.CloudIdentity.Seen;
import io.virtualnodes.plugin.CloudIdentity.Unseen;
import java.util.List;

/**
 * As whom AWS is asked, in the order of its default chain. Pure.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/credentials-chain.html">
 *     The chain</a>
 */
final class AwsIdentity {
  private static final List<String> KEYS = List.of("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
  private static final List<String> WEB = List.of("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN");
  // Of a container's credentials, as EKS Pod Identity gives them.
  private static final String CONTAINER = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

  // https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
  private static final String ROLE_ARN = "eks.amazonaws.com/role-arn";
  private static final String ROLE = "arn:aws[a-z-]*:iam::[0-9]{12}:role/.+";
  private static final String PAGE = "docs/tasks/aws.md";

  private AwsIdentity() {}

  static CloudIdentity of(OperatorFacts operator) {
    var environment = operator.environment();
    if (environment.has(KEYS)) {
      return new Seen("keys, by the operator's environment");
    }
    var half = KEYS.stream().filter(environment::has).toList();
    if (!half.isEmpty() && environment.whole()) {
      return new Broken(
          half.getFirst() + " counts only with the other of " + String.join(" and ", KEYS),
          "put both into the operator's environment: " + PAGE);
    }
    if (environment.has(WEB) || environment.has(CONTAINER)) {
      return new Seen("a role, by the operator's environment");
    }
    return CloudIdentity.ofUnreadableAccount(operator).orElseGet(() -> ofAccount(operator));
  }

  private static CloudIdentity ofAccount(OperatorFacts operator) {
    var role = operator.annotation(ROLE_ARN);
    if (role.isEmpty()) {
      return new Unseen(
          "neither a role of the service account nor keys are set up; whether the machine has a"
              + " role, or EKS Pod Identity gives one, cannot be seen from here",
          "nothing, if one does; otherwise deploy/overlays/fargate: " + PAGE);
    }
    return role.get().matches(ROLE) && !Placeholders.isPlaceholder(role.get())
        ? new Seen("a role, by the service account")
        : new Broken(
            ROLE_ARN + " of the service account is no role of yours: " + role.get(),
            "annotate it with the role that has the operator's policy: " + PAGE);
  }
}
