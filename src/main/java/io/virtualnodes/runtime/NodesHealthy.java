package io.virtualnodes.runtime;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Whether the pods of every node are watched: JOSDK's own check does not know the operators that we
 * start for nodes.
 */
@Readiness
@ApplicationScoped
public class NodesHealthy implements HealthCheck {
  private final Wiring.Parts parts;

  NodesHealthy(Wiring.Parts parts) {
    this.parts = parts;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("node-watches").status(parts.pools().healthy()).build();
  }
}
