package io.virtualnodes.pool;

import java.text.ParseException;
import java.time.Duration;

/** Durations as the pool's spec writes them: 1h30m, 250ms. */
final class Durations {
  private Durations() {}

  static Duration parse(String text) {
    try {
      return io.fabric8.kubernetes.api.model.Duration.parse(text).getDuration();
    } catch (ParseException e) {
      // The CRD's pattern lets nothing else through.
      throw new IllegalStateException("not a duration: " + text, e);
    }
  }
}
