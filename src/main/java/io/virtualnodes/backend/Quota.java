package io.virtualnodes.backend;

/**
 * What an account or engine may run in all, used or not.
 *
 * @param milliCpu thousandths of a core
 * @param memoryBytes bytes
 * @param groups how many groups
 */
public record Quota(long milliCpu, long memoryBytes, int groups) {}
