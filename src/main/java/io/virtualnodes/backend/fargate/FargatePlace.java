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
 * @param capacity which kinds of it are tried, and in which order
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
    CapacityOrder capacity,
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
    taskRoles = List.copyOf(taskRoles);
    fileSystems = List.copyOf(fileSystems);
    tags = Map.copyOf(tags);
    if (subnets.isEmpty()) {
      throw new IllegalArgumentException("a place has a subnet at least");
    }
  }

  /** What AWS may do with a task when it needs the room. */
  public enum Capacity {
    ON_DEMAND,
    /** Cheaper; AWS may end it with two minutes' notice. */
    SPOT
  }

  /** Which kinds of capacity a task is tried at, and in which order. */
  public sealed interface CapacityOrder {

    /** All kinds that are tried at all. */
    List<Capacity> kinds();

    /**
     * The kinds for one task, always in the same order for the same task: a request that is
     * repeated must be the same.
     *
     * @param startedBy of the task, which no other has
     */
    List<Capacity> of(String startedBy);

    /** The same for all tasks; at least one. */
    record Fixed(List<Capacity> kinds) implements CapacityOrder {
      public Fixed {
        kinds = List.copyOf(kinds);
        if (kinds.isEmpty()) {
          throw new IllegalArgumentException("a place has one kind of capacity at least");
        }
      }

      public Fixed(Capacity... kinds) {
        this(List.of(kinds));
      }

      @Override
      public List<Capacity> of(String startedBy) {
        return kinds;
      }
    }

    /**
     * Some tasks are tried at Spot first and the others on demand, each then at the other kind.
     * Which ones is drawn by what they are called, so that the shares hold for many tasks and not
     * for each few: ECS's own weights are for the tasks of one request, which here are one.
     *
     * @param spotPercent how many of a hundred are tried at Spot first
     */
    record Mixed(int spotPercent) implements CapacityOrder {
      public Mixed {
        if (spotPercent < 1 || spotPercent > 99) {
          throw new IllegalArgumentException("of a hundred tasks from 1 to 99: " + spotPercent);
        }
      }

      @Override
      public List<Capacity> kinds() {
        return List.of(Capacity.ON_DEMAND, Capacity.SPOT);
      }

      @Override
      public List<Capacity> of(String startedBy) {
        return FargateNames.draw(startedBy) < spotPercent ? kinds().reversed() : kinds();
      }
    }
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
