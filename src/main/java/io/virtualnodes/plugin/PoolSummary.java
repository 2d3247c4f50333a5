package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.api.VirtualNodePoolStatus;
import io.virtualnodes.node.NodeConditionType;
import io.virtualnodes.node.NodeShare;
import io.virtualnodes.pod.PodKeys;
import io.virtualnodes.pool.PoolConditionType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One pool, as {@code status} tells it.
 *
 * @param ready True, False, or Unknown while the operator has said nothing
 * @param reason of that
 * @param stopPolicy None, Hold or HoldAndDrain
 * @param capacity what its nodes advertise in all
 * @param requested what its pods that have not ended request of that
 * @param pods how many of them there are, by what they do
 * @param pricesPerHour what those of its pods cost whose backend has a price, by currency
 */
record PoolSummary(
    String name,
    String ready,
    String reason,
    String stopPolicy,
    List<Rung> backends,
    Counters pods,
    Amount capacity,
    long capacityPods,
    Amount requested,
    Map<String, String> pricesPerHour,
    List<NodeRow> nodes,
    List<ConditionRow> conditions) {

  /** All that is printed with {@code -o json}. */
  record All(List<PoolSummary> pools) {
    All {
      pools = List.copyOf(pools);
    }
  }

  /**
   * @param kind aci, docker, fargate or simulated
   * @param state Ready, Unavailable, or Unknown while the operator has said nothing
   * @param groups how many it holds for the pool
   */
  record Rung(String name, String kind, String state, Optional<String> message, int groups) {}

  /** Of pods. */
  record Counters(int running, int starting, int waiting, int failed) {}

  /**
   * @param zone absent if the node has none
   * @param taints each as key=value:effect
   */
  record NodeRow(String name, String ready, Optional<String> zone, List<String> taints, int pods) {}

  /**
   * @param since RFC 3339
   */
  record ConditionRow(String type, String status, String reason, String message, String since) {}

  /**
   * @param pods those of each node, by its name
   */
  static PoolSummary of(VirtualNodePool pool, List<Node> nodes, Map<String, List<Pod>> pods) {
    var status = Optional.ofNullable(pool.getStatus());
    var conditions = status.map(VirtualNodePoolStatus::conditions).orElse(List.of());
    var ready =
        conditions.stream().filter(one -> PoolConditionType.READY.is(one.getType())).findFirst();
    var shares = nodes.stream().map(NodeShare::advertised).toList();
    var alive =
        pods.values().stream().flatMap(List::stream).filter(pod -> !PodRow.ended(pod)).toList();
    return new PoolSummary(
        pool.getMetadata().getName(),
        ready.map(Condition::getStatus).orElse("Unknown"),
        ready.map(Condition::getReason).orElse("NotSeenYet"),
        pool.getSpec().stopPolicy().name(),
        rungs(pool, status),
        status
            .map(VirtualNodePoolStatus::pods)
            .map(
                counts ->
                    new Counters(
                        counts.running(), counts.starting(), counts.waiting(), counts.failed()))
            .orElse(new Counters(0, 0, 0, 0)),
        Amount.of(
            shares.stream().mapToLong(NodeShare::milliCpu).sum(),
            shares.stream().mapToLong(NodeShare::memoryBytes).sum()),
        shares.stream().mapToLong(NodeShare::pods).sum(),
        Amount.of(
            alive.stream().mapToLong(PodRow::milliCpu).sum(),
            alive.stream().mapToLong(PodRow::memory).sum()),
        prices(alive),
        nodes.stream()
            .map(
                node ->
                    row(node, pods.getOrDefault(node.getMetadata().getName(), List.of()).size()))
            .toList(),
        conditions.stream()
            .map(
                one ->
                    new ConditionRow(
                        one.getType(),
                        one.getStatus(),
                        one.getReason(),
                        one.getMessage(),
                        one.getLastTransitionTime()))
            .toList());
  }

  private static List<Rung> rungs(VirtualNodePool pool, Optional<VirtualNodePoolStatus> status) {
    var seen = status.map(VirtualNodePoolStatus::backends).orElse(List.of());
    return pool.getSpec().backends().stream()
        .map(
            rung -> {
              var said = seen.stream().filter(one -> one.name().equals(rung.name())).findFirst();
              return new Rung(
                  rung.name(),
                  PoolView.kind(rung),
                  said.map(VirtualNodePoolStatus.BackendStatus::state).orElse("Unknown"),
                  said.map(VirtualNodePoolStatus.BackendStatus::message)
                      .filter(text -> !text.isEmpty()),
                  said.map(VirtualNodePoolStatus.BackendStatus::groups).orElse(0));
            })
        .toList();
  }

  /** An amount that somebody else wrote into the annotation is left out. */
  private static Map<String, String> prices(List<Pod> pods) {
    var sums = new TreeMap<String, BigDecimal>();
    for (var pod : pods) {
      var text =
          Optional.ofNullable(pod.getMetadata().getAnnotations())
              .map(all -> all.get(PodKeys.PRICE))
              .orElse("");
      if (text.matches("[0-9]{1,12}(\\.[0-9]{1,12})? [A-Z]{3}")) {
        var parts = text.split(" ");
        sums.merge(parts[1], new BigDecimal(parts[0]), BigDecimal::add);
      }
    }
    var texts = new TreeMap<String, String>();
    sums.forEach((currency, sum) -> texts.put(currency, sum.toPlainString()));
    return texts;
  }

  private static NodeRow row(Node node, int pods) {
    var view = NodeView.of(node);
    var ready =
        Optional.ofNullable(node.getStatus())
            .map(status -> status.getConditions())
            .orElse(List.of())
            .stream()
            .filter(one -> NodeConditionType.READY.is(one.getType()))
            .map(one -> one.getStatus())
            .findFirst()
            .orElse("Unknown");
    return new NodeRow(
        view.name(),
        ready,
        Optional.ofNullable(view.labels().get("topology.kubernetes.io/zone")),
        view.taints().stream().map(Placement::text).toList(),
        pods);
  }

  /** Of several pools, one line each. */
  static String table(List<PoolSummary> pools) {
    if (pools.isEmpty()) {
      return "there is no pool\n";
    }
    var table =
        new Table(
            "POOL",
            "READY",
            "REASON",
            "BACKEND",
            "NODES",
            "RUNNING",
            "STARTING",
            "WAITING",
            "FAILED",
            "REQUESTED",
            "CAPACITY",
            "PRICE/HOUR");
    for (var pool : pools) {
      table.add(
          pool.name(),
          pool.ready(),
          pool.reason(),
          pool.backendText(),
          String.valueOf(pool.nodes().size()),
          String.valueOf(pool.pods().running()),
          String.valueOf(pool.pods().starting()),
          String.valueOf(pool.pods().waiting()),
          String.valueOf(pool.pods().failed()),
          pool.requested().toString(),
          pool.capacity().toString(),
          pool.priceText());
    }
    return table.toString();
  }

  private String backendText() {
    var rungs = new ArrayList<String>();
    backends.forEach(rung -> rungs.add(rung.name() + " " + rung.state()));
    return String.join(", ", rungs);
  }

  private String priceText() {
    var texts = new ArrayList<String>();
    pricesPerHour.forEach((currency, sum) -> texts.add(sum + " " + currency));
    return texts.isEmpty() ? "-" : String.join(", ", texts);
  }

  /** All of one pool, for people. */
  String text() {
    var text = new StringBuilder(table(List.of(this)));
    text.append("stopPolicy: ").append(stopPolicy).append('\n');
    text.append("capacity: ")
        .append(capacity)
        .append(", ")
        .append(capacityPods)
        .append(" pods\n\n");
    var rungTable = new Table("BACKEND", "KIND", "STATE", "GROUPS", "MESSAGE");
    backends.forEach(
        rung ->
            rungTable.add(
                rung.name(),
                rung.kind(),
                rung.state(),
                String.valueOf(rung.groups()),
                rung.message().orElse("-")));
    var nodeTable = new Table("NODE", "READY", "ZONE", "PODS", "TAINTS");
    nodes.forEach(
        node ->
            nodeTable.add(
                node.name(),
                node.ready(),
                node.zone().orElse("-"),
                String.valueOf(node.pods()),
                node.taints().isEmpty() ? "-" : String.join(", ", node.taints())));
    var conditionTable = new Table("CONDITION", "STATUS", "REASON", "MESSAGE");
    conditions.forEach(
        one -> conditionTable.add(one.type(), one.status(), one.reason(), one.message()));
    return text.append(rungTable)
        .append('\n')
        .append(nodeTable)
        .append('\n')
        .append(conditionTable)
        .toString();
  }
}
