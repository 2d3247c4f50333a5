package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.api.VirtualNodePool;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** How pools are. */
@Command(
    name = "status",
    description = "Tells how pools are: nodes, pods, backends, room, prices and conditions.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  @Mixin private ClusterOptions cluster;
  @Mixin private OutputOptions output;

  @Parameters(
      paramLabel = "POOL",
      arity = "0..1",
      description = "The pool, told in full; left out: all of them, a line each.")
  private String pool;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<PoolSummary> summaries;
    try (var client = cluster.connect()) {
      var reader = new PoolReader(client);
      summaries = reader.pools(pool).stream().map(one -> summary(reader, one)).toList();
    }
    output.print(
        spec.commandLine().getOut(),
        new PoolSummary.All(summaries),
        () -> pool == null ? PoolSummary.table(summaries) : summaries.getFirst().text());
    return KubectlVnode.GOOD;
  }

  private static PoolSummary summary(PoolReader reader, VirtualNodePool pool) {
    var nodes = reader.nodes(pool);
    Map<String, List<Pod>> pods = new HashMap<>();
    nodes.forEach(
        node -> pods.put(node.getMetadata().getName(), reader.pods(node.getMetadata().getName())));
    return PoolSummary.of(pool, nodes, pods);
  }
}
