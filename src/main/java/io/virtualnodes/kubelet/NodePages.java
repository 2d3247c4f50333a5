package io.virtualnodes.kubelet;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ProbeTally;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What one node tells of itself as a whole: its pods, what they use, and how it is set up. */
public final class NodePages {
  private static final String JSON = "application/json";

  private final String node;
  private final Supplier<List<NodePod>> pods;
  private final PoolUsage usage;
  private final Supplier<List<ProbeTally>> probes;
  private final Supplier<String> operatorMetrics;
  private final Instant started;

  private final ReentrantLock lock = new ReentrantLock();
  // Both guarded by lock: what was counted up to which reading.
  private NodeCounter counter = NodeCounter.START;
  private Instant counted = Instant.EPOCH;

  /**
   * @param node the Node's name
   * @param pods that are bound to it now. Called for each request, by many threads at once, so it
   *     answers from memory
   * @param usage of the pool's containers, shared by its nodes
   * @param probes what those of the pool's containers came to, from memory as well
   * @param operatorMetrics the process's own, in Prometheus' text format
   */
  public NodePages(
      String node,
      Supplier<List<NodePod>> pods,
      PoolUsage usage,
      Supplier<List<ProbeTally>> probes,
      Supplier<String> operatorMetrics,
      InstantSource clock) {
    this.node = node;
    this.pods = pods;
    this.usage = usage;
    this.probes = probes;
    this.operatorMetrics = operatorMetrics;
    this.started = clock.instant();
  }

  /**
   * The page.
   *
   * @throws Refusal if it cannot be made, with the backend's own sentence
   */
  Answer answer(NodePage page, Map<String, List<String>> parameters)
      throws Refusal, InterruptedException {
    return switch (page) {
      case PODS -> json(PodListJson.of(pods.get()));
      case RUNNING_PODS -> json(PodListJson.running(pods.get()));
      case CONFIGURATION -> json(configuration());
      case SUMMARY ->
          switch (usage.latest()) {
            case UsageReading.Measured measured ->
                json(SummaryJson.of(count(measured), onlyCpuAndMemory(parameters)));
            case UsageReading.Missing(var why) -> throw Refusal.of(why);
          };
      case RESOURCE_METRICS ->
          switch (usage.latest()) {
            case UsageReading.Measured measured ->
                text(ResourceMetricsText.of(Optional.of(count(measured)), measured.failing()));
            case UsageReading.Missing(var why) ->
                text(ResourceMetricsText.of(Optional.empty(), isFailure(why)));
          };
      case CADVISOR_METRICS ->
          switch (usage.latest()) {
            case UsageReading.Measured measured ->
                text(CadvisorMetricsText.of(Optional.of(count(measured))));
            case UsageReading.Missing _ -> text(CadvisorMetricsText.of(Optional.empty()));
          };
      case PROBE_METRICS -> text(ProbeMetricsText.of(pods.get(), probes.get()));
      case OPERATOR_METRICS -> text(operatorMetrics.get());
    };
  }

  private NodeUsage count(UsageReading.Measured measured) {
    var present = pods.get();
    var own = NodeUsage.of(present, measured.containers());
    lock.lock();
    try {
      // Two may come with the same reading, and one with an older than was counted already.
      if (measured.at().isAfter(counted)) {
        var groups = present.stream().map(NodePod::group).collect(Collectors.toSet());
        counter = counter.next(measured.at(), own, groups);
        counted = measured.at();
      }
      return NodeUsage.of(node, started, present, own, counter);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A backend that cannot tell at all has not failed: an alert on it would never end, and nobody
   * could do anything about it.
   */
  private static boolean isFailure(BackendException why) {
    return switch (why) {
      case BackendException.Unsupported _ -> false;
      case BackendException.Unavailable _,
          BackendException.Denied _,
          BackendException.NoCapacity _,
          BackendException.Rejected _ ->
          true;
    };
  }

  /** As a kubelet reads it: exactly this word, once. */
  private static boolean onlyCpuAndMemory(Map<String, List<String>> parameters) {
    return parameters.getOrDefault("only_cpu_and_memory", List.of()).equals(List.of("true"));
  }

  /** The few settings of a kubelet that have a counterpart here, as they are. */
  private static String configuration() {
    var authentication =
        Map.of(
            "anonymous", Map.of("enabled", false),
            "webhook", Map.of("enabled", true, "cacheTTL", "2m0s"));
    var authorization =
        Map.of(
            "mode",
            "Webhook",
            "webhook",
            Map.of("cacheAuthorizedTTL", "5m0s", "cacheUnauthorizedTTL", "30s"));
    return Serialization.asJson(
        Map.of(
            "kubeletconfig",
            Map.of("authentication", authentication, "authorization", authorization)));
  }

  private static Answer json(String body) {
    return new Answer(OK, JSON, body, Map.of());
  }

  private static Answer text(String body) {
    return new Answer(OK, PrometheusText.CONTENT_TYPE, body, Map.of());
  }
}
