package io.virtualnodes.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether pods would run on virtual nodes, and what stands in the way. */
@Command(
    name = "explain",
    description = {
      "Says whether pods would run on virtual nodes, without running them.",
      "Takes pods, and the pods of Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs and"
          + " CronJobs. Nothing is written, and no Secret is read."
    },
    mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
  private static final String STDIN = "-";
  private static final Reading<List<NetworkPolicy>> NONE = new Reading.Known<>(List.of());

  @Mixin private ClusterOptions cluster;
  @Mixin private OutputOptions output;

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      required = true,
      description = "The manifests, in YAML or JSON; - is the standard input.")
  private List<String> files;

  @Option(
      names = "--pool",
      paramLabel = "NAME",
      description = "The pool; left out: every pool is tried.")
  private String pool;

  @Option(
      names = "--pool-file",
      paramLabel = "FILE",
      description = "Pools in a file, in the place of those of a cluster; no cluster is asked.")
  private String poolFile;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "The namespace of pods that name none.")
  private String namespace;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (poolFile != null) {
      return explain(
          planned(), candidates(Optional.ofNullable(namespace).orElse("default")), Map.of());
    }
    try (var client = cluster.connect()) {
      var home =
          Optional.ofNullable(namespace)
              .or(() -> Optional.ofNullable(client.getNamespace()))
              .orElse("default");
      var candidates = candidates(home);
      var reader = new PoolReader(client);
      var views = reader.pools(pool).stream().map(reader::view).toList();
      return explain(views, candidates, policies(client, candidates));
    }
  }

  private int explain(
      List<PoolView> pools,
      List<Manifests.Candidate> candidates,
      Map<String, Reading<List<NetworkPolicy>>> policies) {
    if (pools.isEmpty()) {
      throw new BadInput("there is no pool that could run anything");
    }
    var all =
        new Explanation.All(
            candidates.stream()
                .map(
                    candidate ->
                        Explainer.explain(
                            candidate,
                            pools,
                            policies.getOrDefault(
                                candidate.pod().getMetadata().getNamespace(), NONE)))
                .toList());
    output.print(
        spec.commandLine().getOut(),
        all,
        () ->
            all.pods().stream()
                .map(Explanation::text)
                .reduce((one, other) -> one + "\n" + other)
                .orElse(""));
    return all.pods().stream().allMatch(Explanation::runs) ? KubectlVnode.GOOD : KubectlVnode.BAD;
  }

  private List<PoolView> planned() {
    var pools =
        Yaml.documents(poolFile, read(poolFile)).stream()
            .map(document -> PoolSchema.complete(document, poolFile))
            .filter(one -> pool == null || pool.equals(one.getMetadata().getName()))
            .map(PoolView::planned)
            .toList();
    if (pools.isEmpty()) {
      throw new BadInput(poolFile + ": has no pool" + (pool == null ? "" : " " + pool));
    }
    return pools;
  }

  private List<Manifests.Candidate> candidates(String home) {
    var candidates = new ArrayList<Manifests.Candidate>();
    for (var file : files) {
      candidates.addAll(Manifests.read(name(file), read(file), home));
    }
    return candidates;
  }

  private static Map<String, Reading<List<NetworkPolicy>>> policies(
      KubernetesClient client, List<Manifests.Candidate> candidates) {
    var policies = new HashMap<String, Reading<List<NetworkPolicy>>>();
    for (var candidate : candidates) {
      policies.computeIfAbsent(
          candidate.pod().getMetadata().getNamespace(),
          namespace ->
              Reading.of(
                  () ->
                      client
                          .network()
                          .v1()
                          .networkPolicies()
                          .inNamespace(namespace)
                          .list()
                          .getItems()));
    }
    return policies;
  }

  private static String name(String file) {
    return file.equals(STDIN) ? "standard input" : file;
  }

  private static String read(String file) {
    try {
      return file.equals(STDIN)
          ? new String(System.in.readAllBytes(), UTF_8)
          : Files.readString(Path.of(file));
    } catch (NoSuchFileException e) {
      throw new BadInput(file + ": there is no such file", e);
    } catch (CharacterCodingException e) {
      throw new BadInput(file + ": is no text in UTF-8", e);
    } catch (IOException e) {
      throw new BadInput(name(file) + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
