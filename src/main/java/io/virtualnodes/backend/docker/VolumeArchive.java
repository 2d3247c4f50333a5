package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * The content of a group's volumes as a tar archive, with one folder for each volume. The engine
 * makes a volume's folder for root alone; unpacking opens it to the user of any image, as the
 * kubelet does.
 *
 * <p>Files lie as the kubelet's atomic writer lays them, so that all of a volume can be changed by
 * the change of one link: in a hidden folder, to which {@code ..data} points, and seen by links
 * through that.
 *
 * @see <a
 *     href="https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go">
 *     atomic_writer.go</a>
 */
final class VolumeArchive implements AutoCloseable {
  /** Points to the folder that holds a volume's files. */
  static final String DATA = "..data";

  /** What is hidden in a volume begins so; no file of Kubernetes does. */
  static final String HIDDEN = "..";

  private static final DateTimeFormatter FOLDER =
      DateTimeFormatter.ofPattern("'..'yyyy_MM_dd_HH_mm_ss.nnnnnnnnn").withZone(ZoneOffset.UTC);

  private static final int OPEN_TO_ALL = 0777;
  private static final int READABLE_BY_ALL = 0755;
  private static final int WRITABLE_BY_GROUP = 0775;
  // As the kubelet has it for a group that a volume belongs to: new files below a folder are the
  // group's too.
  private static final int GROUP_STAYS = 02000;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);
  private final Optional<Long> group;

  /**
   * @param group number of the group that all of it belongs to; empty is root's
   */
  VolumeArchive(Optional<Long> group) {
    this.group = group;
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
  }

  /**
   * All volumes of a new group.
   *
   * @param group number of the group that all of it belongs to; empty is root's
   * @param now names the folders
   */
  static byte[] of(List<Volume> volumes, Optional<Long> group, Instant now) {
    try (var archive = new VolumeArchive(group)) {
      for (var volume : volumes) {
        switch (volume) {
          case Volume.Scratch(var name, _, _) -> archive.folder(name, OPEN_TO_ALL);
          // What is in it is not ours to change; its own folder is, as by a kubelet.
          case Volume.Claimed(var name, _) when group.isPresent() ->
              archive.folder(name, WRITABLE_BY_GROUP);
          case Volume.Claimed _ -> {}
          case Volume.AzureFile share ->
              throw new IllegalArgumentException("refused before: " + share);
          case Volume.ElasticFileSystem system ->
              throw new IllegalArgumentException("refused before: " + system);
          case Volume.Files(var name, var files) -> {
            var folder = folderOf(now);
            archive.folder(name, READABLE_BY_ALL);
            archive.files(name + "/" + folder, files);
            archive.link(name + "/" + DATA, folder);
            topNames(files).forEach(top -> archive.link(name + "/" + top, DATA + "/" + top));
          }
        }
      }
      return archive.bytes();
    }
  }

  /** The name of a folder for files that are written now. */
  static String folderOf(Instant now) {
    return FOLDER.format(now);
  }

  /** What of these files is seen at the top of their volume: themselves or their folder. */
  static SequencedSet<String> topNames(List<File> files) {
    return files.stream()
        .map(file -> file.path().split("/", 2)[0])
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** A folder with these files. */
  void files(String folder, List<File> files) {
    folder(folder, READABLE_BY_ALL);
    var folders = new LinkedHashSet<String>();
    for (var file : files) {
      for (int slash = file.path().indexOf('/');
          slash > 0;
          slash = file.path().indexOf('/', slash + 1)) {
        var parent = file.path().substring(0, slash);
        if (folders.add(parent)) {
          folder(folder + "/" + parent, READABLE_BY_ALL);
        }
      }
      file(file.at(folder + "/" + file.path()));
    }
  }

  /** One at its path. */
  void file(File file) {
    var content = file.content();
    var entry = new TarArchiveEntry(file.path());
    entry.setSize(content.length);
    entry.setMode(file.mode());
    file.owner().ifPresent(entry::setUserId);
    put(entry, content);
  }

  void link(String path, String target) {
    var entry = new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
    entry.setLinkName(target);
    put(entry, new byte[0]);
  }

  private void folder(String path, int mode) {
    var entry = new TarArchiveEntry(path + "/");
    entry.setMode(group.isPresent() ? mode | GROUP_STAYS : mode);
    put(entry, new byte[0]);
  }

  private void put(TarArchiveEntry entry, byte[] content) {
    group.ifPresent(entry::setGroupId);
    try {
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory cannot fail", e);
    }
  }

  /** All of it; nothing can be added any more. */
  byte[] bytes() {
    close();
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    try {
      tar.close();
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory cannot fail", e);
    }
  }
}
