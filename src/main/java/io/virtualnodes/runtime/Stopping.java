package io.virtualnodes.runtime;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkus.runtime.Shutdown;
import jakarta.enterprise.context.ApplicationScoped;

/** Ends what the process runs, before the client closes. */
@ApplicationScoped
public class Stopping {
  private final Starting starting;
  private final Wiring.Parts parts;
  private final LeaderElection election;
  private final KubernetesClient client;

  Stopping(
      Starting starting, Wiring.Parts parts, LeaderElection election, KubernetesClient client) {
    this.starting = starting;
    this.parts = parts;
    this.election = election;
    this.client = client;
  }

  @Shutdown
  void stop() {
    starting.stopOperator();
    parts.pools().close();
    election.release(client);
    parts.authority().close();
    parts.identity().close();
    parts.threads().close();
  }
}
