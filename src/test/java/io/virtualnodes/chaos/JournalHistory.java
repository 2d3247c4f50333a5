package io.virtualnodes.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** As the journal of a simulated pool tells it. Reads on from where it last stopped. */
final class JournalHistory implements GroupHistory {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private long position;
  private final Map<String, Integer> accepted = new HashMap<>();
  private final Set<String> live = new HashSet<>();
  private final Map<String, String> ended = new LinkedHashMap<>();

  JournalHistory(Path folder, String pool) {
    this.file = folder.resolve(pool + ".jsonl");
  }

  @Override
  public synchronized Set<String> present() {
    read();
    return Set.copyOf(live);
  }

  @Override
  public synchronized Map<String, String> ended() {
    read();
    var taken = Map.copyOf(ended);
    ended.clear();
    return taken;
  }

  @Override
  public synchronized void judge(Violations violations, Function<String, Boolean> once) {
    read();
    // A simulated group starts when it is accepted and loses nothing: no pod needs a second one.
    accepted.forEach(
        (uid, times) -> {
          if (times > 1) {
            violations.add("the backend accepted %d groups of pod %s".formatted(times, uid));
          }
        });
  }

  /** How many groups were ever accepted. */
  synchronized int acceptances() {
    read();
    return accepted.values().stream().mapToInt(Integer::intValue).sum();
  }

  private void read() {
    if (!Files.exists(file)) {
      return;
    }
    try (var journal = new RandomAccessFile(file.toFile(), "r")) {
      journal.seek(position);
      var bytes = new byte[Math.toIntExact(journal.length() - position)];
      journal.readFully(bytes);
      var text = new String(bytes, StandardCharsets.UTF_8);
      var whole = text.substring(0, text.lastIndexOf('\n') + 1);
      position += whole.getBytes(StandardCharsets.UTF_8).length;
      for (var line : whole.lines().toList()) {
        take(MAPPER.readTree(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the journal %s cannot be read".formatted(file), e);
    }
  }

  private void take(JsonNode entry) {
    var id = entry.get("id").asText();
    var uid = id.substring(0, id.lastIndexOf('-'));
    switch (entry.get("event").asText()) {
      case "Accepted" -> {
        accepted.merge(uid, 1, Integer::sum);
        live.add(uid);
      }
      case "Stopped" -> ended.put(uid, entry.toString());
      case "Deleted", "Lost" -> {
        live.remove(uid);
        ended.put(uid, entry.toString());
      }
      default -> throw new IllegalStateException("unknown to this test: " + entry);
    }
  }

  @Override
  public void close() {
    // Nothing is open between two reads.
  }
}
