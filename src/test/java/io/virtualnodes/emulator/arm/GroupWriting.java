package io.virtualnodes.emulator.arm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** How Azure shows a group: what was asked for, without its secrets, and how its containers are. */
final class GroupWriting {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final CloudGroup group;
  private final Optional<Observation> seen;
  private final Limits limits;
  private final boolean withoutStartTimes;
  private final Instant now;

  /**
   * @param seen how its containers are; empty if nothing of it was made yet
   */
  GroupWriting(
      CloudGroup group,
      Optional<Observation> seen,
      Limits limits,
      boolean withoutStartTimes,
      Instant now) {
    this.group = group;
    this.seen = seen;
    this.limits = limits;
    this.withoutStartTimes = withoutStartTimes;
    this.now = now;
  }

  /** As a list shows it: how its containers are is left out. */
  ObjectNode listed() {
    var body = group.body().deepCopy();
    body.put("id", group.id());
    body.put("name", group.name());
    body.put("type", "Microsoft.ContainerInstance/containerGroups");
    var properties = (ObjectNode) body.path("properties");
    properties.put("provisioningState", provisioningState());
    hideSecrets(properties);
    writeAddress(properties);
    return body;
  }

  /** As a read shows it. */
  ObjectNode read() {
    var body = listed();
    var properties = (ObjectNode) body.path("properties");
    properties.path("initContainers").forEach(this::writeView);
    properties.path("containers").forEach(this::writeView);
    var view = properties.putObject("instanceView");
    view.putArray("events").addAll(groupEvents());
    view.put("state", state());
    return body;
  }

  String provisioningState() {
    if (group.deletedAt().isPresent()) {
      return "Deleting";
    }
    if (group.failed()) {
      return now.isBefore(group.acceptedAt().plus(limits.pending())) ? "Pending" : "Failed";
    }
    if (seen.filter(GroupWriting::hasBegun).isPresent() || group.stoppedAt().isPresent()) {
      return "Succeeded";
    }
    return now.isBefore(group.acceptedAt().plus(limits.pending())) ? "Pending" : "Creating";
  }

  /** Whether nothing of it runs, and nothing will: it uses no cores then. */
  boolean hasEnded() {
    return seen.filter(one -> one.progress() == Progress.FINISHED).isPresent();
  }

  private static boolean hasBegun(Observation one) {
    return one.containers().stream()
        .anyMatch(container -> !(container.state() instanceof Waiting) || container.restarts() > 0);
  }

  private String state() {
    if (group.failed() && group.stoppedAt().isPresent()) {
      return "Stopped";
    }
    if (!hasEnded()) {
      return seen.filter(GroupWriting::hasBegun).isPresent() ? "Running" : "Pending";
    }
    if (group.stoppedAt().isPresent()) {
      return "Stopped";
    }
    boolean well =
        seen.orElseThrow().containers().stream()
            .allMatch(one -> one.state() instanceof Exited exited && exited.code() == 0);
    return well ? "Succeeded" : "Failed";
  }

  private static void hideSecrets(ObjectNode properties) {
    for (var list : new String[] {"initContainers", "containers"}) {
      for (var container : properties.path(list)) {
        for (var variable : container.at("/properties/environmentVariables")) {
          ((ObjectNode) variable).remove("secureValue");
        }
      }
    }
    for (var volume : properties.path("volumes")) {
      if (volume.has("secret")) {
        ((ObjectNode) volume).putObject("secret");
      }
      if (volume.path("azureFile") instanceof ObjectNode share) {
        share.remove("storageAccountKey");
      }
    }
    for (var credential : properties.path("imageRegistryCredentials")) {
      ((ObjectNode) credential).remove("password");
    }
    if (properties.at("/diagnostics/logAnalytics") instanceof ObjectNode logs) {
      logs.remove("workspaceKey");
    }
  }

  /** A group in a subnet has an address once it is made; without one it has none. */
  private void writeAddress(ObjectNode properties) {
    var address = seen.map(Observation::addresses).filter(all -> !all.isEmpty());
    if (address.isPresent() && !properties.path("subnetIds").isEmpty()) {
      var ip = properties.putObject("ipAddress");
      ip.putArray("ports");
      ip.put("type", "Private");
      ip.put("ip", address.get().getFirst());
    }
  }

  private void writeView(JsonNode container) {
    var name = container.path("name").asText();
    var one =
        seen.stream()
            .flatMap(group -> group.containers().stream())
            .filter(found -> found.name().equals(name))
            .findFirst();
    var view = ((ObjectNode) container.path("properties")).putObject("instanceView");
    view.put("restartCount", one.map(ContainerObservation::restarts).orElse(0));
    view.set("currentState", state(one.map(ContainerObservation::state)));
    one.flatMap(ContainerObservation::previous)
        .ifPresent(previous -> view.set("previousState", state(Optional.of(previous))));
    view.putArray("events").addAll(events(container, one));
  }

  private ObjectNode state(Optional<ContainerState> state) {
    var node = JSON.objectNode();
    switch (state.orElse(new Waiting(Waiting.CREATING, ""))) {
      case Waiting(var reason, var message) -> {
        node.put("state", "Waiting");
        // A kubelet's word and sentence, where there is more to say than that it is being made.
        node.put("detailStatus", reason.equals("CrashLoopBackOff") ? reason + ": " + message : "");
      }
      case Running(var since) -> {
        node.put("state", "Running");
        if (!withoutStartTimes) {
          node.put("startTime", since.toString());
        }
        node.put("detailStatus", "");
      }
      case Exited(var code, var reason, _, var since, var at) -> {
        node.put("state", "Terminated");
        node.put("startTime", since.toString());
        node.put("exitCode", code);
        node.put("finishTime", at.toString());
        node.put("detailStatus", reason);
      }
    }
    return node;
  }

  private ArrayNode events(JsonNode container, Optional<ContainerObservation> one) {
    var events = JSON.arrayNode();
    var image = container.at("/properties/image").asText();
    var state = one.map(ContainerObservation::state).orElse(new Waiting(Waiting.CREATING, ""));
    var pulled = group.acceptedAt().plus(limits.pending());
    if (now.isBefore(pulled) && state instanceof Waiting) {
      return events;
    }
    events.add(event("Pulling", "Normal", "pulling image \"" + image + "\"", pulled));
    switch (state) {
      case Waiting(var reason, var message) when reason.equals("ErrImagePull") ->
          events.add(
              event(
                  "Failed",
                  "Warning",
                  "Failed to pull image \"%s\": %s".formatted(image, message),
                  now));
      case Waiting(var reason, _) when reason.equals("ImagePullBackOff") ->
          events.add(event("BackOff", "Normal", "Back-off pulling image \"" + image + "\"", now));
      case Waiting _ -> {}
      case Running(var since) -> {
        events.add(event("Pulled", "Normal", "Successfully pulled image \"" + image + "\"", since));
        events.add(event("Started", "Normal", "Started container", since));
      }
      case Exited(_, _, _, var since, _) ->
          events.add(event("Started", "Normal", "Started container", since));
    }
    return events;
  }

  private ArrayNode groupEvents() {
    var events = JSON.arrayNode();
    if (group.failed() && provisioningState().equals("Failed")) {
      events.add(
          event(
              "FailedScheduling",
              "Warning",
              "The requested resource is not available in the location '%s' at this moment."
                  .formatted(group.body().path("location").asText()),
              group.acceptedAt().plus(limits.pending())));
    }
    group
        .stoppedAt()
        .ifPresent(at -> events.add(event("Killing", "Normal", "Killing container group", at)));
    return events;
  }

  private static ObjectNode event(String name, String type, String message, Instant at) {
    // Azure's events have whole seconds.
    var time = at.truncatedTo(ChronoUnit.SECONDS).toString();
    return JSON.objectNode()
        .put("count", 1)
        .put("firstTimestamp", time)
        .put("lastTimestamp", time)
        .put("name", name)
        .put("message", message)
        .put("type", type);
  }
}
