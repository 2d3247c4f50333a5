package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.ContainerGroup.Resources;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a pool's groups are made at Azure, and how.
 *
 * @param pool whose groups they are; others' are neither seen nor touched
 * @param poolUid of the pool, which no other cluster has
 * @param endpoint of Azure's Resource Manager; over plain http nothing secret is sent
 * @param location such as {@code eastus}
 * @param subnetIds the whole ids of the delegated subnets, of which each group joins one; empty:
 *     they have no address that can be reached
 * @param zones of which each group is in one, as Azure numbers them; empty: Azure chooses
 * @param unnamed what a container gets that requests nothing
 * @param tags further ones for each group
 * @param identities as whom groups may act
 * @param logs where Azure sends what containers write; empty: nowhere
 */
public record AciPlace(
    String pool,
    String poolUid,
    URI endpoint,
    String subscriptionId,
    String resourceGroup,
    String location,
    List<String> subnetIds,
    List<String> zones,
    Priority priority,
    Sku sku,
    Resources unnamed,
    Map<String, String> tags,
    AciIdentities identities,
    Optional<AciLogTarget> logs) {

  public AciPlace {
    subnetIds = List.copyOf(subnetIds);
    zones = List.copyOf(zones);
    tags = Map.copyOf(tags);
  }

  /** What Azure may do with a group when it needs the room. */
  public enum Priority {
    REGULAR,
    /** Cheaper; Azure may end its containers at any time and starts them again when it can. */
    SPOT
  }

  /** What kind of machine groups run on. */
  public sealed interface Sku {
    /** The usual one. */
    record Standard() implements Sku {}

    /**
     * One whose memory its owner cannot read, and that runs only what a policy allows.
     *
     * @param policy of groups that bring none, in base64; empty: each must bring one
     */
    record Confidential(Optional<String> policy) implements Sku {}
  }

  /** Whether its groups have addresses that can be reached. */
  boolean hasAddresses() {
    return !subnetIds.isEmpty();
  }

  /**
   * What none of this pool's groups can have, whatever the pod says; empty if it can be used. The
   * CRD says the same before.
   *
   * @see <a
   *     href="https://learn.microsoft.com/azure/container-instances/container-instances-spot-containers-overview#unsupported-features">
   *     What Spot groups cannot have</a>
   */
  List<String> contradictions() {
    var contradictions = new ArrayList<String>();
    if (priority == Priority.SPOT) {
      if (!subnetIds.isEmpty()) {
        contradictions.add("spec.backends[].aci.priority: a Spot group cannot join a subnet");
      }
      if (!zones.isEmpty()) {
        contradictions.add("spec.backends[].aci.priority: Azure chooses the zone of a Spot group");
      }
      if (sku instanceof Sku.Confidential) {
        contradictions.add("spec.backends[].aci.priority: a Spot group cannot be confidential");
      }
    }
    return List.copyOf(contradictions);
  }
}
