package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
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

  private VolumeArchive() {}

  static byte[] of(List<Volume> volumes) {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (var volume : volumes) {
        switch (volume) {
          case Volume.Scratch(var name, _, _) -> folder(tar, name, OPEN_TO_ALL);
          case Volume.Files(var name, var files) -> files(tar, name, files);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  private static void files(TarArchiveOutputStream tar, String volume, List<File> files)
      throws IOException {
    folder(tar, volume, READABLE_BY_ALL);
    var folders = new LinkedHashSet<String>();
    for (var file : files) {
      for (int slash = file.path().indexOf('/');
          slash > 0;
          slash = file.path().indexOf('/', slash + 1)) {
        var parent = file.path().substring(0, slash);
        if (folders.add(parent)) {
          folder(tar, volume + "/" + parent, READABLE_BY_ALL);
        }
      }
      var content = file.content();
      var entry = new TarArchiveEntry(volume + "/" + file.path());
      entry.setSize(content.length);
      entry.setMode(file.mode());
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    }
  }

  private static void folder(TarArchiveOutputStream tar, String path, int mode) throws IOException {
    var entry = new TarArchiveEntry(path + "/");
    entry.setMode(mode);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }
}
