package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.emulator.ecs.Clusters.Cluster;
import io.virtualnodes.emulator.ecs.Limits.Category;
import io.virtualnodes.emulator.ecs.Task.Placement;
import io.virtualnodes.emulator.ecs.Task.Size;
import io.virtualnodes.emulator.ecs.Task.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The tasks of all clusters and what may be done to them. Guarded by its owner. */
final class Tasks {
  private static final int MOST_DESCRIBED = 100;
  private static final int UNITS_A_VCPU = 1024;
  private static final String MISSING = "MISSING";

  private final Limits limits;
  private final Faults faults;
  private final Throttle throttle;
  private final TaskDefinitions definitions;
  private final TaskLife life;
  private final ContainerLife agent;
  private final Launches launches;
  private final Map<String, Task> tasks = new LinkedHashMap<>();
  private final Map<String, ObjectNode> firstAnswers = new HashMap<>();
  // While a driven clock stands still, nothing moves on but what something was asked of.
  private final Set<Task> touched = new HashSet<>();
  private Instant quietAt = Instant.MIN;

  Tasks(
      Limits limits,
      Faults faults,
      Throttle throttle,
      TaskDefinitions definitions,
      TaskLife life,
      ContainerLife agent) {
    this.limits = limits;
    this.faults = faults;
    this.throttle = throttle;
    this.definitions = definitions;
    this.life = life;
    this.agent = agent;
    this.launches = new Launches(limits.tokenMemory());
  }

  /** Does what time has brought about, and forgets what stopped long ago. */
  void settle(Instant now) {
    if (now.equals(quietAt)) {
      touched.removeIf(task -> !advance(task, now));
      return;
    }
    boolean moved = false;
    for (var task : tasks.values()) {
      moved |= advance(task, now);
    }
    touched.clear();
    quietAt = moved ? Instant.MIN : now;
    tasks
        .values()
        .removeIf(
            task ->
                task.stoppedAt.filter(at -> !at.plus(limits.retention()).isAfter(now)).isPresent());
  }

  /** Says whether it is another than before. */
  private boolean advance(Task task, Instant now) {
    long before = task.version;
    life.advance(task, now);
    return task.version != before;
  }

  ObjectNode run(Cluster cluster, ObjectNode asked, Instant now) {
    throttle.count(Category.FARGATE_RUN_TASK, now);
    var before = launches.before(cluster.name(), asked, now);
    if (before.isPresent()) {
      return launched(before.get(), Optional.empty());
    }
    int count = LaunchRules.count(asked);
    var definition = definitions.toRun(Json.text(asked, "taskDefinition"));
    LaunchRules.check(asked, definition);
    var size = LaunchRules.size(asked, definition);
    var placement = LaunchRules.placement(asked, cluster, definition);
    throttle.count(placement.spot() ? Category.SPOT_LAUNCH : Category.ON_DEMAND_LAUNCH, count, now);
    var failure = noRoom(asked, size, placement, count);
    if (failure.isPresent()) {
      return launched(List.of(), failure);
    }
    var made = new ArrayList<Task>();
    for (int i = 0; i < count; i++) {
      var task =
          new Task(
              cluster.name(),
              definition,
              asked,
              size,
              placement,
              now,
              PlanReading.read(definition.body(), asked.path("overrides")),
              tags(asked, definition));
      tasks.put(task.id, task);
      touched.add(task);
      life.accept(task, now);
      made.add(task);
    }
    launches.remember(cluster.name(), asked, made, now);
    return launched(made, Optional.empty());
  }

  private static ArrayNode tags(ObjectNode asked, TaskDefinition definition) {
    boolean passedOn = asked.path("propagateTags").asText().equals("TASK_DEFINITION");
    return Json.tagged(passedOn ? definition.tags() : Json.array(), asked.path("tags"), "key");
  }

  /** Why there is no room, in AWS's words, which come in an answer that is no error. */
  private Optional<String> noRoom(ObjectNode asked, Size size, Placement placement, int count) {
    var subnets = LaunchRules.subnets(asked.path("networkConfiguration"));
    if (faults.isWithoutCapacity(placement.spot(), subnets)) {
      return Optional.of(
          "Capacity is unavailable at this time. Please try again later or in a different"
              + " availability zone");
    }
    double used =
        tasks.values().stream()
            .filter(task -> task.status != Status.STOPPED)
            .filter(task -> task.placement.spot() == placement.spot())
            .mapToDouble(task -> vcpus(task.size))
            .sum();
    double quota = placement.spot() ? limits.spotVcpus() : limits.onDemandVcpus();
    return used + count * vcpus(size) > quota
        ? Optional.of("You've reached the limit on the number of vCPUs you can run concurrently")
        : Optional.empty();
  }

  private static double vcpus(Size size) {
    return (double) size.cpu() / UNITS_A_VCPU;
  }

  private static ObjectNode launched(List<Task> made, Optional<String> failure) {
    var answer = Json.object();
    var shown = answer.putArray("tasks");
    made.forEach(task -> shown.add(withTags(task)));
    var failures = answer.putArray("failures");
    failure.ifPresent(reason -> failures.add(Json.object().put("reason", reason)));
    return answer;
  }

  private static ObjectNode withTags(Task task) {
    var shown = TaskWriting.answer(task);
    shown.set("tags", task.tags.deepCopy());
    return shown;
  }

  ObjectNode stop(Cluster cluster, ObjectNode asked, Instant now) {
    var task = find(cluster, Json.text(asked, "task"), now);
    touched.add(task);
    var reason = asked.path("reason").asText("Task stopped by user");
    if (task.status != Status.STOPPED) {
      life.stop(task, "UserInitiated", reason, now);
      life.advance(task, now);
    }
    // What AWS's own model says of StopTask.
    task.tags = Json.array();
    var answer = Json.object();
    answer.set("task", TaskWriting.answer(task));
    return answer;
  }

  ObjectNode describe(Cluster cluster, ObjectNode asked, Instant now) {
    var names = PlanReading.texts(asked.path("tasks"));
    if (names.isEmpty() || names.size() > MOST_DESCRIBED) {
      throw AwsError.invalid("Tasks must be between 1 and " + MOST_DESCRIBED + ".");
    }
    boolean withTags = PlanReading.texts(asked.path("include")).contains("TAGS");
    var answer = Json.object();
    var found = answer.putArray("tasks");
    var failures = answer.putArray("failures");
    for (var name : names) {
      var task = lookUp(cluster, name).filter(one -> isSettled(one, now));
      if (task.isPresent()) {
        found.add(withTags ? withTags(task.get()) : described(task.get()));
      } else {
        failures.add(
            Json.object()
                .put("arn", Account.task(cluster.name(), Account.last(name)))
                .put("reason", MISSING));
      }
    }
    return answer;
  }

  private ObjectNode described(Task task) {
    var answer = TaskWriting.answer(task);
    var first = firstAnswers.putIfAbsent(task.id, answer.deepCopy());
    return first != null && faults.givesOldAnswers() ? first.deepCopy() : answer;
  }

  ObjectNode list(Cluster cluster, ObjectNode asked, Instant now) {
    checkFilters(asked);
    var desired = asked.path("desiredStatus").asText("RUNNING");
    var family = asked.path("family").asText();
    var startedBy = asked.path("startedBy").asText();
    var launchType = asked.path("launchType").asText();
    var arns =
        in(cluster)
            .filter(task -> isSettled(task, now))
            .filter(task -> desired.equals(task.isToStop() ? "STOPPED" : "RUNNING"))
            .filter(task -> family.isEmpty() || task.definition.family().equals(family))
            .filter(task -> startedBy.isEmpty() || task.startedBy().equals(startedBy))
            .filter(_ -> launchType.isEmpty() || launchType.equals("FARGATE"))
            .map(Task::arn)
            .toList();
    var page = Page.of(arns, asked, "maxResults", "nextToken", MOST_DESCRIBED);
    var answer = Json.object();
    var shown = answer.putArray("taskArns");
    page.items().forEach(shown::add);
    page.next().ifPresent(token -> answer.put("nextToken", token));
    return answer;
  }

  private static void checkFilters(ObjectNode asked) {
    boolean others =
        Stream.of("family", "serviceName", "desiredStatus", "containerInstance", "launchType")
            .anyMatch(asked::has);
    if (asked.has("startedBy") && others) {
      throw AwsError.invalid("startedBy must be the only filter.");
    }
    if (!List.of("RUNNING", "PENDING", "STOPPED")
        .contains(asked.path("desiredStatus").asText("RUNNING"))) {
      throw AwsError.invalid("desiredStatus should be one of [RUNNING,PENDING,STOPPED]");
    }
  }

  private boolean isSettled(Task task, Instant now) {
    return !now.isBefore(task.createdAt.plus(limits.settling()));
  }

  private Stream<Task> in(Cluster cluster) {
    return tasks.values().stream().filter(task -> task.cluster.equals(cluster.name()));
  }

  /** How many tasks of a cluster run, or will. */
  int count(String cluster, boolean running) {
    return (int)
        tasks.values().stream()
            .filter(task -> task.cluster.equals(cluster) && task.status != Status.STOPPED)
            .filter(task -> running == (task.status == Status.RUNNING))
            .count();
  }

  /** How many tasks that were not asked to stop were started by somebody. */
  int count(String startedBy) {
    return (int)
        tasks.values().stream()
            .filter(task -> !task.isToStop() && task.startedBy().equals(startedBy))
            .count();
  }

  List<String> startedBy() {
    return tasks.values().stream().map(Task::startedBy).toList();
  }

  List<String> running() {
    return tasks.values().stream().filter(task -> !task.isToStop()).map(Task::startedBy).toList();
  }

  void tag(String arn, JsonNode tags) {
    var task = byArn(arn);
    task.tags = Json.tagged(task.tags, tags, "key");
  }

  void untag(String arn, JsonNode keys) {
    var task = byArn(arn);
    task.tags = Json.untagged(task.tags, keys, "key");
  }

  ArrayNode tags(String arn) {
    return byArn(arn).tags;
  }

  /** Somebody or something other than a caller stops a task. */
  void interrupt(String arn, String code, String reason, Instant now) {
    var task = byArn(arn);
    touched.add(task);
    life.stop(task, code, reason, now);
    life.advance(task, now);
  }

  TaskContainer container(String arn, String name) {
    var task = byArn(arn);
    touched.add(task);
    return task.container(name);
  }

  /** A task is gone at once, without any trace. */
  void vanish(String arn) {
    var task = byArn(arn);
    life.abandon(task);
    tasks.remove(task.id);
  }

  void clear() {
    tasks.values().forEach(life::abandon);
    tasks.clear();
  }

  /** Adds what containers have written since to streams of a group. */
  void takeLogs(String group, Predicate<String> streams, Instant now) {
    for (var task : tasks.values()) {
      for (var container : task.containers) {
        if (container.isUp()
            && container.plan.log().filter(log -> log.group().equals(group)).isPresent()
            && streams.test(ContainerLife.stream(task, container))) {
          agent.takeLog(task, container, now);
        }
      }
    }
  }

  private Task byArn(String arn) {
    return Optional.ofNullable(tasks.get(Account.last(arn)))
        .orElseThrow(() -> AwsError.invalid("The referenced task was not found."));
  }

  private Task find(Cluster cluster, String name, Instant now) {
    return lookUp(cluster, name)
        .filter(task -> isSettled(task, now))
        .orElseThrow(() -> AwsError.invalid("The referenced task was not found."));
  }

  private Optional<Task> lookUp(Cluster cluster, String name) {
    return Optional.ofNullable(tasks.get(Account.last(name)))
        .filter(task -> task.cluster.equals(cluster.name()));
  }
}
