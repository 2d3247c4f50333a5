package io.virtualnodes.backend;

/**
 * What an account or engine may run in all, used or not.
 *
 * @param milliCpu thousandths of a core
 * @param memoryBytes bytes
 * @param groups how many groups
 * @param counts which groups take up their number
 */
public record Quota(long milliCpu, long memoryBytes, int groups, Counts counts) {

  /** Of a service at which what has ended takes nothing. */
  public Quota(long milliCpu, long memoryBytes, int groups) {
    this(milliCpu, memoryBytes, groups, Counts.RUNNING);
  }

  /** Which groups take up what there is. */
  public enum Counts {
    /** Those that run: deleting one that has ended makes no room. */
    RUNNING,
    /** All that there are: one that has ended takes its place until it is deleted. */
    UNTIL_DELETED
  }
}
