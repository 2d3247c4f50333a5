package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the pure steps of a pod's life take: each is taken at least once for every pod, and {@link
 * #plan} at every look. Run by {@code make bench-core}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PodCoreBenchmark {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));
  private static final PodPolicy POLICY =
      new PodPolicy(Optional.empty(), Duration.ofHours(1), Instant.MIN);
  private static final PodInputs NOTHING =
      new PodInputs(Map.of(), Map.of(), Map.of(), Map.of(), List.of(), Map.of());

  private final Pod fresh = pod("pods/containers-share-scratch-volumes");
  private final Pod starting = pod("statuses/running");
  private final Observation started = observation("statuses/running");
  private final Pod unchanged = pod("statuses/running-and-unchanged");
  private final GroupView alive =
      new GroupView.Alive(observation("statuses/running-and-unchanged"));
  private final PodMemory memory = PodMemory.seenAt(NOW);

  private static Pod pod(String folder) {
    return GoldenText.pod(GoldenCase.only(folder).read("pod.yaml"));
  }

  private static Observation observation(String folder) {
    return GoldenText.observation(GoldenCase.only(folder).read("observation.yaml"));
  }

  /** Whether a pod can run at all. */
  @Benchmark
  public List<String> refusals() {
    return PodTranslator.refusals(fresh, NODE);
  }

  /** The group that a backend is asked for. */
  @Benchmark
  public ContainerGroup translate() {
    return PodTranslator.translate(fresh, NOTHING, NODE);
  }

  /** The status of a pod that has started, and the patch that writes it. */
  @Benchmark
  public Object report() {
    return PodStatusReport.of(starting, started, NODE, NOW).patch(starting.getMetadata().getUid());
  }

  /** The next step of a pod that runs and has not changed. */
  @Benchmark
  public Object plan() {
    return PodPlanner.plan(unchanged, alive, memory, NODE, POLICY, NOW);
  }
}
