package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/**
 * How ECS shows a task: in answers, and in events, whose times are texts and that know no health.
 */
final class TaskWriting {
  private static final String ZONE = Account.REGION + "a";

  private final Task task;
  private final boolean event;

  private TaskWriting(Task task, boolean event) {
    this.task = task;
    this.event = event;
  }

  /** As it is answered, without its tags. */
  static ObjectNode answer(Task task) {
    return new TaskWriting(task, false).write();
  }

  /** As the detail of an event. */
  static ObjectNode event(Task task, Instant at) {
    var detail = new TaskWriting(task, true).write();
    detail.put("updatedAt", at.toString());
    return detail;
  }

  private ObjectNode write() {
    var shown = Json.object();
    shown.put("taskArn", task.arn());
    shown.put("clusterArn", Account.cluster(task.cluster));
    shown.put("taskDefinitionArn", task.definition.arn());
    shown.put("lastStatus", task.status.name());
    shown.put("desiredStatus", task.isToStop() ? "STOPPED" : "RUNNING");
    shown.put("version", task.version);
    shown.put("group", task.group());
    if (!task.startedBy().isEmpty()) {
      shown.put("startedBy", task.startedBy());
    }
    shown.put("cpu", String.valueOf(task.size.cpu()));
    shown.put("memory", String.valueOf(task.size.memoryMib()));
    shown.put("availabilityZone", ZONE);
    shown.put("enableExecuteCommand", task.mayTakeCommands());
    writePlacement(shown);
    shown.set("overrides", overrides());
    shown.putArray("attachments").add(attachment());
    shown.putArray("attributes").addAll(attributes());
    shown.putArray("inferenceAccelerators");
    var containers = shown.putArray("containers");
    task.containers.forEach(one -> containers.add(container(one)));
    if (!event) {
      shown.put("healthStatus", health());
      shown.putArray("tags");
    }
    writeTimes(shown);
    task.stop.ifPresent(
        stop -> shown.put("stopCode", stop.code()).put("stoppedReason", stop.reason()));
    return shown;
  }

  private void writePlacement(ObjectNode shown) {
    shown.put("launchType", "FARGATE");
    task.placement.provider().ifPresent(name -> shown.put("capacityProviderName", name));
    shown.put("platformVersion", task.placement.platform());
    shown.put("platformFamily", "Linux");
    shown.putObject("ephemeralStorage").put("sizeInGiB", task.size.storageGib());
  }

  private ObjectNode overrides() {
    var overrides = task.overrides() instanceof ObjectNode given ? given.deepCopy() : Json.object();
    var containers = Json.array();
    for (var container : task.containers) {
      JsonNode own = null;
      for (var one : overrides.path("containerOverrides")) {
        own = one.path("name").asText().equals(container.plan.name()) ? one : own;
      }
      containers.add(own == null ? Json.object().put("name", container.plan.name()) : own);
    }
    overrides.set("containerOverrides", containers);
    overrides.withArray("inferenceAcceleratorOverrides");
    return overrides;
  }

  private ObjectNode attachment() {
    var attachment = Json.object();
    attachment.put("id", task.attachmentId);
    // Events have another word for it than answers.
    attachment.put("type", event ? "eni" : "ElasticNetworkInterface");
    attachment.put("status", attachmentStatus());
    var details = attachment.putArray("details");
    details.add(detail("subnetId", task.placement.subnet()));
    task.address.ifPresent(
        address -> {
          details.add(detail("networkInterfaceId", "eni-" + task.id.substring(0, 17)));
          details.add(detail("macAddress", "0a:58:a9:fe:ac:02"));
          details.add(
              detail("privateDnsName", "ip-" + address.replace('.', '-') + ".ec2.internal"));
          details.add(detail("privateIPv4Address", address));
        });
    return attachment;
  }

  private String attachmentStatus() {
    if (task.status == Task.Status.STOPPED) {
      return "DELETED";
    }
    return task.address.isPresent() ? "ATTACHED" : "PRECREATED";
  }

  private static ObjectNode detail(String name, String value) {
    return Json.object().put("name", name).put("value", value);
  }

  private ArrayNode attributes() {
    var architecture =
        task.definition.body().at("/runtimePlatform/cpuArchitecture").asText("X86_64");
    return Json.array()
        .add(
            Json.object()
                .put("name", "ecs.cpu-architecture")
                .put("value", architecture.toLowerCase(java.util.Locale.ROOT)));
  }

  private ObjectNode container(TaskContainer container) {
    var shown = Json.object();
    shown.put("containerArn", container.arn);
    shown.put("taskArn", task.arn());
    shown.put("name", container.plan.name());
    shown.put("image", container.plan.image());
    container.digest.ifPresent(digest -> shown.put("imageDigest", digest));
    if (!container.runtimeId.isEmpty()) {
      shown.put("runtimeId", container.runtimeId);
    }
    shown.put("lastStatus", container.status.name());
    container.exitCode.ifPresent(code -> shown.put("exitCode", code));
    container.reason.ifPresent(reason -> shown.put("reason", reason));
    shown.putArray("networkBindings");
    var interfaces = shown.putArray("networkInterfaces");
    task.address.ifPresent(
        address ->
            interfaces.add(
                Json.object()
                    .put("attachmentId", task.attachmentId)
                    .put("privateIpv4Address", address)));
    if (!event) {
      shown.put("healthStatus", health(container));
    }
    if (task.mayTakeCommands()) {
      shown.putArray("managedAgents").add(agent(container));
    }
    writeSize(shown, container);
    return shown;
  }

  private void writeSize(ObjectNode shown, TaskContainer container) {
    var definition = task.definition.body().path("containerDefinitions").path(container.place);
    shown.put("cpu", String.valueOf(definition.path("cpu").asInt(0)));
    container.plan.memoryMib().ifPresent(mib -> shown.put("memory", String.valueOf(mib)));
    if (definition.path("memoryReservation").isInt()) {
      shown.put("memoryReservation", definition.path("memoryReservation").asText());
    }
  }

  private static ObjectNode agent(TaskContainer container) {
    var agent =
        Json.object().put("name", "ExecuteCommandAgent").put("lastStatus", container.status.name());
    container
        .startedAt
        .filter(_ -> container.status == TaskContainer.Status.RUNNING)
        .ifPresent(at -> agent.put("lastStartedAt", Json.time(at)));
    return agent;
  }

  private static String health(TaskContainer container) {
    return container
        .healthy
        .filter(_ -> container.status == TaskContainer.Status.RUNNING)
        .map(healthy -> healthy ? "HEALTHY" : "UNHEALTHY")
        .orElse("UNKNOWN");
  }

  /** Of the essential containers that have a health check. */
  private String health() {
    var all =
        task.containers.stream()
            .filter(one -> one.plan.essential() && one.plan.healthCheck().isPresent())
            .map(TaskWriting::health)
            .toList();
    if (all.contains("UNHEALTHY")) {
      return "UNHEALTHY";
    }
    return all.isEmpty() || all.contains("UNKNOWN") ? "UNKNOWN" : "HEALTHY";
  }

  private void writeTimes(ObjectNode shown) {
    write(shown, "createdAt", Optional.of(task.createdAt));
    if (task.connectedAt.isPresent()) {
      shown.put("connectivity", "CONNECTED");
    }
    write(shown, "connectivityAt", task.connectedAt);
    write(shown, "pullStartedAt", task.pullStartedAt);
    write(shown, "pullStoppedAt", task.pullStoppedAt);
    write(shown, "startedAt", task.startedAt);
    write(shown, "stoppingAt", task.stop.map(Task.Stop::at));
    write(shown, "executionStoppedAt", task.executionStoppedAt);
    write(shown, "stoppedAt", task.stoppedAt);
  }

  private void write(ObjectNode shown, String name, Optional<Instant> time) {
    time.ifPresent(
        at -> {
          if (event) {
            shown.put(name, at.toString());
          } else {
            BigDecimal seconds = Json.time(at);
            shown.put(name, seconds);
          }
        });
  }
}
