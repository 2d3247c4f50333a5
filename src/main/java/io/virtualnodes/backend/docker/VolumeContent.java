package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A volume of files as it is at the engine.
 *
 * @param folder the one that is seen
 * @param group number of the group that it belongs to; empty is root's
 * @param files in that folder
 * @param paths everything in the volume, folders before what is in them
 */
record VolumeContent(String folder, Optional<Long> group, List<File> files, List<String> paths) {
  // A tar entry's mode has the kind of the file above these.
  private static final int PERMISSIONS = 07777;

  VolumeContent {
    files = List.copyOf(files);
    paths = List.copyOf(paths);
  }

  /**
   * Reads the archive of a volume's folder.
   *
   * @return empty if it was never filled, or not by {@link VolumeArchive} as it is now
   */
  static Optional<VolumeContent> of(byte[] archive) {
    Optional<String> folder = Optional.empty();
    Optional<Long> group = Optional.empty();
    var files = new ArrayList<File>();
    var paths = new ArrayList<String>();
    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        var path = pathOf(entry);
        if (path.isEmpty()) {
          continue;
        }
        paths.add(path);
        if (path.equals(VolumeArchive.DATA) && entry.isSymbolicLink()) {
          folder = Optional.of(entry.getLinkName());
          group = unlessRoot(entry.getLongGroupId());
        } else if (entry.isFile()) {
          files.add(
              new File(
                  path,
                  tar.readAllBytes(),
                  entry.getMode() & PERMISSIONS,
                  unlessRoot(entry.getLongUserId())));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("not an archive", e);
    }
    if (folder.isEmpty()) {
      return Optional.empty();
    }
    var seen = folder.get();
    return Optional.of(new VolumeContent(seen, group, below(seen + "/", files), paths));
  }

  private static Optional<Long> unlessRoot(long number) {
    return number == 0 ? Optional.empty() : Optional.of(number);
  }

  /** Without the first part, which is the name of the folder that was asked for. */
  private static String pathOf(TarArchiveEntry entry) {
    var name = entry.getName();
    var path = name.substring(name.indexOf('/') + 1);
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private static List<File> below(String prefix, List<File> files) {
    return files.stream()
        .filter(file -> file.path().startsWith(prefix))
        .map(file -> file.at(file.path().substring(prefix.length())))
        .toList();
  }

  /** Whether it has these files and no others. */
  boolean holds(Volume.Files volume) {
    return Set.copyOf(files).equals(Set.copyOf(volume.files()));
  }
}
