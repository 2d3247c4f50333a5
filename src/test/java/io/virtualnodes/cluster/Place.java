package io.virtualnodes.cluster;

/**
 * The part of the cluster that one test class has to itself.
 *
 * @param name its namespace, and what the names of its pools, and so of its nodes, begin with
 */
public record Place(Cluster cluster, String name) {

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

  /** The name of a pool that no other test class uses. */
  public String pool(String suffix) {
    return name + "-" + suffix;
  }

  /** kubectl as an administrator, in this namespace. */
  public Kubectl kubectl() {
    return cluster.kubectlIn(name);
  }
}
