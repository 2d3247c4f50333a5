package io.virtualnodes.cluster;

import java.util.UUID;

/**
 * The part of the cluster that one test class has to itself.
 *
 * @param name its namespace, and what the names of its pools, and so of its nodes, begin with
 */
public record Place(Cluster cluster, String name) {
  // Runs at the same time share an engine, and there a pool's name must be nobody else's.
  private static final String RUN = UUID.randomUUID().toString().substring(0, 5);

  /** Of the class's name, as Kubernetes spells names: {@code BrokenPoolsIT} is broken-pools. */
  static String nameOf(Class<?> test) {
    return test.getSimpleName()
        .replaceAll("IT$", "")
        .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
        .toLowerCase();
  }

  public String namespace() {
    return name;
  }

  /** The name of a pool that neither another test class nor another run uses. */
  public String pool(String suffix) {
    return name + "-" + suffix + "-" + RUN;
  }

  /** kubectl as an administrator, in this namespace. */
  public Kubectl kubectl() {
    return cluster.kubectlIn(name);
  }
}
