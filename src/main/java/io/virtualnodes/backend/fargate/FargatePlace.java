package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup.Resources;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a pool's groups are made at AWS, and how.
 *
 * @param pool whose groups they are; others' are neither seen nor touched
 * @param poolUid of the pool, which no other cluster has
 * @param endpoint one address for all services, such as an emulator's; empty: those of the region.
 *     Over plain http no credentials are sent
 * @param cluster of ECS, by its name
 * @param subnets of which each group joins one; at least one
 * @param securityGroups empty: the default one of the subnets' VPC
 * @param publicAddress whether each group has an address that the internet reaches
 * @param capacity in the order in which it is tried; at least one
 * @param executionRole by which Fargate itself fetches images and secrets and writes logs
 * @param taskRoles what containers may do at AWS; those of other pods may do nothing
 * @param logGroup of CloudWatch
 * @param helperImage of the containers that are added to groups; it has a shell
 * @param unnamed what a container gets that requests nothing
 * @param fileSystems that every container sees
 * @param tags further ones for each task
 * @param eventQueue the address of a queue that tells of what happens to tasks; empty: nothing is
 *     heard before a list
 */
public record FargatePlace(
    String pool,
    String poolUid,
    Optional<URI> endpoint,
    String region,
    String cluster,
    List<String> subnets,
    List<String> securityGroups,
    boolean publicAddress,
    List<Capacity> capacity,
    Architecture architecture,
    String executionRole,
    List<TaskRole> taskRoles,
    String logGroup,
    String helperImage,
    Resources unnamed,
    List<SharedFileSystem> fileSystems,
    Map<String, String> tags,
    Optional<String> eventQueue) {

  public FargatePlace {
    subnets = List.copyOf(subnets);
    securityGroups = List.copyOf(securityGroups);
    capacity = List.copyOf(capacity);
    taskRoles = List.copyOf(taskRoles);
    fileSystems = List.copyOf(fileSystems);
    tags = Map.copyOf(tags);
    if (subnets.isEmpty() || capacity.isEmpty()) {
      throw new IllegalArgumentException("a place has a subnet and a capacity at least");
    }
  }

  /** What AWS may do with a task when it needs the room. */
  public enum Capacity {
    ON_DEMAND,
    /** Cheaper; AWS may end it with two minutes' notice. */
    SPOT
  }

  /** Of the processors. */
  public enum Architecture {
    AMD64,
    ARM64
  }

  /**
   * A file system of EFS.
   *
   * @param accessPoint by which it is used; empty: all of it is seen
   * @param mountPath where containers see it
   */
  public record SharedFileSystem(
      String fileSystem, Optional<String> accessPoint, String mountPath, boolean readOnly) {}

  /**
   * The role of containers of some pods.
   *
   * @param serviceAccount of the pods; {@link #ANY} stands for those that no other role names
   * @param role its ARN
   */
  public record TaskRole(String namespace, String serviceAccount, String role) {
    public static final String ANY = "*";

    private boolean names(String pods, String account) {
      return namespace.equals(pods) && serviceAccount.equals(account);
    }
  }

  /** The role that containers of pods have; that of their account comes before the namespace's. */
  Optional<String> taskRole(String namespace, String serviceAccount) {
    return Stream.of(serviceAccount, TaskRole.ANY)
        .flatMap(account -> taskRoles.stream().filter(role -> role.names(namespace, account)))
        .map(TaskRole::role)
        .findFirst();
  }
}
