package io.virtualnodes.cluster;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import java.util.List;
import java.util.Map;
import org.testcontainers.DockerClientFactory;

/** The container engine of the tests: what runs the cluster, and the pods of its pools. */
public final class Engine {
  private final DockerClient client;
  private final String host;

  Engine(DockerClient client, String host) {
    this.client = client;
    this.host = host;
  }

  /**
   * The engine that DOCKER_HOST names, else the one of this machine.
   *
   * @throws IllegalStateException if none answers
   */
  public static Engine find() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      throw new IllegalStateException(
          "No Docker engine answers: start it, or run src/test/setup.sh, which does");
    }
    var factory = DockerClientFactory.instance();
    return new Engine(factory.client(), factory.getTransportConfig().getDockerHost().toString());
  }

  /** Where it listens, as a pool's {@code docker.host} says it. */
  public String host() {
    return host;
  }

  /** For what this class has no word for. */
  public DockerClient client() {
    return client;
  }

  /** Containers that carry all of these labels, ended ones included. */
  public List<Container> containers(Map<String, String> labels) {
    return client.listContainersCmd().withShowAll(true).withLabelFilter(labels).exec();
  }

  /** Running containers that carry all of these labels. */
  public List<Container> runningContainers(Map<String, String> labels) {
    return client.listContainersCmd().withLabelFilter(labels).exec();
  }

  /** Kills and removes one, unless somebody else has or is at it. */
  public void remove(String container) {
    try {
      client.removeContainerCmd(container).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException | ConflictException _) {
      // Somebody else was faster.
    }
  }

  boolean has(String image) {
    try {
      client.inspectImageCmd(image).exec();
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }
}
