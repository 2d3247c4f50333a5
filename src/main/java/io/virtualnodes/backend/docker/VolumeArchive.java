package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * The content of a group's volumes as a tar archive, with one folder for each volume. The engine
 * makes a volume's folder for root alone; unpacking opens it to the user of any image, as the
 * kubelet does.
 */
final class VolumeArchive {
  private static final int OPEN_TO_ALL = 0777;
  private static final int READABLE_BY_ALL = 0755;

  // What a group that volumes belong to may do, as the kubelet has it, and that new files below a
  // folder belong to it too.
  private static final int GROUP_MAY_WRITE = 0660;
  private static final int GROUP_MAY_READ = 0440;
  private static final int GROUP_OF_FOLDER = 02110;

  private final TarArchiveOutputStream tar;
  private final Optional<Long> group;

  private VolumeArchive(TarArchiveOutputStream tar, Optional<Long> group) {
    this.tar = tar;
    this.group = group;
  }

  /**
   * @param group number of the group that all of it belongs to; empty is root's
   */
  static byte[] of(List<Volume> volumes, Optional<Long> group) {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      var archive = new VolumeArchive(tar, group);
      for (var volume : volumes) {
        switch (volume) {
          case Volume.Scratch(var name, _, _) -> archive.folder(name, OPEN_TO_ALL, GROUP_MAY_WRITE);
          case Volume.Files(var name, var files) -> archive.files(name, files);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  private void files(String volume, List<File> files) throws IOException {
    folder(volume, READABLE_BY_ALL, GROUP_MAY_READ);
    var folders = new LinkedHashSet<String>();
    for (var file : files) {
      for (int slash = file.path().indexOf('/');
          slash > 0;
          slash = file.path().indexOf('/', slash + 1)) {
        var parent = file.path().substring(0, slash);
        if (folders.add(parent)) {
          folder(volume + "/" + parent, READABLE_BY_ALL, GROUP_MAY_READ);
        }
      }
      var content = file.content();
      var entry = new TarArchiveEntry(volume + "/" + file.path());
      entry.setSize(content.length);
      file.owner().ifPresent(entry::setUserId);
      own(entry, file.mode(), GROUP_MAY_READ);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    }
  }

  private void folder(String path, int mode, int groupMode) throws IOException {
    var entry = new TarArchiveEntry(path + "/");
    own(entry, mode, groupMode | GROUP_OF_FOLDER);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private void own(TarArchiveEntry entry, int mode, int groupMode) {
    entry.setMode(group.isPresent() ? mode | groupMode : mode);
    group.ifPresent(entry::setGroupId);
  }
}
