package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Probe;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is kept with a group at Azure, by which it is known as ours. A tag's name must not hold a
 * slash, so it is not spelled as a label is.
 *
 * @param poolUid of the pool, which no other cluster has
 * @param createdAt when the group was asked for
 * @see <a href="https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources">
 *     Limits of tags</a>
 */
record AciTags(String poolUid, GroupId group, GroupOwner owner, Instant createdAt) {
  static final String POOL_UID = "virtualnodes-pool-uid";
  private static final String GROUP = "virtualnodes-group";
  private static final String POOL = "virtualnodes-pool";
  private static final String NODE = "virtualnodes-node";
  private static final String NAMESPACE = "virtualnodes-namespace";
  private static final String POD = "virtualnodes-pod";
  private static final String CREATED = "virtualnodes-created";
  // Followed by the name of a container.
  private static final String READINESS = "virtualnodes-readiness-";

  /** How many tags a resource may have. */
  static final int MOST = 50;

  /** How many each group has, without those of readiness probes. */
  static final int OURS = 7;

  /** The readiness probe of a container, to be found by whoever looks after it later. */
  static Map<String, String> readiness(String container, Probe probe) {
    return Map.of(READINESS + container, ProbeText.of(probe));
  }

  /** The readiness probes of a group's containers, by the containers' names. */
  static Map<String, Probe> readiness(Map<String, String> tags) {
    var probes = new LinkedHashMap<String, Probe>();
    if (tags != null) {
      tags.forEach(
          (name, value) -> {
            if (name.startsWith(READINESS)) {
              ProbeText.parse(value)
                  .ifPresent(probe -> probes.put(name.substring(READINESS.length()), probe));
            }
          });
    }
    return probes;
  }

  Map<String, String> toMap() {
    var tags = new LinkedHashMap<String, String>();
    tags.put(POOL_UID, poolUid);
    tags.put(GROUP, group.toString());
    tags.put(POOL, owner.pool());
    tags.put(NODE, owner.node());
    tags.put(NAMESPACE, owner.namespace());
    tags.put(POD, owner.pod());
    tags.put(CREATED, createdAt.toString());
    return tags;
  }

  /** Empty if the group is not one that this operator made as it is. */
  static Optional<AciTags> of(Map<String, String> tags) {
    if (tags == null || !tags.keySet().containsAll(java.util.List.of(POOL_UID, GROUP, CREATED))) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new AciTags(
              tags.get(POOL_UID),
              GroupId.parse(tags.get(GROUP)),
              new GroupOwner(
                  tags.getOrDefault(POOL, ""),
                  tags.getOrDefault(NODE, ""),
                  tags.getOrDefault(NAMESPACE, ""),
                  tags.getOrDefault(POD, "")),
              Instant.parse(tags.get(CREATED))));
    } catch (IllegalArgumentException | DateTimeException e) {
      // Somebody else's tags of the same names: what is not ours is left alone.
      return Optional.empty();
    }
  }
}
