package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Where containers leave their last words. What they write to {@code /dev} ends with them, so each
 * instance has a file in a volume of its group bound to the place where it writes. It sees that
 * file and not the volume, so that it cannot put a link to anything else there.
 */
final class LastWordsFiles {
  /** No volume of a pod is called so: those have no dot, or a number after it. */
  static final String VOLUME = "last.words";

  private static final String LABEL = "virtualnodes.io/last-words";
  private static final String ELSE_LOG = "log:";
  private static final String FILE_ONLY = "file:";
  private static final int WRITABLE_BY_ALL = 0666;

  private LastWordsFiles() {}

  /** For the container that is to leave them. */
  static Map<String, String> label(LastWords words) {
    return Map.of(LABEL, (words.elseLog() ? ELSE_LOG : FILE_ONLY) + words.file());
  }

  /** The label of a container, to be given to its next instance too. */
  static Map<String, String> labelOf(Map<String, String> labels) {
    return labels.containsKey(LABEL) ? Map.of(LABEL, labels.get(LABEL)) : Map.of();
  }

  /** What {@link #label} said; empty if a container leaves none. */
  static Optional<LastWords> of(Map<String, String> labels) {
    return Optional.ofNullable(labels.get(LABEL))
        .map(
            text ->
                new LastWords(text.substring(text.indexOf(':') + 1), text.startsWith(ELSE_LOG)));
  }

  static String file(String container, int instance) {
    return container + "." + instance;
  }

  /** Empty files, to be unpacked where a container has all volumes of the group. */
  static byte[] archive(Stream<String> files) {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (var file : files.toList()) {
        var entry = new TarArchiveEntry(VOLUME + "/" + file);
        entry.setMode(WRITABLE_BY_ALL);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  /**
   * @param volumeFolder where the engine keeps the volume, on its machine
   */
  static Bind bind(String volumeFolder, String container, int instance, LastWords words) {
    return new Bind(
        volumeFolder + "/" + file(container, instance), new Volume(words.file()), AccessMode.rw);
  }

  /** What was bound for an instance, with the next one's file for its own. */
  static HostConfig next(HostConfig former, String container, int number) {
    var own = "/" + file(container, number - 1);
    return former.withBinds(
        Stream.ofNullable(former.getBinds())
            .flatMap(Stream::of)
            .map(
                bind ->
                    bind.getPath().endsWith(own)
                            && bind.getPath().contains(VOLUME)
                            && bind.getAccessMode() == AccessMode.rw
                        ? new Bind(
                            bind.getPath().substring(0, bind.getPath().length() - own.length())
                                + "/"
                                + file(container, number),
                            bind.getVolume(),
                            AccessMode.rw)
                        : bind)
            .toList());
  }
}
