package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.fluent.models.UsageInner;
import io.virtualnodes.backend.Quota;
import java.util.List;
import java.util.Optional;

/** What may run in all, as the subscription's usage in the region tells. */
final class AciQuota {
  // The names of Azure's rows: https://learn.microsoft.com/rest/api/container-instances/location
  private static final String GROUPS = "ContainerGroups";
  private static final String CORES = "StandardCores";
  private static final long BYTES_PER_GB = 1_000_000_000;

  private AciQuota() {}

  /**
   * What this pool may run: the limits less what others use of them.
   *
   * @param ownGroups how many groups of this pool there are, ended ones and those being deleted
   *     included: Azure counts them until they are gone
   * @param ownCores what those of them request that run. Whether Azure counts the cores of ended
   *     ones too is not documented; where it does, they count here as others', and are indeed not
   *     to be had
   * @return empty if Azure does not name both limits
   */
  static Optional<Quota> of(List<UsageInner> usages, int ownGroups, double ownCores) {
    var groups = left(usages, GROUPS, ownGroups);
    var cores = left(usages, CORES, ownCores);
    if (groups.isEmpty() || cores.isEmpty()) {
      return Optional.empty();
    }
    int mostGroups = (int) Math.floor(groups.get());
    return Optional.of(
        new Quota(
            Math.round(cores.get() * 1000),
            // Azure limits memory by the group only.
            mostGroups * AciSizes.MOST_GB * BYTES_PER_GB,
            mostGroups,
            Quota.Counts.UNTIL_DELETED));
  }

  private static Optional<Double> left(List<UsageInner> usages, String name, double own) {
    return usages.stream()
        .filter(usage -> usage.name() != null && name.equalsIgnoreCase(usage.name().value()))
        .filter(usage -> usage.limit() != null && usage.currentValue() != null)
        .findFirst()
        .map(usage -> usage.limit() - Math.max(0, usage.currentValue() - own))
        .map(left -> Math.max(0, left));
  }
}
