package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.node.NodeKeys;
import io.virtualnodes.pod.PodWriter;
import io.virtualnodes.pool.NodeDrain;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Empties a pool, by its spec, or one node, by the API that kubectl drain uses. */
@Command(
    name = "drain",
    description = {
      "Empties a pool or one virtual node of its pods, by evictions that respect"
          + " PodDisruptionBudgets until the deadline.",
      "A pool: sets spec.stopPolicy to HoldAndDrain, which the operator carries out.",
      "A node: cordons it and evicts its pods; what is left at the deadline is deleted."
    },
    mixinStandardHelpOptions = true)
final class DrainCommand implements Callable<Integer> {
  private static final Duration STEP = Duration.ofSeconds(2);
  // Beyond a pool's own deadline: its pods have their grace yet.
  private static final Duration AFTERMATH = Duration.ofMinutes(2);

  @Mixin private ClusterOptions cluster;
  @Mixin private OutputOptions output;

  @Parameters(paramLabel = "POOL|NODE", description = "The name of a pool or of a virtual node.")
  private String name;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description =
          "How long PodDisruptionBudgets are respected, such as 10m. Left out: spec.drain.deadline"
              + " of the pool. For a pool it is written there.")
  private String deadline;

  @Option(names = "--no-wait", description = "Of a pool: return once the spec is changed.")
  private boolean noWait;

  @Option(
      names = "--override",
      description =
          "Change the spec of a pool though it comes from a repository, which will set it back.")
  private boolean override;

  @Spec private CommandSpec spec;
  // Each line once: most of them are true again at each look.
  private final Set<String> told = new HashSet<>();

  /**
   * What is printed with {@code -o json}.
   *
   * @param kind Pool or Node
   * @param changed what was written, each as path: value
   * @param waiting pods that are not gone, by namespace and name
   */
  record Outcome(
      String kind, String name, List<String> changed, boolean empty, List<String> waiting) {
    Outcome {
      changed = List.copyOf(changed);
      waiting = List.copyOf(waiting);
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    try (var client = cluster.connect()) {
      var pool = client.resources(VirtualNodePool.class).withName(name).get();
      var outcome = pool == null ? drainNode(client) : drainPool(client, pool);
      output.print(spec.commandLine().getOut(), outcome, () -> text(outcome));
      boolean left = noWait && pool != null;
      return outcome.empty() || left ? KubectlVnode.GOOD : KubectlVnode.BAD;
    }
  }

  private Outcome drainPool(KubernetesClient client, VirtualNodePool pool)
      throws InterruptedException {
    var source = DeclaredElsewhere.of(pool);
    if (source.isPresent() && !override) {
      throw new BadInput(
          "pool %s comes from a repository (%s): set spec.stopPolicy: HoldAndDrain there, or use"
                  .formatted(name, source.get())
              + " --override, after which it will be set back");
    }
    var change = new LinkedHashMap<String, Object>(Map.of("stopPolicy", "HoldAndDrain"));
    var changed = new ArrayList<>(List.of("spec.stopPolicy: HoldAndDrain"));
    if (deadline != null) {
      duration("--deadline", deadline);
      change.put("drain", Map.of("deadline", deadline));
      changed.add("spec.drain.deadline: " + deadline);
    }
    client
        .resources(VirtualNodePool.class)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), OutputOptions.json(Map.of("spec", change)));
    if (noWait) {
      return new Outcome("Pool", name, changed, false, List.of());
    }
    tell("pool/%s: %s".formatted(name, String.join(", ", changed)));
    var until = Instant.now().plus(deadlineOf(pool)).plus(AFTERMATH);
    var reader = new PoolReader(client);
    var waiting = await(() -> waiting(reader, reader.nodes(pool)), until);
    return new Outcome("Pool", name, changed, waiting.isEmpty(), waiting);
  }

  private static List<String> waiting(PoolReader reader, List<Node> nodes) {
    return nodes.stream()
        .flatMap(node -> NodeDrain.inTheWay(reader.pods(node.getMetadata().getName())).stream())
        .map(DrainCommand::key)
        .toList();
  }

  private Outcome drainNode(KubernetesClient client) throws InterruptedException {
    var node = client.nodes().withName(name).get();
    if (node == null) {
      throw new BadInput("there is no pool and no node " + name);
    }
    var pool =
        Optional.ofNullable(node.getMetadata().getLabels())
            .map(labels -> labels.get(NodeKeys.POOL))
            .orElseThrow(
                () -> new BadInput("node " + name + " is no virtual node: use kubectl drain"));
    var reader = new PoolReader(client);
    var until = Instant.now().plus(deadlineOf(reader.pools(pool).getFirst()));
    client
        .nodes()
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"unschedulable\":true}}");
    tell("node/" + name + ": cordoned");
    var writer = new PodWriter(client);
    var waiting = await(() -> step(reader, writer, until), until.plus(AFTERMATH));
    return new Outcome(
        "Node", name, List.of("spec.unschedulable: true"), waiting.isEmpty(), waiting);
  }

  /** Asks every pod that was not asked yet; a pod that was refused is asked again. */
  private List<String> step(PoolReader reader, PodWriter writer, Instant until) {
    boolean late = !Instant.now().isBefore(until);
    var inTheWay = NodeDrain.inTheWay(reader.pods(name));
    for (var pod : inTheWay) {
      if (pod.getMetadata().getDeletionTimestamp() != null) {
        continue;
      }
      if (late) {
        writer.delete(pod);
        tell("pod/" + key(pod) + ": deleted, since the deadline has passed");
      } else if (writer.evict(pod)) {
        tell("pod/" + key(pod) + ": evicted");
      } else {
        tell("pod/" + key(pod) + ": kept by a PodDisruptionBudget, trying again");
      }
    }
    return inTheWay.stream().map(DrainCommand::key).toList();
  }

  private interface Look {
    List<String> waiting();
  }

  /** Looks until nothing is in the way or the time is over, and says what is. */
  private static List<String> await(Look look, Instant until) throws InterruptedException {
    var waiting = look.waiting();
    while (!waiting.isEmpty() && Instant.now().isBefore(until)) {
      Thread.sleep(STEP);
      waiting = look.waiting();
    }
    return waiting;
  }

  private Duration deadlineOf(VirtualNodePool pool) {
    return deadline == null
        ? duration("spec.drain.deadline", pool.getSpec().drain().deadline())
        : duration("--deadline", deadline);
  }

  private static Duration duration(String field, String text) {
    try {
      return io.fabric8.kubernetes.api.model.Duration.parse(text).getDuration();
    } catch (ParseException e) {
      throw new BadInput(field + ": must be a time such as 10m or 1h30m, not " + text, e);
    }
  }

  private void tell(String line) {
    if (output.forPeople() && told.add(line)) {
      spec.commandLine().getOut().println(line);
      spec.commandLine().getOut().flush();
    }
  }

  private static String key(Pod pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }

  private String text(Outcome outcome) {
    if (outcome.kind().equals("Pool") && noWait) {
      return "pool/%s: %s; the operator empties it\n"
          .formatted(name, String.join(", ", outcome.changed()));
    }
    var undo =
        outcome.kind().equals("Pool")
            ? "kubectl patch vnp/%s --type=merge -p '{\"spec\":{\"stopPolicy\":\"None\"}}'"
                .formatted(name)
            : "kubectl uncordon " + name;
    return outcome.empty()
        ? "%s/%s: empty. It takes pods again after: %s\n"
            .formatted(outcome.kind().toLowerCase(Locale.ROOT), name, undo)
        : "%s/%s: not empty yet: %s\n"
            .formatted(
                outcome.kind().toLowerCase(Locale.ROOT),
                name,
                String.join(", ", outcome.waiting()));
  }
}
