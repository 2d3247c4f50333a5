package io.virtualnodes.plugin;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.File;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which cluster is asked, and as whom: by the user's kubeconfig, as kubectl. */
final class ClusterOptions {
  private static final int TIMEOUT_MILLIS = 20_000;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "The kubeconfig; left out: the file that KUBECONFIG names, or ~/.kube/config.")
  private Path kubeconfig;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "The context of the kubeconfig; left out: its current one.")
  private String context;

  /**
   * A client of that cluster, which the caller closes. Nothing is asked yet.
   *
   * @throws BadInput if there is no such file or context
   */
  KubernetesClient connect() {
    var config = config();
    if (context != null
        && config.getContexts().stream().noneMatch(one -> context.equals(one.getName()))) {
      throw new BadInput("--context: the kubeconfig has no context " + context);
    }
    return new KubernetesClientBuilder()
        .withKubernetesSerialization(Yaml.KUBERNETES)
        .withConfig(
            new ConfigBuilder(config)
                // A person waits: what does not answer is told, not tried for minutes.
                .withRequestRetryBackoffLimit(1)
                .withConnectionTimeout(TIMEOUT_MILLIS)
                .withRequestTimeout(TIMEOUT_MILLIS)
                .build())
        .build();
  }

  private Config config() {
    if (kubeconfig == null) {
      return Config.autoConfigure(context);
    }
    var file = kubeconfig.toFile();
    if (!file.isFile() || !file.canRead()) {
      throw new BadInput("--kubeconfig: " + kubeconfig + " cannot be read");
    }
    return fromFile(file);
  }

  private Config fromFile(File file) {
    try {
      return Config.fromKubeconfig(context, file);
    } catch (RuntimeException e) {
      throw new BadInput(
          "--kubeconfig: %s is no kubeconfig: %s"
              .formatted(file, Optional.ofNullable(e.getMessage()).orElse(e.toString())),
          e);
    }
  }
}
