package io.virtualnodes.pool;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.virtualnodes.api.VirtualNodePoolStatus.Pods;
import io.virtualnodes.backend.BackendMeters;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.metrics.Meters;
import io.virtualnodes.metrics.Metric;
import io.virtualnodes.pod.PodFailure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * What is measured of one pool while it runs here. Events cost an addition; all else is asked for
 * when somebody scrapes.
 */
final class PoolMeters implements AutoCloseable {
  private static final double MILLI = 1000;

  private final String pool;
  private final String backend;
  private final Meters meters;
  private final Timer scheduledToAsked;
  private final Timer askedToAccepted;
  private final Timer acceptedToRunning;
  private final Timer scheduledToRunning;
  private final Map<String, Counter> launchFailures;
  private final Counter orphansRemoved;
  private final AtomicBoolean quotaShown = new AtomicBoolean();

  /**
   * @param backend its name in the pool's spec
   */
  PoolMeters(MeterRegistry registry, String pool, String backend) {
    this.pool = pool;
    this.backend = backend;
    this.meters = new Meters(registry);
    this.scheduledToAsked = meters.timer(Metric.POD_START, pool, "scheduled_to_asked");
    this.askedToAccepted = meters.timer(Metric.POD_START, pool, "asked_to_accepted");
    this.acceptedToRunning = meters.timer(Metric.POD_START, pool, "accepted_to_running");
    this.scheduledToRunning = meters.timer(Metric.POD_START, pool, "scheduled_to_running");
    this.launchFailures =
        PodFailure.REASONS.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Function.identity(),
                    reason -> meters.counter(Metric.POD_LAUNCH_FAILURES, pool, reason)));
    this.orphansRemoved = meters.counter(Metric.ORPHANS_REMOVED, pool);
  }

  /** For the calls to the pool's backend. */
  BackendMeters ofBackend() {
    return new BackendMeters(meters, pool, backend);
  }

  void launched(Duration waited, Duration asked) {
    scheduledToAsked.record(waited);
    askedToAccepted.record(asked);
  }

  void running(Duration accepted, Duration scheduled) {
    acceptedToRunning.record(accepted);
    scheduledToRunning.record(scheduled);
  }

  void troubled(String reason) {
    launchFailures.get(reason).increment();
  }

  void orphansRemoved(int count) {
    orphansRemoved.increment(count);
  }

  /** Shows how the pool is whenever somebody scrapes. Once a pool. */
  void show(RunningPool running, InstantSource clock) {
    pods(running, "running", Pods::running);
    pods(running, "starting", Pods::starting);
    pods(running, "waiting", Pods::waiting);
    pods(running, "failed", Pods::failed);
    nodes(running, true);
    nodes(running, false);
    meters.gauge(
        Metric.NODE_LEASE_AGE,
        running,
        it ->
            it.nodes().stream()
                .map(RunningNode::renewed)
                .min(Instant::compareTo)
                .map(oldest -> age(oldest, clock))
                .orElse(Double.NaN),
        pool);
    meters.gauge(Metric.BACKEND_UP, running, it -> it.outage().isEmpty() ? 1 : 0, pool, backend);
    meters.gauge(Metric.OBSERVATION_AGE, running, it -> age(it.lookedAt(), clock), pool);
    meters.gauge(
        Metric.GROUPS,
        running,
        it ->
            it.groups().latest().map(latest -> (double) latest.groups().size()).orElse(Double.NaN),
        pool,
        backend);
    meters.gauge(Metric.ORPHANS_HELD, running, RunningPool::heldOrphans, pool);
  }

  private void pods(RunningPool running, String phase, ToIntFunction<Pods> count) {
    meters.gauge(Metric.PODS, running, it -> count.applyAsInt(it.pods()), pool, phase);
  }

  private void nodes(RunningPool running, boolean ready) {
    meters.gauge(
        Metric.NODES,
        running,
        it -> it.nodes().stream().filter(node -> node.healthy() == ready).count(),
        pool,
        Boolean.toString(ready));
  }

  /** Shows the quota, once there is one: most backends tell none. */
  void showQuota(RunningPool running) {
    if (!quotaShown.compareAndSet(false, true)) {
      return;
    }
    quota(running, Metric.QUOTA_GROUPS, Quota::groups);
    quota(running, Metric.QUOTA_CPU, quota -> quota.milliCpu() / MILLI);
    quota(running, Metric.QUOTA_MEMORY, Quota::memoryBytes);
    quota(running, Metric.QUOTA_GROUPS_USED, quota -> used(running, quota));
  }

  private void quota(RunningPool running, Metric metric, Function<Quota, Number> value) {
    meters.gauge(
        metric,
        running,
        it -> it.quota().map(value).map(Number::doubleValue).orElse(Double.NaN),
        pool,
        backend);
  }

  private static double used(RunningPool running, Quota quota) {
    return running
        .groups()
        .latest()
        .map(latest -> (double) latest.groups().stream().filter(takes(quota)).count())
        .orElse(Double.NaN);
  }

  private static Predicate<Observation> takes(Quota quota) {
    return switch (quota.counts()) {
      case RUNNING -> group -> group.progress() != Progress.FINISHED;
      case UNTIL_DELETED -> _ -> true;
    };
  }

  private static double age(Instant then, InstantSource clock) {
    return Duration.between(then, clock.instant()).toMillis() / MILLI;
  }

  @Override
  public void close() {
    meters.close();
  }
}
