package io.virtualnodes.cluster;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.docker.DockerBackend;
import io.virtualnodes.emulator.arm.ArmEmulator;
import io.virtualnodes.emulator.arm.Limits;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * An emulated Azure whose containers run on the engine of a test's cluster.
 *
 * @param service what the operator asks
 * @param containers what it runs them by
 */
record EmulatedAzure(ArmEmulator service, Backend containers) implements AutoCloseable {

  static EmulatedAzure of(Class<?> test) {
    return of(test, Optional.empty());
  }

  /**
   * @param record the file to which it writes what it is asked
   */
  static EmulatedAzure of(Class<?> test, Optional<Path> record) {
    var containers =
        new DockerBackend(
            new DockerBackend.Settings(
                ArmEmulator.POOL,
                URI.create(Cluster.of(test).engine().host()),
                "bridge",
                "virtualnodes/pause:latest",
                List.of()),
            InstantSource.system());
    return new EmulatedAzure(
        new ArmEmulator(0, Limits.USUAL, containers, InstantSource.system(), record), containers);
  }

  /**
   * Takes its groups with it. A pool at it needs it for its own end, and has to be closed first.
   */
  @Override
  public void close() {
    service.clear();
    service.close();
    containers.close();
  }
}
