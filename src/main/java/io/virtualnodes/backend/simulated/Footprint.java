package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.Quota;

/**
 * What several groups take together.
 *
 * @param milliCpu thousandths of a core
 * @param memoryBytes bytes
 * @param groups how many they are
 */
record Footprint(long milliCpu, long memoryBytes, int groups) {
  static final Footprint NONE = new Footprint(0, 0, 0);

  Footprint plus(long moreMilliCpu, long moreMemoryBytes) {
    return new Footprint(milliCpu + moreMilliCpu, memoryBytes + moreMemoryBytes, groups + 1);
  }

  Footprint plus(SimulatedGroup group) {
    return plus(group.milliCpu(), group.memoryBytes());
  }

  Footprint minus(SimulatedGroup group) {
    return new Footprint(
        milliCpu - group.milliCpu(), memoryBytes - group.memoryBytes(), groups - 1);
  }

  boolean fits(Quota quota) {
    return milliCpu <= quota.milliCpu()
        && memoryBytes <= quota.memoryBytes()
        && groups <= quota.groups();
  }
}
