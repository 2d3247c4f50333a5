package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;

/**
 * A task definition that was registered.
 *
 * @param body as it is shown, but for its state
 * @param tags as they are shown; an array
 */
record TaskDefinition(
    String family,
    int revision,
    ObjectNode body,
    JsonNode tags,
    Status status,
    Instant registeredAt,
    Optional<Instant> deregisteredAt,
    Optional<Instant> deletedAt) {

  enum Status {
    ACTIVE,
    INACTIVE,
    DELETE_IN_PROGRESS
  }

  String arn() {
    return Account.taskDefinition(family, revision);
  }

  TaskDefinition tagged(JsonNode newTags) {
    return new TaskDefinition(
        family, revision, body, newTags, status, registeredAt, deregisteredAt, deletedAt);
  }

  TaskDefinition deregistered(Instant at) {
    return new TaskDefinition(
        family,
        revision,
        body,
        tags,
        Status.INACTIVE,
        registeredAt,
        Optional.of(deregisteredAt.orElse(at)),
        deletedAt);
  }

  TaskDefinition deleted(Instant at) {
    return new TaskDefinition(
        family,
        revision,
        body,
        tags,
        Status.DELETE_IN_PROGRESS,
        registeredAt,
        deregisteredAt,
        Optional.of(deletedAt.orElse(at)));
  }

  /** As it is shown. */
  ObjectNode show() {
    var shown = body.deepCopy();
    shown.put("taskDefinitionArn", arn());
    shown.put("revision", revision);
    shown.put("status", status.name());
    shown.put("registeredAt", Json.time(registeredAt));
    deregisteredAt.ifPresent(at -> shown.put("deregisteredAt", Json.time(at)));
    deletedAt.ifPresent(at -> shown.put("deleteRequestedAt", Json.time(at)));
    return shown;
  }
}
