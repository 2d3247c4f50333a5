package io.virtualnodes.runtime;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkus.runtime.Shutdown;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Ends what the process runs, after JOSDK stopped its own operator (priority 2500) and before the
 * client closes.
 */
@ApplicationScoped
public class Stopping {
  private static final int AFTER_THE_OPERATOR = 3000;

  private final Wiring.Parts parts;
  private final LeaderElection election;
  private final KubernetesClient client;

  Stopping(Wiring.Parts parts, LeaderElection election, KubernetesClient client) {
    this.parts = parts;
    this.election = election;
    this.client = client;
  }

  @Shutdown(AFTER_THE_OPERATOR)
  void stop() {
    parts.pools().close();
    election.release(client);
    parts.authority().close();
    parts.identity().close();
    parts.threads().close();
  }
}
