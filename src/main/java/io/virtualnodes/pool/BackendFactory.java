package io.virtualnodes.pool;

import io.virtualnodes.api.BackendRung;
import io.virtualnodes.api.Nodes;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.aci.AciBackend;
import io.virtualnodes.backend.aci.AciRegions;
import io.virtualnodes.backend.docker.DockerBackend;
import io.virtualnodes.backend.fargate.FargateBackend;
import io.virtualnodes.backend.fargate.FargateRegions;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import java.nio.file.Path;
import java.time.InstantSource;

/** Makes the backend that a rung describes. */
public final class BackendFactory {
  private final InstantSource clock;
  private final SimulatedCloud simulations;
  private final AciRegions regions;
  private final FargateRegions fargateRegions = new FargateRegions();
  private final Path logAnalyticsKeys;

  /**
   * @param logAnalyticsKeys the folder with the keys of Log Analytics workspaces; it need not be
   *     there
   */
  public BackendFactory(InstantSource clock, SimulatedCloud simulations, Path logAnalyticsKeys) {
    this.clock = clock;
    this.simulations = simulations;
    this.logAnalyticsKeys = logAnalyticsKeys;
    this.regions = new AciRegions(clock);
  }

  /**
   * @param uid of the pool, by which a cloud tells it from another cluster's pool of its name
   * @param architecture of the processors of the pool's nodes
   * @throws BackendException if the settings cannot be used; a service that does not answer now is
   *     no reason
   */
  Backend make(String pool, String uid, Nodes.Architecture architecture, BackendRung rung) {
    if (rung.aci() != null) {
      return new AciBackend(
          BackendSettings.aci(pool, uid, rung.aci(), logAnalyticsKeys), regions, clock);
    }
    if (rung.docker() != null) {
      return new DockerBackend(BackendSettings.docker(pool, rung.docker()), clock);
    }
    if (rung.fargate() != null) {
      return new FargateBackend(
          BackendSettings.fargate(pool, uid, architecture, rung.fargate()),
          fargateRegions,
          clock,
          Thread::sleep);
    }
    if (rung.simulated() != null) {
      return new SimulatedBackend(
          BackendSettings.simulated(pool, rung.simulated()), simulations, clock, Thread::sleep);
    }
    throw BackendSettings.unknown(rung);
  }
}
