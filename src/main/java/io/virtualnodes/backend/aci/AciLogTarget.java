package io.virtualnodes.backend.aci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The Log Analytics workspace that Azure sends the output of containers to. Azure wants the
 * workspace's key with each group. It is in a file, which a cluster keeps up to date where a Secret
 * is mounted, and is read when it is needed: no right to read Secrets is, and no key stays here.
 *
 * @param keys the folder of the keys, each in a file called like its workspace
 * @param logType which tables of the workspace, as Azure calls them
 */
public record AciLogTarget(String workspaceId, String logType, Path keys) {

  /**
   * The workspace's key.
   *
   * @return empty if there is none
   * @throws IOException if there is one and it cannot be read
   */
  Optional<String> key() throws IOException {
    try {
      return Optional.of(Files.readString(keys.resolve(workspaceId)).strip())
          .filter(key -> !key.isEmpty());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
