package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.BackendException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where the groups of all simulated pools of this process are, so that they outlive a change of a
 * pool's settings; and the process itself, if there is a folder for their journals.
 */
public final class SimulatedCloud {
  private final Optional<Path> folder;
  private final Map<String, Holdings> pools = new HashMap<>();

  /**
   * @param folder in which each pool's journal is kept as {@code <pool>.jsonl}; made if it is not
   *     there. Empty: groups end with the process
   */
  public SimulatedCloud(Optional<Path> folder) {
    this.folder = folder;
  }

  /**
   * @throws BackendException.Denied if the pool's journal cannot be read
   */
  synchronized Holdings of(String pool) {
    try {
      return pools.computeIfAbsent(
          pool,
          name -> new Holdings(new Journal(folder.map(path -> path.resolve(name + ".jsonl")))));
    } catch (UncheckedIOException e) {
      throw new BackendException.Denied(e.getMessage() + ": " + e.getCause().getMessage(), e);
    }
  }
}
