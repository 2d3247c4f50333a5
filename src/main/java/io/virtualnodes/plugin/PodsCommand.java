package io.virtualnodes.plugin;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The pods on virtual nodes. */
@Command(
    name = "pods",
    description = "Lists the pods on virtual nodes, with their groups at the backends.",
    mixinStandardHelpOptions = true)
final class PodsCommand implements Callable<Integer> {
  @Mixin private ClusterOptions cluster;
  @Mixin private OutputOptions output;

  @Parameters(paramLabel = "POOL", arity = "0..1", description = "The pool; left out: all of them.")
  private String pool;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "The namespace; left out: all of them.")
  private String namespace;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var rows = new ArrayList<PodRow>();
    try (var client = cluster.connect()) {
      var reader = new PoolReader(client);
      for (var one : reader.pools(pool)) {
        for (var node : reader.nodes(one)) {
          reader.pods(node.getMetadata().getName()).stream()
              .filter(
                  pod -> namespace == null || namespace.equals(pod.getMetadata().getNamespace()))
              .map(pod -> PodRow.of(pod, one.getMetadata().getName()))
              .forEach(rows::add);
        }
      }
    }
    rows.sort(Comparator.comparing(PodRow::namespace).thenComparing(PodRow::name));
    output.print(
        spec.commandLine().getOut(), new PodRow.All(rows), () -> PodRow.text(rows, Instant.now()));
    return KubectlVnode.GOOD;
  }
}
