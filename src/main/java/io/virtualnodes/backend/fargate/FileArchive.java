package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * What the volumes of a group hold when it starts, as one text: an archive with a folder for each
 * volume, by its place among them. The same volumes make the same text, so nothing in it is of the
 * time at which it was made.
 *
 * <p>Files lie as the kubelet lays them, behind a link that is called {@code ..data}, since
 * programs look for that. Nobody changes it here.
 */
final class FileArchive {
  private static final String DATA = "..data";
  private static final String FOLDER = "..files";
  private static final int OPEN_TO_ALL = 0777;
  private static final int READABLE_BY_ALL = 0755;
  // As the kubelet has it for a group that a volume belongs to: new files below a folder are the
  // group's too.
  private static final int GROUP_STAYS = 02000;

  private final TarArchiveOutputStream tar;
  private final Optional<Long> group;

  private FileArchive(TarArchiveOutputStream tar, Optional<Long> group) {
    this.tar = tar;
    this.group = group;
  }

  /**
   * @param group number of the group that all of it belongs to; empty is root's
   * @return a gzipped tar in base64, without line ends
   */
  static String of(List<Volume> volumes, Optional<Long> group) {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
      var archive = new FileArchive(tar, group);
      for (int i = 0; i < volumes.size(); i++) {
        archive.add(String.valueOf(i), volumes.get(i));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory cannot fail", e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private void add(String folder, Volume volume) throws IOException {
    switch (volume) {
      // Fargate makes it for root alone.
      case Volume.Scratch _ -> folder(folder, OPEN_TO_ALL);
      case Volume.Files(_, var files) -> {
        folder(folder, READABLE_BY_ALL);
        var hidden = folder + "/" + FOLDER;
        folder(hidden, READABLE_BY_ALL);
        files(hidden, files);
        link(folder + "/" + DATA, FOLDER);
        for (var top : topNames(files)) {
          link(folder + "/" + top, DATA + "/" + top);
        }
      }
      // What is in it is not ours to change.
      case Volume.Claimed _, Volume.AzureFile _, Volume.ElasticFileSystem _ -> {}
    }
  }

  private static List<String> topNames(List<File> files) {
    return files.stream().map(file -> file.path().split("/", 2)[0]).distinct().toList();
  }

  private void files(String folder, List<File> files) throws IOException {
    var made = new LinkedHashSet<String>();
    for (var file : files) {
      for (int slash = file.path().indexOf('/');
          slash > 0;
          slash = file.path().indexOf('/', slash + 1)) {
        var parent = file.path().substring(0, slash);
        if (made.add(parent)) {
          folder(folder + "/" + parent, READABLE_BY_ALL);
        }
      }
      var content = file.content();
      var entry = new TarArchiveEntry(folder + "/" + file.path());
      entry.setSize(content.length);
      entry.setMode(file.mode());
      file.owner().ifPresent(entry::setUserId);
      put(entry, content);
    }
  }

  private void link(String path, String target) throws IOException {
    var entry = new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
    entry.setLinkName(target);
    put(entry, new byte[0]);
  }

  private void folder(String path, int mode) throws IOException {
    var entry = new TarArchiveEntry(path + "/");
    entry.setMode(group.isPresent() ? mode | GROUP_STAYS : mode);
    put(entry, new byte[0]);
  }

  private void put(TarArchiveEntry entry, byte[] content) throws IOException {
    entry.setModTime(0);
    group.ifPresent(entry::setGroupId);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }
}
