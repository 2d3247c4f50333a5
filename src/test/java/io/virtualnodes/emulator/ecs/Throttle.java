package io.virtualnodes.emulator.ecs;

import io.virtualnodes.emulator.ecs.Limits.Category;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/** Refuses requests of which there are too many, as AWS does. May be asked by many threads. */
final class Throttle {
  private final Map<Category, TokenBucket> buckets = new EnumMap<>(Category.class);
  private final Map<Category, Integer> refused = new EnumMap<>(Category.class);

  Throttle(Limits limits, Instant now) {
    limits.rates().forEach((category, rate) -> buckets.put(category, new TokenBucket(rate, now)));
  }

  void count(Category category, Instant now) {
    count(category, 1, now);
  }

  synchronized void count(Category category, int many, Instant now) {
    var bucket = buckets.get(category);
    if (bucket != null && !bucket.take(many, now)) {
      refused.merge(category, 1, Integer::sum);
      throw AwsError.throttled();
    }
  }

  /** How many requests were too many. */
  synchronized int refused(Category category) {
    return refused.getOrDefault(category, 0);
  }
}
