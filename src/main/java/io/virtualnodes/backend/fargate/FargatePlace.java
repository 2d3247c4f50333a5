package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup.Resources;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
 * @param taskRoles what the containers of a namespace's pods may do at AWS; others may do nothing
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
    Map<String, String> taskRoles,
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
    taskRoles = Map.copyOf(taskRoles);
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

  /** The role that containers of a namespace's pods have. */
  Optional<String> taskRole(String namespace) {
    return Optional.ofNullable(taskRoles.get(namespace));
  }
}
