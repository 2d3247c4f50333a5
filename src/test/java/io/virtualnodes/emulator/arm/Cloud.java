package io.virtualnodes.emulator.arm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The groups of all subscriptions and what may be done to them. One request at a time, but for
 * logs. What time has brought about meanwhile is done at the next request.
 */
final class Cloud {
  /** Under which the containers are run. */
  static final String POOL = "azure";

  private static final int RUNNING_LOG = 4 * 1024 * 1024;
  private static final int STOPPED_LOG = 16 * 1024;

  private final Limits limits;
  private final Faults faults;
  private final Backend containers;
  private final InstantSource clock;
  private final Throttle throttle;
  private final Map<String, CloudGroup> groups = new TreeMap<>();
  private int made;
  // How all containers were at one instant: while a driven clock stands still and nothing is asked
  // of them, they stay so.
  private Map<GroupId, Observation> seen = Map.of();
  private Instant seenAt = Instant.MIN;

  Cloud(Limits limits, Faults faults, Backend containers, InstantSource clock) {
    this.limits = limits;
    this.faults = faults;
    this.containers = containers;
    this.clock = clock;
    this.throttle = new Throttle(limits, clock.instant());
  }

  /** An answer with its status. */
  record Answer(int status, ObjectNode body) {}

  /**
   * @return how many more reads there may be at once
   */
  int countRead() {
    return throttle.read(clock.instant());
  }

  synchronized Answer put(String subscription, String resourceGroup, String name, ObjectNode body) {
    var now = settle();
    throttle.creation(now);
    GroupRules.check(name, body);
    var before = Optional.ofNullable(groups.get(CloudGroup.key(subscription, resourceGroup, name)));
    before.ifPresent(there -> checkStays(there.body(), body));
    if (before.flatMap(CloudGroup::deletedAt).isPresent()) {
      throw new ArmError(
          409,
          "ContainerGroupTransitioning",
          "The container group '%s' is still transitioning, please retry later.".formatted(name));
    }
    if (before.isPresent()
        && before.get().body().equals(body)
        && before.get().stoppedAt().isEmpty()
        && !before.get().failed()) {
      return new Answer(200, show(before.get(), now).read());
    }
    checkRoom(subscription, body, before, now);
    // An update of what differs is made by starting all of it anew.
    before.ifPresent(
        group -> {
          containers.delete(group.runs());
          changed();
        });
    var group =
        new CloudGroup(
            subscription,
            resourceGroup,
            name,
            body,
            new GroupId(name, made++),
            before.map(CloudGroup::acceptedAt).orElse(now),
            Optional.empty(),
            Optional.empty(),
            faults.failsProvisioning());
    groups.put(group.key(), group);
    if (!group.failed()) {
      containers.create(
          GroupReading.read(body, POOL, group.runs(), limits.stopGrace(), faults.restarts()));
      changed();
    }
    return new Answer(before.isPresent() ? 200 : 201, show(group, now).read());
  }

  /** A group cannot move: it must be deleted and made anew. */
  private static void checkStays(ObjectNode before, ObjectNode now) {
    if (!before.at("/properties/subnetIds").equals(now.at("/properties/subnetIds"))
        || !before.path("zones").equals(now.path("zones"))) {
      throw ArmError.invalid(
          "InvalidContainerGroupUpdate",
          "The updates on container group are invalid. Network and zones cannot be updated.");
    }
  }

  private void checkRoom(
      String subscription, ObjectNode body, Optional<CloudGroup> before, Instant now) {
    var location = location(body);
    var subnet = body.at("/properties/subnetIds/0/id").asText();
    if (faults.isFull(subnet)) {
      throw new ArmError(
          400,
          "SubnetIsFull",
          "Subnet %s with address prefix 10.0.0.0/29 does not have enough capacity."
              .formatted(subnet));
    }
    if (faults.isWithoutCapacity() || faults.isWithoutCapacity(body.at("/zones/0").asText())) {
      throw new ArmError(
          409,
          "ServiceUnavailable",
          "The requested resource is not available in the location '%s' at this moment. Please retry with a different resource request or in another location. Resource requested: '%s' CPU."
              .formatted(location, GroupRules.cores(body.path("properties"))));
    }
    var others =
        in(subscription, location).stream()
            .filter(group -> before.filter(group::equals).isEmpty())
            .toList();
    if (others.size() >= limits.groups()) {
      throw quota("ContainerGroups", location, limits.groups(), others.size(), "1");
    }
    double used = cores(others, now);
    double wanted = GroupRules.cores(body.path("properties"));
    if (used + wanted > limits.cores() + 0.001) {
      throw quota("StandardCores", location, limits.cores(), (int) used, String.valueOf(wanted));
    }
  }

  private static ArmError quota(
      String what, String location, int limit, int usage, String requested) {
    return new ArmError(
        409,
        "ContainerGroupQuotaReached",
        "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota '%s' exceeded in region '%s'. Limit: '%d', Usage: '%d' Requested: '%s'."
            .formatted(what, location, limit, usage, requested));
  }

  private List<CloudGroup> in(String subscription, String location) {
    return groups.values().stream()
        .filter(group -> group.subscription().equalsIgnoreCase(subscription))
        .filter(group -> location(group.body()).equals(location))
        .toList();
  }

  private double cores(List<CloudGroup> some, Instant now) {
    return some.stream()
        .filter(group -> !show(group, now).hasEnded())
        .mapToDouble(group -> GroupRules.cores(group.body().path("properties")))
        .sum();
  }

  synchronized ObjectNode read(String subscription, String resourceGroup, String name) {
    var now = settle();
    return show(find(subscription, resourceGroup, name), now).read();
  }

  /** Of one resource group, or of all. */
  synchronized ObjectNode list(String subscription, Optional<String> resourceGroup) {
    var now = settle();
    var seen = seen();
    var answer = JsonNodeFactory.instance.objectNode();
    var values = answer.putArray("value");
    groups.values().stream()
        .filter(group -> group.subscription().equalsIgnoreCase(subscription))
        .filter(group -> resourceGroup.map(group.resourceGroup()::equalsIgnoreCase).orElse(true))
        .map(group -> show(group, seen, now).listed())
        .forEach(values::add);
    return answer;
  }

  synchronized ObjectNode tag(
      String subscription, String resourceGroup, String name, JsonNode tags) {
    var now = settle();
    var group = find(subscription, resourceGroup, name);
    var body = group.body().deepCopy();
    body.set("tags", tags.path("tags"));
    var tagged = group.tagged(body);
    groups.put(tagged.key(), tagged);
    return show(tagged, now).read();
  }

  synchronized void stop(String subscription, String resourceGroup, String name) {
    var now = settle();
    var group = find(subscription, resourceGroup, name);
    if (group.deletedAt().isPresent()) {
      throw new ArmError(
          409,
          "ContainerGroupTransitioning",
          "The container group '%s' is still transitioning, please retry later.".formatted(name));
    }
    containers.stop(group.runs(), limits.stopGrace());
    changed();
    groups.put(group.key(), group.stopped(now));
  }

  /**
   * @return empty if there is none
   */
  synchronized Optional<ObjectNode> delete(String subscription, String resourceGroup, String name) {
    var now = settle();
    throttle.deletion(now);
    var group = groups.get(CloudGroup.key(subscription, resourceGroup, name));
    if (group == null) {
      return Optional.empty();
    }
    if (group.deletedAt().isEmpty()) {
      containers.stop(group.runs(), Duration.ZERO);
      changed();
    }
    var deleted = group.deleted(now);
    groups.put(deleted.key(), deleted);
    return Optional.of(show(deleted, now).read());
  }

  /** Somebody else takes a group away, at once. */
  synchronized void vanish(String name) {
    groups
        .values()
        .removeIf(
            group -> {
              boolean goes = group.name().equals(name);
              if (goes) {
                containers.delete(group.runs());
                changed();
              }
              return goes;
            });
  }

  String log(
      String subscription,
      String resourceGroup,
      String name,
      String container,
      OptionalLong tail,
      boolean timestamps) {
    CloudGroup group;
    boolean ended;
    synchronized (this) {
      var now = settle();
      group = withContainer(subscription, resourceGroup, name, container);
      ended = show(group, now).hasEnded();
    }
    var options =
        new LogOptions(false, false, timestamps, Optional.empty(), tail, OptionalLong.empty());
    var log = containers.streams().logs(group.runs(), container, options);
    if (log.isEmpty()) {
      throw new ArmError(
          409,
          "ContainerGroupDeploymentNotReady",
          "The container group deployment '%s' is not ready.".formatted(name));
    }
    return last(text(log.get()), ended ? STOPPED_LOG : runningLog());
  }

  private int runningLog() {
    return faults.keepsOfALog().orElse(RUNNING_LOG);
  }

  /** What runs a container; its conversations are not this class's affair. */
  synchronized GroupId runs(
      String subscription, String resourceGroup, String name, String container) {
    settle();
    return withContainer(subscription, resourceGroup, name, container).runs();
  }

  private CloudGroup withContainer(
      String subscription, String resourceGroup, String name, String container) {
    var group = find(subscription, resourceGroup, name);
    var names = new java.util.ArrayList<String>();
    group
        .body()
        .at("/properties/initContainers")
        .forEach(one -> names.add(one.path("name").asText()));
    group.body().at("/properties/containers").forEach(one -> names.add(one.path("name").asText()));
    if (!names.contains(container)) {
      throw new ArmError(
          404,
          "ContainerNotFound",
          "The container '%s' in container group '%s' was not found.".formatted(container, name));
    }
    return group;
  }

  private static String text(InputStream log) {
    try (log) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String last(String text, int most) {
    return text.length() <= most ? text : text.substring(text.length() - most);
  }

  synchronized ObjectNode usages(String subscription, String location) {
    var now = settle();
    var all = in(subscription, location.toLowerCase(Locale.ROOT));
    var answer = JsonNodeFactory.instance.objectNode();
    var values = answer.putArray("value");
    values.add(usage("ContainerGroups", "Container Groups", all.size(), limits.groups()));
    values.add(
        usage("StandardCores", "Standard Cores", (int) Math.ceil(cores(all, now)), limits.cores()));
    return answer;
  }

  private static ObjectNode usage(String name, String shown, int value, int limit) {
    var usage = JsonNodeFactory.instance.objectNode();
    usage.put("unit", "Count").put("currentValue", value).put("limit", limit);
    usage.putObject("name").put("value", name).put("localizedValue", shown);
    return usage;
  }

  /** How many groups that are not being deleted carry these tags. */
  synchronized int count(Map<String, String> tags) {
    settle();
    return (int)
        groups.values().stream()
            .filter(group -> group.deletedAt().isEmpty())
            .filter(
                group ->
                    tags.entrySet().stream()
                        .allMatch(
                            tag ->
                                group
                                    .body()
                                    .path("tags")
                                    .path(tag.getKey())
                                    .asText()
                                    .equals(tag.getValue())))
            .count();
  }

  /** All groups are gone at once. */
  synchronized void clear() {
    groups.values().forEach(group -> containers.delete(group.runs()));
    groups.clear();
    changed();
  }

  private CloudGroup find(String subscription, String resourceGroup, String name) {
    var group = groups.get(CloudGroup.key(subscription, resourceGroup, name));
    if (group == null) {
      throw ArmError.notFound(name);
    }
    return group;
  }

  private Instant settle() {
    var now = clock.instant();
    groups
        .values()
        .removeIf(
            group -> {
              boolean gone =
                  group
                      .deletedAt()
                      .filter(at -> !at.plus(limits.deleting()).isAfter(now))
                      .isPresent();
              if (gone) {
                containers.delete(group.runs());
                changed();
              }
              return gone;
            });
    return now;
  }

  private GroupWriting show(CloudGroup group, Instant now) {
    return show(group, seen(), now);
  }

  private GroupWriting show(CloudGroup group, Map<GroupId, Observation> seen, Instant now) {
    return new GroupWriting(
        group, Optional.ofNullable(seen.get(group.runs())), limits, faults.hidesStartTimes(), now);
  }

  private Map<GroupId, Observation> seen() {
    var now = clock.instant();
    if (!now.equals(seenAt)) {
      seen =
          containers.list().stream()
              .collect(Collectors.toMap(Observation::id, Function.identity()));
      seenAt = now;
    }
    return seen;
  }

  private void changed() {
    seenAt = Instant.MIN;
  }

  private static String location(JsonNode body) {
    return body.path("location").asText().toLowerCase(Locale.ROOT).replace(" ", "");
  }
}
