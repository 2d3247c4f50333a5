package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A secret with its versions, as it is now. Guarded by {@link Secrets}. */
final class Secret {
  private static final int ENDING = 6;
  private static final String CURRENT = "AWSCURRENT";
  private static final String PREVIOUS = "AWSPREVIOUS";

  final String name;
  final String arn;
  final Map<String, Version> versions = new LinkedHashMap<>();
  private final Instant createdAt;
  // Deleted without a window in which it could be restored.
  boolean forced;
  private String current = "";
  private String previous = "";

  ArrayNode tags = Json.array();
  String description = "";
  Optional<Instant> deletedAt = Optional.empty();
  // When its name is free again.
  Optional<Instant> goneAt = Optional.empty();

  /** One of text and bytes is there, the other is missing. */
  record Version(String id, JsonNode text, JsonNode binary, Instant createdAt) {
    boolean sameContent(Version other) {
      return text.equals(other.text()) && binary.equals(other.binary());
    }

    /** Names the version and leaves out what it holds. */
    @Override
    public String toString() {
      return "Version[" + id + "]";
    }
  }

  Secret(String name, Instant createdAt) {
    this.name = name;
    this.arn = Account.secret(name + "-" + Account.id().substring(0, ENDING));
    this.createdAt = createdAt;
  }

  void add(Version version) {
    versions.put(version.id(), version);
    makeCurrent(version);
  }

  void makeCurrent(Version version) {
    previous = current;
    current = version.id();
  }

  void forgetUnlabelled() {
    versions.keySet().removeIf(id -> stages(id).isEmpty());
  }

  /** Whether a version has a label. */
  boolean has(String version, String stage) {
    return version.equals(stage.equals(CURRENT) ? current : stage.equals(PREVIOUS) ? previous : "");
  }

  /**
   * The version of an id or a stage; without either, the current one.
   *
   * @throws AwsError if there is none
   */
  Version find(String id, String stage) {
    var wanted = id;
    if (wanted.isEmpty()) {
      wanted = stage.equals(PREVIOUS) ? previous : current;
    }
    var version = versions.get(wanted);
    boolean known = List.of("", CURRENT, PREVIOUS).contains(stage);
    if (version == null || !known) {
      throw new AwsError(
          "ResourceNotFoundException",
          "Secrets Manager can't find the specified secret value for %s."
              .formatted(id.isEmpty() ? "staging label: " + stage : "VersionId: " + id));
    }
    return version;
  }

  ArrayNode stages(String version) {
    var stages = Json.array();
    if (version.equals(current)) {
      stages.add(CURRENT);
    } else if (version.equals(previous)) {
      stages.add(PREVIOUS);
    }
    return stages;
  }

  /** An ARN does without the ending that AWS adds. */
  boolean isCalled(String nameOrArn) {
    return name.equals(nameOrArn)
        || arn.equals(nameOrArn)
        || arn.substring(0, arn.length() - ENDING - 1).equals(nameOrArn);
  }

  /** As a list shows it. */
  ObjectNode show() {
    var shown = Json.object().put("ARN", arn).put("Name", name);
    shown.put("Description", description);
    shown.put("CreatedDate", Json.time(createdAt));
    shown.put("LastChangedDate", Json.time(createdAt));
    shown.set("Tags", tags);
    deletedAt.ifPresent(at -> shown.put("DeletedDate", Json.time(at)));
    return shown;
  }

  /** With its versions. */
  ObjectNode describe() {
    var shown = show();
    var stages = shown.putObject("VersionIdsToStages");
    versions.keySet().stream()
        // A version without a label is not shown, and may be removed.
        .filter(id -> !stages(id).isEmpty())
        .forEach(id -> stages.set(id, stages(id)));
    return shown;
  }
}
