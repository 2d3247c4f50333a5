package io.virtualnodes.install;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.manifests.Chart;
import java.nio.file.Path;

/** By Helm: a release of the chart, with the values for a machine's engine. */
record Release(String image) implements Installation {
  private static final String NAME = "virtual-nodes";

  /** Or upgrades it. */
  @Override
  public void install(Cluster cluster) {
    cluster.kubectl().run("apply", "-f", "deploy/overlays/docker/namespace.yaml");
    int tag = image.lastIndexOf(':');
    Chart.helm(cluster)
        .run(
            "upgrade",
            "--install",
            NAME,
            Chart.FOLDER.toString(),
            "--values=" + Path.of("deploy/helm-values/docker.yaml"),
            "--set=supplementalGroups={%d}".formatted(Machine.groupOfTheSocket()),
            "--set=image.repository=" + image.substring(0, tag),
            "--set=image.tag=" + image.substring(tag + 1));
  }

  @Override
  public void uninstall(Cluster cluster) {
    Chart.helm(cluster).run("uninstall", NAME);
    cluster.kubectl().run("delete", "crd/virtualnodepools.virtualnodes.io");
    cluster.kubectl().run("delete", "-f", "deploy/overlays/docker/namespace.yaml");
  }

  @Override
  public String toString() {
    return "helm install deploy/helm";
  }
}
