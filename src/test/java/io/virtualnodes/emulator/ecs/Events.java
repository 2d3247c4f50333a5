package io.virtualnodes.emulator.ecs;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Tells queues of what happens to tasks, in the shape in which EventBridge does. */
final class Events {
  private final Queues queues;
  private final Faults faults;
  // The queue that a cluster's events go to.
  private final Map<String, String> targets = new ConcurrentHashMap<>();

  Events(Queues queues, Faults faults) {
    this.queues = queues;
    this.faults = faults;
  }

  void deliver(String cluster, String queue) {
    queues.make(queue);
    targets.put(cluster, queue);
  }

  void changed(Task task, Instant at) {
    var queue = targets.get(task.cluster);
    if (queue == null) {
      return;
    }
    var event = Json.object();
    event.put("version", "0");
    event.put("id", UUID.randomUUID().toString());
    event.put("detail-type", "ECS Task State Change");
    event.put("source", "aws.ecs");
    event.put("account", Account.ID);
    // Events have whole seconds; their detail has more.
    event.put("time", at.truncatedTo(ChronoUnit.SECONDS).toString());
    event.put("region", Account.REGION);
    event.putArray("resources").add(task.arn());
    event.set("detail", TaskWriting.event(task, at));
    queues.put(queue, event.toString());
    if (faults.duplicatesEvents()) {
      queues.put(queue, event.toString());
    }
  }
}
