package io.virtualnodes.runtime;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * Whether the heartbeats of the nodes that run here do their rounds. An API server that does not
 * answer is no reason to end a process; one whose heartbeats stand still would lose its nodes, and
 * is better started anew. A replica that stands by runs no nodes, and lives.
 */
@Liveness
@ApplicationScoped
public class HeartbeatsAlive implements HealthCheck {
  private final Wiring.Parts parts;

  HeartbeatsAlive(Wiring.Parts parts) {
    this.parts = parts;
  }

  @Override
  public HealthCheckResponse call() {
    var stuck = parts.pools().stuck();
    var response = HealthCheckResponse.named("node-heartbeats").status(stuck.isEmpty());
    if (!stuck.isEmpty()) {
      response.withData("stuck", String.join(", ", stuck));
    }
    return response.build();
  }
}
