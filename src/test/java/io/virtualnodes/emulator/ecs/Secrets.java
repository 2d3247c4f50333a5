package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.emulator.ecs.Secret.Version;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Secrets Manager. A deletion without a recovery window is not done at once: the name stays taken
 * for a while.
 */
final class Secrets {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9/_+=.@-]{1,512}");
  private static final int LARGEST = 65_536;
  private static final int USUAL_WINDOW_DAYS = 30;
  private static final int LEAST_WINDOW_DAYS = 7;

  private final Limits limits;
  private final Throttle throttle;
  private final InstantSource clock;
  private final Map<String, Secret> secrets = new TreeMap<>();

  Secrets(Limits limits, Throttle throttle, InstantSource clock) {
    this.limits = limits;
    this.throttle = throttle;
    this.clock = clock;
  }

  synchronized ObjectNode answer(String operation, ObjectNode asked) {
    var now = clock.instant();
    secrets.values().removeIf(one -> one.goneAt.filter(at -> !at.isAfter(now)).isPresent());
    throttle.count(
        List.of("GetSecretValue", "DescribeSecret", "ListSecrets").contains(operation)
            ? Limits.Category.SECRET_READ
            : Limits.Category.SECRET_WRITE,
        now);
    return switch (operation) {
      case "CreateSecret" -> create(asked, now);
      case "GetSecretValue" -> read(asked);
      case "PutSecretValue", "UpdateSecret" -> put(asked, now);
      case "DescribeSecret" -> known(asked).describe();
      case "ListSecrets" -> list(asked);
      case "DeleteSecret" -> delete(asked, now);
      case "RestoreSecret" -> restore(asked);
      case "UpdateSecretVersionStage" -> move(asked);
      case "TagResource" -> tag(asked);
      case "UntagResource" -> untag(asked);
      default -> throw AwsError.unknown("secretsmanager." + operation);
    };
  }

  private ObjectNode create(ObjectNode asked, Instant now) {
    var name = Json.text(asked, "Name");
    if (!NAME.matcher(name).matches()) {
      throw AwsError.invalid(
          "Invalid name. Must be a valid name containing alphanumeric characters, or any of the"
              + " following: -/_+=.@!");
    }
    var version = version(asked, now);
    var before = secrets.get(name);
    if (before != null) {
      return again(before, version);
    }
    var secret = new Secret(name, now);
    asked.path("Tags").forEach(secret.tags::add);
    secret.description = asked.path("Description").asText();
    secret.add(version);
    secrets.put(name, secret);
    return written(secret, version.id());
  }

  /** Asking again with the same token and content changes nothing; anything else is refused. */
  private static ObjectNode again(Secret before, Version version) {
    if (before.deletedAt.isPresent()) {
      throw request(
          "You can't create this secret because a secret with this name is already scheduled for"
              + " deletion.");
    }
    var same = before.versions.get(version.id());
    if (same != null && same.sameContent(version)) {
      return written(before, version.id());
    }
    throw new AwsError(
        "ResourceExistsException",
        "The operation failed because the secret %s already exists.".formatted(before.name));
  }

  private static Version version(ObjectNode asked, Instant now) {
    var text = asked.path("SecretString");
    var binary = asked.path("SecretBinary");
    if (text.isTextual() && binary.isTextual()) {
      throw AwsError.invalid(
          "You can't specify both a binary secret value and a string secret value in the same"
              + " secret.");
    }
    int size =
        binary.isTextual()
            ? Base64.getDecoder().decode(binary.asText()).length
            : text.asText().getBytes(StandardCharsets.UTF_8).length;
    if (size > LARGEST) {
      throw new AwsError(
          "ValidationException",
          "1 validation error detected: Value at 'secretString' failed to satisfy constraint:"
              + " Member must have length less than or equal to "
              + LARGEST);
    }
    var id = asked.path("ClientRequestToken").asText();
    return new Version(id.isEmpty() ? UUID.randomUUID().toString() : id, text, binary, now);
  }

  private static ObjectNode written(Secret secret, String version) {
    return Json.object().put("ARN", secret.arn).put("Name", secret.name).put("VersionId", version);
  }

  private ObjectNode read(ObjectNode asked) {
    var secret = usable(asked);
    var stage = asked.path("VersionStage").asText();
    var id = asked.path("VersionId").asText();
    var version = secret.find(id, stage);
    var answer = written(secret, version.id());
    if (version.text().isTextual()) {
      answer.set("SecretString", version.text());
    }
    if (version.binary().isTextual()) {
      answer.set("SecretBinary", version.binary());
    }
    answer.set("VersionStages", secret.stages(version.id()));
    answer.put("CreatedDate", Json.time(version.createdAt()));
    return answer;
  }

  private ObjectNode put(ObjectNode asked, Instant now) {
    var secret = usable(asked);
    var version = version(asked, now);
    var same = secret.versions.get(version.id());
    if (same != null && !same.sameContent(version)) {
      throw new AwsError(
          "ResourceExistsException",
          "You tried to change the value of a version that is there already: " + version.id());
    }
    if (same == null) {
      secret.add(version);
    }
    var answer = written(secret, version.id());
    answer.set("VersionStages", secret.stages(version.id()));
    return answer;
  }

  private ObjectNode list(ObjectNode asked) {
    boolean deletedToo = asked.path("IncludePlannedDeletion").asBoolean(false);
    var found = new ArrayList<Secret>();
    for (var secret : secrets.values()) {
      if ((deletedToo || secret.deletedAt.isEmpty()) && passes(secret, asked.path("Filters"))) {
        found.add(secret);
      }
    }
    var page = Page.of(found, asked, "MaxResults", "NextToken", 100);
    var answer = Json.object();
    var shown = answer.putArray("SecretList");
    page.items().forEach(secret -> shown.add(secret.show()));
    page.next().ifPresent(token -> answer.put("NextToken", token));
    return answer;
  }

  private static boolean passes(Secret secret, JsonNode filters) {
    for (var filter : filters) {
      var values = PlanReading.texts(filter.path("Values"));
      boolean passes =
          switch (filter.path("Key").asText()) {
            case "name" -> values.stream().anyMatch(secret.name::startsWith);
            case "tag-key" -> hasTag(secret, "Key", values);
            case "tag-value" -> hasTag(secret, "Value", values);
            default ->
                throw AwsError.invalid(
                    "This emulator knows no filter " + filter.path("Key").asText());
          };
      if (!passes) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasTag(Secret secret, String part, List<String> beginnings) {
    for (var tag : secret.tags) {
      if (beginnings.stream().anyMatch(tag.path(part).asText()::startsWith)) {
        return true;
      }
    }
    return false;
  }

  private ObjectNode delete(ObjectNode asked, Instant now) {
    boolean force = asked.path("ForceDeleteWithoutRecovery").asBoolean(false);
    int days = asked.path("RecoveryWindowInDays").asInt(USUAL_WINDOW_DAYS);
    if (force && asked.has("RecoveryWindowInDays")) {
      throw AwsError.invalid(
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
    }
    if (days < LEAST_WINDOW_DAYS || days > USUAL_WINDOW_DAYS) {
      throw AwsError.invalid(
          "RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
    }
    var secret = lookUp(asked.path("SecretId").asText());
    if (secret.isEmpty() && force) {
      // What is not there counts as deleted.
      var name = asked.path("SecretId").asText();
      return Json.object().put("ARN", name).put("Name", name).put("DeletionDate", Json.time(now));
    }
    var found = known(asked);
    if (found.deletedAt.isPresent() && !force) {
      throw request(
          "You can't perform this operation on the secret because it was already scheduled for"
              + " deletion.");
    }
    var gone = force ? now.plus(limits.secretDeletion()) : now.plus(Duration.ofDays(days));
    found.forced = force;
    found.deletedAt = Optional.of(now);
    found.goneAt = Optional.of(gone);
    return Json.object()
        .put("ARN", found.arn)
        .put("Name", found.name)
        .put("DeletionDate", Json.time(force ? now : gone));
  }

  /** The label of the version that is read where none is named, or another's. */
  private ObjectNode move(ObjectNode asked) {
    var secret = usable(asked);
    var stage = Json.text(asked, "VersionStage");
    var to = secret.find(asked.path("MoveToVersionId").asText(), "");
    var from = asked.path("RemoveFromVersionId").asText();
    if (!secret.has(from, stage)) {
      throw AwsError.invalid(
          "The parameter RemoveFromVersionId can't be empty. Staging label %s is currently attached"
                  .formatted(stage)
              + " to another version, so you must explicitly reference that version in"
              + " RemoveFromVersionId.");
    }
    secret.makeCurrent(to);
    return Json.object().put("ARN", secret.arn).put("Name", secret.name);
  }

  private ObjectNode restore(ObjectNode asked) {
    var secret = known(asked);
    if (secret.forced) {
      throw request("You can't restore a secret that was deleted without a recovery window.");
    }
    secret.deletedAt = Optional.empty();
    secret.goneAt = Optional.empty();
    return Json.object().put("ARN", secret.arn).put("Name", secret.name);
  }

  private ObjectNode tag(ObjectNode asked) {
    var secret = usable(asked);
    secret.tags = Json.tagged(secret.tags, asked.path("Tags"), "Key");
    return Json.object();
  }

  private ObjectNode untag(ObjectNode asked) {
    var secret = usable(asked);
    secret.tags = Json.untagged(secret.tags, asked.path("TagKeys"), "Key");
    return Json.object();
  }

  private Secret usable(ObjectNode asked) {
    return checked(known(asked));
  }

  private static Secret checked(Secret secret) {
    if (secret.deletedAt.isPresent()) {
      throw request(
          "You can't perform this operation on the secret because it was marked for deletion.");
    }
    return secret;
  }

  private Secret known(ObjectNode asked) {
    return lookUp(Json.text(asked, "SecretId")).orElseThrow(Secrets::missing);
  }

  private Optional<Secret> lookUp(String nameOrArn) {
    return secrets.values().stream().filter(one -> one.isCalled(nameOrArn)).findFirst();
  }

  private static AwsError missing() {
    return new AwsError(
        "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }

  private static AwsError request(String message) {
    return new AwsError("InvalidRequestException", message);
  }

  /**
   * What a task's definition refers to: the name or the ARN of a secret, and behind an ARN perhaps
   * a key of its JSON, a stage and a version, with colons before each.
   *
   * @throws AwsError if there is no such thing
   */
  synchronized String value(String from) {
    var parts = from.split(":", -1);
    int inArn = 7;
    if (!from.startsWith("arn:")) {
      return text(checked(lookUp(from).orElseThrow(Secrets::missing)).find("", ""));
    }
    if (parts.length < inArn || !parts[2].equals("secretsmanager")) {
      throw AwsError.invalid("this emulator has Secrets Manager's secrets only: " + from);
    }
    var arn = String.join(":", List.of(parts).subList(0, inArn));
    var secret = checked(lookUp(arn).orElseThrow(Secrets::missing));
    var text = text(secret.find(part(parts, inArn + 2), part(parts, inArn + 1)));
    var key = part(parts, inArn);
    return key.isEmpty() ? text : field(text, key);
  }

  /**
   * Somebody makes all of them say something else, so often.
   *
   * <p>A version that has no label any more is removed at once, as AWS may do after a day.
   */
  synchronized void change(String text, int times) {
    for (var secret : secrets.values()) {
      for (int i = 0; i < times; i++) {
        secret.add(
            new Version(
                UUID.randomUUID().toString(),
                Json.MAPPER.getNodeFactory().textNode(text),
                MissingNode.getInstance(),
                clock.instant()));
      }
      secret.forgetUnlabelled();
    }
  }

  /** Somebody deletes all of them: at once, or to be gone after the shortest window. */
  synchronized void delete(boolean atOnce) {
    if (atOnce) {
      secrets.clear();
    }
    var now = clock.instant();
    for (var secret : secrets.values()) {
      secret.deletedAt = Optional.of(now);
      secret.goneAt = Optional.of(now.plus(Duration.ofDays(LEAST_WINDOW_DAYS)));
    }
  }

  /** What those say that were not deleted. */
  synchronized List<String> texts() {
    return secrets.values().stream()
        .filter(secret -> secret.deletedAt.isEmpty())
        .map(secret -> text(secret.find("", "")))
        .toList();
  }

  private static String part(String[] parts, int index) {
    return index < parts.length ? parts[index] : "";
  }

  private static String text(Version version) {
    return version.text().isTextual()
        ? version.text().asText()
        : new String(Base64.getDecoder().decode(version.binary().asText()), StandardCharsets.UTF_8);
  }

  private static String field(String text, String key) {
    try {
      var value = Json.MAPPER.readTree(text).path(key);
      if (value.isMissingNode()) {
        throw new AwsError(
            "ResourceNotFoundException",
            "retrieved secret from Secrets Manager did not contain json key " + key);
      }
      return value.isTextual() ? value.asText() : value.toString();
    } catch (JsonProcessingException _) {
      // Its own message would show a part of the secret.
      throw AwsError.invalid("invalid character: the secret is not JSON, so has no key " + key);
    }
  }
}
