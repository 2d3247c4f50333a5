package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.LogOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads what a container left of words when it ended, as the kubelet does. */
final class LastWordsReader {
  private static final LogOptions END_OF_LOG =
      new LogOptions(
          false,
          false,
          false,
          Optional.empty(),
          OptionalLong.of(LastWords.LOG_LINES),
          OptionalLong.empty());

  private final DockerEngine engine;

  LastWordsReader(DockerEngine engine) {
    this.engine = engine;
  }

  /**
   * An end with the words that belong to it.
   *
   * @throws io.virtualnodes.backend.BackendException if the engine does not give them for now
   */
  Exited completed(Exited exited, String containerId, Map<String, String> labels) {
    var words = LastWordsFiles.of(labels).map(place -> words(place, exited.code(), containerId));
    return words
        .filter(text -> !text.isEmpty())
        .map(
            text ->
                new Exited(
                    exited.code(),
                    exited.reason(),
                    exited.message().isEmpty() ? text : exited.message() + ": " + text,
                    exited.since(),
                    exited.at()))
        .orElse(exited);
  }

  private String words(LastWords place, int code, String containerId) {
    var written = engine.files().end(containerId, place.file(), LastWords.FILE_BYTES).orElse("");
    return written.isEmpty() && place.elseLog() && code != 0 ? endOfLog(containerId) : written;
  }

  private String endOfLog(String containerId) {
    var log = ContainerLog.open(engine, containerId, END_OF_LOG);
    if (log.isEmpty()) {
      return "";
    }
    try (var open = log.get()) {
      return end(open, LastWords.LOG_BYTES);
    } catch (IOException e) {
      throw DockerFailures.of(new java.io.UncheckedIOException(e));
    }
  }

  /** The last bytes of a stream as text. */
  static String end(InputStream stream, int most) throws IOException {
    var kept = new byte[0];
    var chunk = new byte[8192];
    for (int count = stream.read(chunk); count >= 0; count = stream.read(chunk)) {
      var all = Arrays.copyOf(kept, kept.length + count);
      System.arraycopy(chunk, 0, all, kept.length, count);
      kept = Arrays.copyOfRange(all, Math.max(0, all.length - most), all.length);
    }
    return new String(kept, StandardCharsets.UTF_8);
  }
}
