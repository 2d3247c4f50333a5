package io.virtualnodes.bench;

import io.virtualnodes.bench.JvmMeter.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * Where rounds take place.
 *
 * @param namespace holds nothing but the pods of the round that runs
 * @param pods in each round
 * @param controlPlane what the API server and its storage run in
 */
record Stage(ApiServer api, String namespace, int pods, ProcessMeter controlPlane) {
  /** How many requests for pods are under way at once. */
  static final int PARALLEL = 32;

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration QUIET = Duration.ofSeconds(1);
  // A twentieth of one processor: heartbeats and looks at the backend go on for ever.
  private static final Duration AT_REST = QUIET.dividedBy(20);

  Round play(Agent agent, int number) {
    agent.begin();
    var process = new ProcessMeter(agent.process());
    awaitRest(process);
    process.forgetPeak();
    var prefix = agent.name() + "-" + number + "-";
    try (var times = PodTimes.watch(api, namespace, pods)) {
      var began = Instant.now();
      var cpu = process.cpu();
      var controlPlaneCpu = controlPlane.cpuOfAll();
      var jvm = agent.jvm().map(JvmMeter::read);

      var running = start(agent.node(), prefix, times);
      var gone = remove(prefix, times);

      awaitRest(process);
      var round =
          new Round(
              agent.name(),
              number,
              pods,
              began,
              Instant.now(),
              running,
              gone,
              perPod(process.cpu().minus(cpu)),
              perPod(controlPlane.cpuOfAll().minus(controlPlaneCpu)),
              process.peakMemoryBytes(),
              times.seen() / (double) pods,
              jvm.map(before -> jvm(agent.jvm().orElseThrow().read().since(before))).orElse(null),
              new TreeMap<>(),
              new TreeMap<>());
      agent.end();
      return round;
    }
  }

  private Phase start(String node, String prefix, PodTimes times) {
    forAll(
        pod -> {
          times.creates(pod);
          api.create(path(""), manifest(prefix + pod, node));
        });
    return times.awaitRunning(PATIENCE);
  }

  private Phase remove(String prefix, PodTimes times) {
    forAll(
        pod -> {
          times.deletes(pod);
          api.delete(path("/" + prefix + pod));
        });
    return times.awaitGone(PATIENCE);
  }

  private String path(String rest) {
    return "/api/v1/namespaces/" + namespace + "/pods" + rest;
  }

  /**
   * A service's pod: it runs until it is told to end, and then ends at once, well within the grace
   * period that every pod gets unless it says otherwise. Without a grace period the API server
   * would remove it without asking the node's agent.
   */
  private static String manifest(String name, String node) {
    return """
    {
      "apiVersion": "v1",
      "kind": "Pod",
      "metadata": { "name": "%s", "labels": { "app": "bench" } },
      "spec": {
        "nodeName": "%s",
        "automountServiceAccountToken": false,
        "containers": [{
          "name": "main",
          "image": "example.com/service:1",
          "env": [{ "name": "LEVEL", "value": "info" }],
          "ports": [{ "containerPort": 8080 }],
          "resources": { "requests": { "cpu": "100m", "memory": "64Mi" } }
        }]
      }
    }
    """
        .formatted(name, node);
  }

  /** Does something for every pod, for several at once. */
  private void forAll(IntConsumer step) {
    var next = new AtomicInteger();
    try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
      var all =
          IntStream.range(0, PARALLEL)
              .mapToObj(_ -> workers.submit(() -> takeAll(next, step)))
              .toList();
      for (var worker : all) {
        worker.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a request for a pod failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in a round", e);
    }
  }

  private void takeAll(AtomicInteger next, IntConsumer step) {
    int pod;
    while ((pod = next.getAndIncrement()) < pods) {
      step.accept(pod);
    }
  }

  /** Waits until the agent has no work left. */
  private static void awaitRest(ProcessMeter agent) {
    var before = new AtomicReference<>(Duration.ZERO);
    Awaitility.await("rest")
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(QUIET)
        .until(
            () -> {
              var now = agent.cpu();
              return now.minus(before.getAndSet(now)).compareTo(AT_REST) < 0;
            });
  }

  private double perPod(Duration time) {
    return time.toNanos() / 1e6 / pods;
  }

  private Round.Jvm jvm(Reading reading) {
    return new Round.Jvm(
        reading.allocatedBytes() / pods, reading.collections(), reading.collectionMillis());
  }
}
