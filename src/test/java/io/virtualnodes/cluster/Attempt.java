package io.virtualnodes.cluster;

import java.util.Optional;

/**
 * One request of somebody who has the operator's token, and what comes of it.
 *
 * @param path with the words of {@link StolenToken#told} in braces; so is the body
 * @param outcome in a cluster with constrained impersonation, and in an older one too unless it has
 *     one of its own
 */
record Attempt(
    Who who, String method, String path, String body, Outcome outcome, Optional<Outcome> older) {

  /** Whom the API server takes the intruder for. */
  enum Who {
    ITSELF("itself"),
    /** The operator's own account, which the policy {@code own-objects} is about. */
    UNDER_THE_POLICY("itself under the policy"),
    AS_VIRTUAL("a virtual node"),
    AS_MACHINE("a machine's node");

    private final String words;

    Who(String words) {
      this.words = words;
    }
  }

  /** What the API server does. */
  sealed interface Outcome {
    /**
     * Carried out.
     *
     * @param answer some words of what is had by it
     */
    record Done(String answer) implements Outcome {}

    /**
     * Forbidden.
     *
     * @param reason some words of the API server's
     */
    record Refused(String reason) implements Outcome {}
  }

  // RBAC, the Node authorizer and both kinds of impersonation say so of a verb on a resource.
  private static final Outcome NO_SUCH_RIGHT = new Outcome.Refused("cannot ");

  /** Refused for want of a right, everywhere. */
  static Attempt of(Who who, String method, String path, String body) {
    return new Attempt(who, method, path, body, NO_SUCH_RIGHT, Optional.empty());
  }

  static Attempt reads(Who who, String path) {
    return of(who, "GET", path, "");
  }

  Attempt refused(String reason) {
    return new Attempt(who, method, path, body, new Outcome.Refused(reason), older);
  }

  Attempt done() {
    return done("");
  }

  Attempt done(String answer) {
    return new Attempt(who, method, path, body, new Outcome.Done(answer), older);
  }

  Attempt butOnOlderClustersDone() {
    return new Attempt(who, method, path, body, outcome, Optional.of(new Outcome.Done("")));
  }

  Attempt butOnOlderClustersRefused(String reason) {
    return new Attempt(who, method, path, body, outcome, Optional.of(new Outcome.Refused(reason)));
  }

  @Override
  public String toString() {
    return "as " + who.words + ": " + method + " " + path;
  }
}
