package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.ContainerGroup.Resources;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a pool's groups are made at Azure, for a test: in one subnet, with nothing else said. */
final class PlaceBuilder {
  private String pool = "burst";
  private String poolUid = "pool-uid";
  private URI endpoint = URI.create("https://management.azure.com");
  private String subscriptionId = "s";
  private List<String> subnetIds = List.of(Azures.SUBNET);
  private List<String> zones = List.of();
  private AciPlace.Priority priority = AciPlace.Priority.REGULAR;
  private AciPlace.Sku sku = new AciPlace.Sku.Standard();
  private Map<String, String> tags = Map.of();
  private AciIdentities identities = AciIdentities.NONE;
  private Optional<AciLogTarget> logs = Optional.empty();

  PlaceBuilder of(String thatPool, String uid) {
    pool = thatPool;
    poolUid = uid;
    return this;
  }

  PlaceBuilder at(URI azure, String subscription) {
    endpoint = azure;
    subscriptionId = subscription;
    return this;
  }

  PlaceBuilder subnets(String... ids) {
    subnetIds = List.of(ids);
    return this;
  }

  PlaceBuilder zones(String... names) {
    zones = List.of(names);
    return this;
  }

  PlaceBuilder priority(AciPlace.Priority wanted) {
    priority = wanted;
    return this;
  }

  PlaceBuilder sku(AciPlace.Sku wanted) {
    sku = wanted;
    return this;
  }

  PlaceBuilder tags(Map<String, String> further) {
    tags = further;
    return this;
  }

  PlaceBuilder identities(AciIdentities known) {
    identities = known;
    return this;
  }

  PlaceBuilder logs(AciLogTarget target) {
    logs = Optional.of(target);
    return this;
  }

  AciPlace build() {
    return new AciPlace(
        pool,
        poolUid,
        endpoint,
        subscriptionId,
        "groups",
        "eastus",
        subnetIds,
        zones,
        priority,
        sku,
        new Resources(500, 500_000_000),
        tags,
        identities,
        logs);
  }
}
