package io.virtualnodes.backend.simulated;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Chance that repeats: what comes out depends on the seed and on what is asked, and not on what
 * else was asked before, so that the order of concurrent calls changes nothing.
 */
record Dice(long seed) {
  // Of SplitMix64: an odd number that spreads what differs in few bits.
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  /** Numbers for one question about one thing. */
  RandomGenerator about(String question, Object thing) {
    long mixed = seed;
    mixed = mixed * SPREAD + question.hashCode();
    mixed = mixed * SPREAD + thing.toString().hashCode();
    return new SplittableRandom(mixed);
  }

  /** True in {@code share} of all things. */
  boolean happens(Share share, String question, Object thing) {
    return share.of() > 0 && about(question, thing).nextDouble() < share.of();
  }
}
