package io.virtualnodes.emulator.arm;

import java.time.Duration;

/**
 * What a subscription may have and do, and how long things take.
 *
 * @param groups in the region
 * @param cores in the region, of all groups that have not ended
 * @param pending from accepting a group to its being made
 * @param deleting from accepting a deletion to the group being gone
 * @param stopGrace what containers have for their end. Azure does not publish it: this is what
 *     Kubernetes has where nobody says otherwise
 */
public record Limits(
    int groups,
    int cores,
    int creationsInFiveMinutes,
    int creationsInAnHour,
    int deletionsInFiveMinutes,
    int deletionsInAnHour,
    int readsAtOnce,
    int readsPerSecond,
    Duration pending,
    Duration deleting,
    Duration stopGrace) {

  /**
   * Those of a subscription for which nothing was raised.
   *
   * @see <a
   *     href="https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits">
   *     Quotas and limits</a>
   */
  public static final Limits USUAL =
      new Limits(
          100,
          100,
          100,
          300,
          100,
          300,
          250,
          25,
          Duration.ofSeconds(2),
          Duration.ofSeconds(8),
          Duration.ofSeconds(30));

  /** The same for a quota that was raised. */
  public Limits withQuota(int moreGroups, int moreCores) {
    return new Limits(
        moreGroups,
        moreCores,
        creationsInFiveMinutes,
        creationsInAnHour,
        deletionsInFiveMinutes,
        deletionsInAnHour,
        readsAtOnce,
        readsPerSecond,
        pending,
        deleting,
        stopGrace);
  }
}
