package io.virtualnodes.pool;

import io.virtualnodes.api.BackendRung;
import io.virtualnodes.api.DockerSettings;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.docker.DockerBackend;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Makes the backend that a rung describes. */
public final class BackendFactory {
  private final InstantSource clock;

  public BackendFactory(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * @throws BackendException if the settings cannot be used; a service that does not answer now is
   *     no reason
   */
  Backend make(String pool, BackendRung rung) {
    if (rung.docker() != null) {
      return new DockerBackend(docker(pool, rung.docker()), clock);
    }
    // The CRD asks for exactly one kind, so this is a CRD that is newer than the operator.
    throw new BackendException.Unsupported(
        List.of("spec.backends[" + rung.name() + "]: this operator knows no such backend"));
  }

  private static DockerBackend.Settings docker(String pool, DockerSettings docker) {
    return new DockerBackend.Settings(
        pool,
        java.net.URI.create(docker.host()),
        docker.network(),
        docker.sandboxImage(),
        Optional.ofNullable(docker.sharedFolders()).orElse(List.of()).stream()
            .map(
                folder ->
                    new DockerBackend.SharedFolder(
                        folder.path(),
                        folder.mountPath(),
                        folder.access() == DockerSettings.Access.ReadOnly))
            .toList());
  }
}
