package io.virtualnodes.install;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Kubectl;
import io.virtualnodes.cluster.Place;
import io.virtualnodes.docs.ShownCommand;
import java.util.List;

/**
 * A cluster with a machine, on which an operator can be installed, and the pool of one test class.
 */
record InstalledOperator(Cluster cluster, Place place, Machine machine) implements AutoCloseable {
  /** What {@code make image} builds. */
  static final String IMAGE = "virtual-nodes-operator:0.1.0";

  private static final String PAGE = "install.md";
  private static final String WAIT = "--timeout=120s";

  static InstalledOperator on(Cluster cluster, Class<?> test) {
    if (cluster.engine().client().listImagesCmd().withReferenceFilter(IMAGE).exec().isEmpty()) {
      throw new IllegalStateException("There is no image " + IMAGE + ": run `make image` first");
    }
    var place = cluster.place(test);
    return new InstalledOperator(cluster, place, Machine.in(cluster, place.pool("machine")));
  }

  /** Waits until the pods of the Deployment as it is now are ready, and none other is left. */
  void awaitRollout() {
    cluster
        .kubectl()
        .run(ShownCommand.of(PAGE, "kubectl -n virtual-nodes rollout status").arguments(WAIT));
  }

  /** Those of the operator itself. */
  List<Pod> pods() {
    return cluster
        .client()
        .pods()
        .inNamespace("virtual-nodes")
        .withLabel("app.kubernetes.io/name", "virtual-nodes-operator")
        .list()
        .getItems();
  }

  /** A pool at the machine's engine, ready. */
  Pool applyPool() {
    var pool = new Pool(place.pool("burst"), place.kubectl());
    pool.kubectl()
        .runWith(
            """
            apiVersion: virtualnodes.io/v1alpha1
            kind: VirtualNodePool
            metadata: { name: %s }
            spec:
              nodes: { count: 2 }
              backends:
              - name: local
                docker: { sandboxImage: "virtualnodes/pause:latest" }
            """
                .formatted(pool.name()),
            "apply",
            "-f",
            "-");
    pool.kubectl()
        .run(
            ShownCommand.of(PAGE, "kubectl wait")
                .with("vnp/burst", "vnp/" + pool.name())
                .arguments(WAIT));
    return pool;
  }

  /**
   * A pool of the operator's.
   *
   * @param kubectl in the namespace of its pods
   */
  record Pool(String name, Kubectl kubectl) {
    /** Runs a Job of so many pods, two at a time, to its end. */
    void runJob(String job, int pods) {
      apply(
          """
          apiVersion: batch/v1
          kind: Job
          metadata: { name: %s }
          spec:
            completions: %d
            parallelism: 2
            template:
              spec:
                %s
                restartPolicy: Never
                containers:
                - name: main
                  image: virtualnodes/busybox:latest
                  imagePullPolicy: IfNotPresent
                  command: [sh, -c, 'echo "done in $(hostname)"']
          """
              .formatted(job, pods, onThePool("      ")));
      kubectl.run("wait", "--for=condition=Complete", "job/" + job, WAIT);
    }

    /** Runs a Deployment of so many pods, which go on until it is deleted. */
    void runDeployment(String deployment, int pods) {
      apply(
          """
          apiVersion: apps/v1
          kind: Deployment
          metadata: { name: %1$s }
          spec:
            replicas: %2$d
            selector: { matchLabels: { app: %1$s } }
            template:
              metadata: { labels: { app: %1$s } }
              spec:
                %3$s
                terminationGracePeriodSeconds: 1
                containers:
                - name: main
                  image: virtualnodes/busybox:latest
                  imagePullPolicy: IfNotPresent
                  command: [sleep, "36000"]
                  readinessProbe: { exec: { command: ["true"] }, periodSeconds: 5 }
          """
              .formatted(deployment, pods, onThePool("      ")));
      kubectl.run("rollout", "status", "deployment/" + deployment, WAIT);
    }

    /** With whatever other pools there are. */
    void delete() {
      kubectl.run("delete", "job,deployment,pod", "--all", WAIT);
      kubectl.run(ShownCommand.of(PAGE, "kubectl delete virtualnodepools").arguments(WAIT));
    }

    /** What brings a pod to it, of the pod's spec. */
    String onThePool(String indent) {
      return """
      nodeSelector: { virtualnodes.io/pool: %s }
      tolerations: [{ key: virtualnodes.io/pool, operator: Exists }]
      """
          .formatted(name)
          .strip()
          .replace("\n", "\n" + indent);
    }

    void apply(String manifest) {
      kubectl.runWith(manifest, "apply", "-f", "-");
    }
  }

  @Override
  public void close() {
    machine.close();
    cluster.client().namespaces().withName(place.namespace()).delete();
  }
}
