package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Volumes;

/** Volumes of the engine that outlive groups: each is made with the first container that has it. */
final class ClaimedVolumes implements Volumes {
  private final DockerEngine engine;
  private final Names names;

  ClaimedVolumes(DockerEngine engine, Names names) {
    this.engine = engine;
    this.names = names;
  }

  @Override
  public void delete(String id) {
    var name = names.claimed(id);
    if (isOurs(name, id)) {
      engine.removeVolume(name);
      // The engine refuses to remove what a container has, also one that ended.
      if (isOurs(name, id)) {
        throw new BackendException.Unavailable("volume %s is in use".formatted(name), null);
      }
    }
  }

  private boolean isOurs(String name, String id) {
    return engine
        .volume(name)
        .filter(found -> Marks.areOfClaimed(found.getLabels(), names.pool(), id))
        .isPresent();
  }
}
