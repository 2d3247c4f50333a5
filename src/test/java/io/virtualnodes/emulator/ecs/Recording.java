package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What an emulator wrote down of its requests and answers. */
public final class Recording {
  private static final String SECRETS = "secretsmanager.";

  private final List<JsonNode> lines;

  private Recording(List<JsonNode> lines) {
    this.lines = lines;
  }

  /** All until now, also while more is written down. */
  public static Recording of(Path file) {
    try {
      var text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      // The last line may still be written.
      var whole = text.substring(0, text.lastIndexOf('\n') + 1);
      return new Recording(whole.lines().map(Recording::read).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode read(String line) {
    try {
      return Json.MAPPER.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Requests to Secrets Manager, whose values are not written down, and its answers. */
  public List<String> ofSecrets() {
    return lines.stream().filter(Recording::isOfSecrets).map(JsonNode::toString).toList();
  }

  /** Requests to all other services, and their answers. */
  public List<String> ofOthers() {
    return lines.stream().filter(line -> !isOfSecrets(line)).map(JsonNode::toString).toList();
  }

  private static boolean isOfSecrets(JsonNode line) {
    return line.at("/headers/X-amz-target").asText().startsWith(SECRETS);
  }
}
