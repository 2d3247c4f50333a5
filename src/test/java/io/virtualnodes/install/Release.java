package io.virtualnodes.install;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.docs.ShownCommand;
import io.virtualnodes.manifests.Chart;

/**
 * By Helm: a release of the chart, as the page shows it, with the values for a machine's engine.
 */
record Release(String image) implements Installation {
  private static final String PAGE = "install-helm.md";
  private static final String NAME = "virtual-nodes";
  private static final String NAMESPACE = "deploy/base/namespace.yaml";
  // Which lets the pods have the machine's socket.
  private static final String PRIVILEGED = "deploy/overlays/docker/namespace.yaml";

  /** Or upgrades it. */
  @Override
  public void install(Cluster cluster) {
    var helm = Chart.helm(cluster);
    boolean there = helm.run("list", "--short").lines().anyMatch(NAME::equals);
    if (!there) {
      kubectl(cluster, "kubectl apply -f");
    }
    int tag = image.lastIndexOf(':');
    helm.run(
        ShownCommand.of(PAGE, there ? "helm upgrade" : "helm install")
            .arguments(
                "--values=deploy/helm-values/docker.yaml",
                "--set=supplementalGroups={%d}".formatted(Machine.groupOfTheSocket()),
                "--set=image.repository=" + image.substring(0, tag),
                "--set=image.tag=" + image.substring(tag + 1)));
  }

  @Override
  public void uninstall(Cluster cluster) {
    Chart.helm(cluster).run(ShownCommand.of(PAGE, "helm uninstall").arguments());
    cluster.kubectl().run(ShownCommand.of(PAGE, "kubectl delete crd").arguments());
    kubectl(cluster, "kubectl delete -f");
  }

  private static void kubectl(Cluster cluster, String command) {
    cluster.kubectl().run(ShownCommand.of(PAGE, command).with(NAMESPACE, PRIVILEGED).arguments());
  }

  @Override
  public String toString() {
    return "helm install deploy/helm";
  }
}
