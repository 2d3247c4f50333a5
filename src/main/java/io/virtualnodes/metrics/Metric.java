package io.virtualnodes.metrics;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Every metric of the operator's own. Names, labels and their values are stable: dashboards and
 * alerts of others stand on them. docs/reference/metrics.md is written from this list.
 *
 * <p>Names are spelled as Prometheus shows them, by its <a
 * href="https://prometheus.io/docs/practices/naming/">rules</a>: seconds and bytes, and {@code
 * _total} where a value only grows.
 */
public enum Metric {
  POD_START(
      "virtualnodes_pod_start_seconds",
      Buckets.STARTS,
      "How long pods take to start, stage by stage; each is counted when it is over",
      Label.POOL,
      new Label(
          "stage",
          "`scheduled_to_asked`: until the launch that was accepted was asked for, earlier tries"
              + " and waits in it; `asked_to_accepted`: files and variables read, and the backend's"
              + " answer; `accepted_to_running`: until a container runs and the pod's status says"
              + " so; `scheduled_to_running`: the whole")),
  POD_LAUNCH_FAILURES(
      "virtualnodes_pod_launch_failures_total",
      Kind.COUNTER,
      "Tries to launch a pod that failed; one pod may fail many times",
      Label.POOL,
      new Label(
          "reason",
          "that of the pod's event: `BackendUnavailable`, `NoCapacity`, `BackendDenied`,"
              + " `Rejected`, `Unsupported`, `FailedMount`, `CreateContainerConfigError`")),
  PODS(
      "virtualnodes_pods",
      Kind.GAUGE,
      "Pods on the pool's nodes, as the pool's status counts them",
      Label.POOL,
      new Label("phase", "`running`, `starting`, `waiting`, `failed`")),
  NODES(
      "virtualnodes_nodes",
      Kind.GAUGE,
      "Nodes that this process runs, by whether their pods are watched",
      Label.POOL,
      new Label("ready", "`true`, `false`")),
  NODE_LEASE_AGE(
      "virtualnodes_node_lease_age_seconds",
      Kind.GAUGE,
      "Time since the last renewal of a node's lease, of the pool's node with the oldest; the node"
          + " counts as lost from 40 s on",
      Label.POOL),
  BACKEND_UP(
      "virtualnodes_backend_up",
      Kind.GAUGE,
      "1 while the backend answers, 0 while its nodes are tainted because it does not",
      Label.POOL,
      Label.BACKEND),
  BACKEND_CALLS(
      "virtualnodes_backend_calls_total",
      Kind.COUNTER,
      "Calls to the backend, by how they ended",
      Label.POOL,
      Label.BACKEND,
      Label.OPERATION,
      new Label(
          "outcome",
          "`ok`, `unavailable` (busy, throttled, unreachable), `not_asked` (its rate is used up"
              + " just now), `no_capacity`, `denied` (credentials, settings), `rejected`,"
              + " `unsupported`, `defect` (of the operator)")),
  BACKEND_CALL(
      "virtualnodes_backend_call_seconds",
      Buckets.CALLS,
      "How long calls to the backend take, those that fail in it",
      Label.POOL,
      Label.BACKEND,
      Label.OPERATION),
  GROUPS(
      "virtualnodes_groups",
      Kind.GAUGE,
      "Groups of the pool at the backend, ended ones that are kept for their logs in it",
      Label.POOL,
      Label.BACKEND),
  OBSERVATION_AGE(
      "virtualnodes_observation_age_seconds",
      Kind.GAUGE,
      "Age of what is known of the pool's groups: time since the newest list that answered was"
          + " asked for",
      Label.POOL),
  ORPHANS_REMOVED(
      "virtualnodes_orphans_removed_total",
      Kind.COUNTER,
      "Groups that were removed because their pod is gone and nobody had told of it",
      Label.POOL),
  ORPHANS_HELD(
      "virtualnodes_orphans_held",
      Kind.GAUGE,
      "Groups without a pod whose removal waits, because there are suspiciously many; 0 while"
          + " nothing is held",
      Label.POOL),
  QUOTA_GROUPS(
      "virtualnodes_quota_groups",
      Kind.GAUGE,
      "How many groups the account or engine may have in all, where the backend says so",
      Label.POOL,
      Label.BACKEND),
  QUOTA_GROUPS_USED(
      "virtualnodes_quota_groups_used",
      Kind.GAUGE,
      "How many of them this pool takes; what others take is not known",
      Label.POOL,
      Label.BACKEND),
  QUOTA_CPU(
      "virtualnodes_quota_cpu_cores",
      Kind.GAUGE,
      "How many cores the account or engine may use in all, where the backend says so",
      Label.POOL,
      Label.BACKEND),
  QUOTA_MEMORY(
      "virtualnodes_quota_memory_bytes",
      Kind.GAUGE,
      "How much memory the account or engine may use in all, where the backend says so",
      Label.POOL,
      Label.BACKEND),
  RECONCILES(
      "virtualnodes_reconciles_total",
      Kind.COUNTER,
      "Steps of the operator's controllers; one that failed is tried again",
      Label.CONTROLLER,
      new Label("result", "`success`, `failure`")),
  RECONCILE(
      "virtualnodes_reconcile_seconds",
      Buckets.STEPS,
      "How long the steps of the operator's controllers take",
      Label.CONTROLLER),
  NODE_API_REQUESTS(
      "virtualnodes_node_api_requests_total",
      Kind.COUNTER,
      "Requests to the API server that the operator makes as one of its nodes",
      new Label("code", "of the answer, such as `200`; `none` if there was no answer")),
  LEADER(
      "virtualnodes_leader",
      Kind.GAUGE,
      "1 in the process that runs the pools, 0 in one that stands by"),
  KUBELET_CONNECTIONS(
      "virtualnodes_kubelet_connections",
      Kind.GAUGE,
      "Open connections to the HTTPS ports of the nodes of this process"),
  KUBELET_REQUESTS(
      "virtualnodes_kubelet_requests_total",
      Kind.COUNTER,
      "Requests to the HTTPS ports of the nodes of this process, such as for logs",
      new Label(
          "code", "of the answer; `101` is a conversation that began: exec, attach, port-forward"));

  private final String series;
  private final Kind kind;
  private final List<Duration> buckets;
  private final String help;
  private final List<Label> labels;

  /** What its values are. */
  public enum Kind {
    /** Only grows, but for a restart. */
    COUNTER,
    /** As it is now. */
    GAUGE,
    /** Times, by how long they are. */
    HISTOGRAM
  }

  /**
   * What tells one series of a metric from another.
   *
   * @param meaning what its values are, for people
   */
  public record Label(String name, String meaning) {
    static final Label POOL = new Label("pool", "the pool's name");
    static final Label BACKEND = new Label("backend", "its name in `spec.backends`");
    static final Label OPERATION =
        new Label(
            "operation",
            "`create`, `stop`, `delete`, `list` (the look at all groups, once a beat), `quota`");
    static final Label CONTROLLER =
        new Label("controller", "`pool`, `pod` (of all nodes), `claim`, `volume`");
  }

  /** Upper bounds of times that are counted together. */
  private static final class Buckets {
    // An engine takes a third of a second, clouds take up to minutes, and a pod can wait for room.
    static final List<Duration> STARTS =
        millis(
            100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 40_000, 60_000, 120_000, 300_000,
            900_000);
    // From an engine on the same machine to a request that the cloud lets time out.
    static final List<Duration> CALLS =
        millis(5, 25, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000);
    static final List<Duration> STEPS =
        millis(1, 5, 25, 100, 500, 1_000, 2_500, 5_000, 10_000, 30_000);

    private static List<Duration> millis(long... bounds) {
      return Arrays.stream(bounds).mapToObj(Duration::ofMillis).toList();
    }
  }

  Metric(String series, Kind kind, String help, Label... labels) {
    this(series, kind, List.of(), help, labels);
  }

  Metric(String series, List<Duration> buckets, String help, Label... labels) {
    this(series, Kind.HISTOGRAM, buckets, help, labels);
  }

  Metric(String series, Kind kind, List<Duration> buckets, String help, Label... labels) {
    this.series = series;
    this.kind = kind;
    this.buckets = buckets;
    this.help = help;
    this.labels = List.of(labels);
  }

  /** Its name, as Prometheus shows it; that of a histogram without {@code _bucket} and the like. */
  public String series() {
    return series;
  }

  /** What its values are. */
  public Kind kind() {
    return kind;
  }

  /** Upper bounds of a histogram's buckets, ascending; empty for others. */
  public List<Duration> buckets() {
    return buckets;
  }

  /** One sentence, without its full stop. */
  public String help() {
    return help;
  }

  /** In the order in which values are given for them. */
  public List<Label> labels() {
    return labels;
  }
}
