package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.util.Optional;

/** As whom an operator asks a cloud, by what stands in the cluster. */
sealed interface CloudIdentity {
  /** It is set up. */
  record Seen(String text) implements CloudIdentity {}

  /** It is set up in a way that cannot work. */
  record Broken(String text, String next) implements CloudIdentity {}

  /** Nothing shows it: it works or not by what no cluster can tell. */
  record Unseen(String text, String next) implements CloudIdentity {}

  /** Where the operator's service account may say it, and may not be read; else empty. */
  static Optional<CloudIdentity> ofUnreadableAccount(OperatorFacts operator) {
    return operator.account() instanceof Reading.Unreadable<Optional<ServiceAccount>>(_, var why)
        ? Optional.of(
            new Unseen(
                "the service account may not be read: " + why,
                "ask somebody with the right to read it"))
        : Optional.empty();
  }
}
