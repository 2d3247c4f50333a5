package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.RateGovernor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What Azure still grants, shared by all pools that use one subscription in one region: Azure
 * counts for these together. Used by many threads.
 *
 * @param reads of Azure's Resource Manager: 250, of which 25 come back each second
 * @param creations of container groups: 100 in five minutes and 300 in an hour
 * @param deletions of container groups: likewise
 * @see <a
 *     href="https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits">
 *     Container groups</a>
 */
record AciRates(TokenBucket reads, RateGovernor creations, RateGovernor deletions) {
  private static final int READS = 250;
  private static final int READS_PER_SECOND = 25;
  private static final List<RateGovernor.Window> WINDOWS =
      List.of(
          new RateGovernor.Window(100, Duration.ofMinutes(5)),
          new RateGovernor.Window(300, Duration.ofHours(1)));

  static AciRates usual(Instant now) {
    return new AciRates(
        new TokenBucket(READS, READS_PER_SECOND, now),
        new RateGovernor(WINDOWS),
        new RateGovernor(WINDOWS));
  }
}
