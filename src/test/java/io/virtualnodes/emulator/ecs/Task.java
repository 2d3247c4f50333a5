package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A task that was accepted, as it is now. Guarded by {@link Tasks}. */
final class Task {
  final String id = Account.id();
  final String attachmentId = java.util.UUID.randomUUID().toString();
  final String cluster;
  final TaskDefinition definition;
  // As it was asked for.
  final ObjectNode asked;
  final Size size;
  final Placement placement;
  final Instant createdAt;
  final List<TaskContainer> containers;

  ArrayNode tags;
  Status status = Status.PROVISIONING;
  Instant since;
  long version = 1;
  Optional<String> address = Optional.empty();
  boolean initialised;
  Optional<Stop> stop = Optional.empty();
  Optional<Instant> pullStartedAt = Optional.empty();
  Optional<Instant> pullStoppedAt = Optional.empty();
  Optional<Instant> connectedAt = Optional.empty();
  Optional<Instant> startedAt = Optional.empty();
  Optional<Instant> executionStoppedAt = Optional.empty();
  Optional<Instant> stoppedAt = Optional.empty();

  /** What is shown of it. */
  enum Status {
    PROVISIONING,
    PENDING,
    ACTIVATING,
    RUNNING,
    DEACTIVATING,
    STOPPING,
    DEPROVISIONING,
    STOPPED
  }

  /**
   * @param cpu in units, 1024 a core
   */
  record Size(int cpu, int memoryMib, int storageGib) {}

  /**
   * @param launchType empty if a capacity provider was asked for
   * @param provider empty if a launch type was asked for
   */
  record Placement(
      Optional<String> launchType, Optional<String> provider, String subnet, String platform) {
    boolean spot() {
      return provider.filter("FARGATE_SPOT"::equals).isPresent();
    }
  }

  /** That it is to end, and why. */
  record Stop(String code, String reason, Instant at) {}

  Task(
      String cluster,
      TaskDefinition definition,
      ObjectNode asked,
      Size size,
      Placement placement,
      Instant createdAt,
      List<ContainerPlan> plans,
      ArrayNode tags) {
    this.cluster = cluster;
    this.definition = definition;
    this.asked = asked;
    this.size = size;
    this.placement = placement;
    this.createdAt = createdAt;
    this.since = createdAt;
    this.tags = tags;
    this.containers =
        java.util.stream.IntStream.range(0, plans.size())
            .mapToObj(
                place ->
                    new TaskContainer(
                        plans.get(place),
                        place,
                        Account.container(cluster, id, java.util.UUID.randomUUID().toString())))
            .toList();
  }

  String arn() {
    return Account.task(cluster, id);
  }

  String group() {
    var group = asked.path("group").asText();
    return group.isEmpty() ? "family:" + definition.family() : group;
  }

  String startedBy() {
    return asked.path("startedBy").asText();
  }

  JsonNode overrides() {
    return asked.path("overrides");
  }

  boolean mayTakeCommands() {
    return asked.path("enableExecuteCommand").asBoolean(false);
  }

  boolean isToStop() {
    return stop.isPresent();
  }

  TaskContainer container(String name) {
    return containers.stream()
        .filter(one -> one.plan.name().equals(name))
        .findFirst()
        .orElseThrow(() -> AwsError.invalid("No container " + name + " in task " + arn()));
  }
}
