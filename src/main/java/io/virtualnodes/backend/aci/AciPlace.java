package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.ContainerGroup.Resources;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * Where a pool's groups are made at Azure, and how.
 *
 * @param pool whose groups they are; others' are neither seen nor touched
 * @param poolUid of the pool, which no other cluster has
 * @param endpoint of Azure's Resource Manager; over plain http nothing secret is sent
 * @param location such as {@code eastus}
 * @param subnetId the whole id of the delegated subnet that groups join; empty: they have no
 *     address that can be reached
 * @param unnamed what a container gets that requests nothing
 * @param tags further ones for each group
 */
public record AciPlace(
    String pool,
    String poolUid,
    URI endpoint,
    String subscriptionId,
    String resourceGroup,
    String location,
    java.util.Optional<String> subnetId,
    Priority priority,
    Resources unnamed,
    Map<String, String> tags) {

  public AciPlace {
    tags = Map.copyOf(tags);
  }

  /** What Azure may do with a group when it needs the room. */
  public enum Priority {
    REGULAR,
    /** Cheaper; Azure may end its containers at any time and starts them again when it can. */
    SPOT
  }

  /** What none of this pool's groups can have, whatever the pod says; empty if it can be used. */
  List<String> contradictions() {
    return priority == Priority.SPOT && subnetId.isPresent()
        ? List.of("spec.backends[].aci.priority: a Spot group cannot join a subnet")
        : List.of();
  }
}
