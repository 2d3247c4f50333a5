package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.ContainerGroup.Resources;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a simulated container uses: a function of the time since its start and of nothing else.
 *
 * @param milliCpu of which the shares are
 * @param memoryBytes of which it comes to use the most part
 * @param phases of its processor time, over and over; empty is the gentle swing of something that
 *     has little to do
 */
record Load(long milliCpu, long memoryBytes, List<Phase> phases) {
  private static final Pattern PHASE = Pattern.compile("(\\d{1,4})%(?: (\\d{1,6})([smh]))?");
  private static final Duration UNTIL_THE_END = Program.FOR_EVER;

  // Where nothing is requested.
  private static final long USUAL_MILLI_CPU = 100;
  private static final long USUAL_MEMORY_BYTES = 64L << 20;

  private static final double USUAL_SHARE = 0.1;
  private static final double SWING = 0.05;
  private static final double SWING_SECONDS = 600;
  private static final double FIRST_MEMORY = 0.3;
  private static final double LATER_MEMORY = 0.6;
  private static final double MEMORY_SECONDS = 60;
  private static final double CACHED = 0.1;
  private static final double ANONYMOUS = 0.9;

  Load {
    // Of a journal that an earlier version wrote.
    phases = phases == null ? List.of() : List.copyOf(phases);
  }

  /**
   * A stretch of time with an even load.
   *
   * @param percent of what was requested; may be more than all of it
   */
  record Phase(int percent, Duration time) {}

  /** Memory in use at an instant. */
  record Memory(long workingSetBytes, long usageBytes, long rssBytes) {}

  static Load of(Resources requests, List<Phase> phases) {
    return new Load(
        requests.milliCpu() > 0 ? requests.milliCpu() : USUAL_MILLI_CPU,
        requests.memoryBytes() > 0 ? requests.memoryBytes() : USUAL_MEMORY_BYTES,
        phases);
  }

  /**
   * Reads {@code 80%}, or {@code 20% 5m, 90% 10m}.
   *
   * @return empty if it is neither
   */
  static Optional<List<Phase>> phases(String text) {
    var phases = new ArrayList<Phase>();
    for (var part : text.split(",", -1)) {
      var phase = PHASE.matcher(part.strip());
      if (!phase.matches()) {
        return Optional.empty();
      }
      var time = phase.group(2) == null ? UNTIL_THE_END : time(phase.group(2), phase.group(3));
      if (time.isZero()) {
        return Optional.empty();
      }
      phases.add(new Phase(Integer.parseInt(phase.group(1)), time));
    }
    return Optional.of(phases);
  }

  private static Duration time(String number, String unit) {
    long count = Long.parseLong(number);
    return switch (unit) {
      case "h" -> Duration.ofHours(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofSeconds(count);
    };
  }

  /** Processor time used since the start; what runs has used some. */
  long cpuNanos(Instant start, Instant now) {
    var since = Duration.between(start, now);
    double coreSeconds = phases.isEmpty() ? swing(seconds(since)) : phased(since);
    return Math.max(1, Math.round(coreSeconds * milliCpu * 1e6));
  }

  /** The integral of a share that swings around its mean. */
  private static double swing(double seconds) {
    double turn = 2 * Math.PI / SWING_SECONDS;
    return USUAL_SHARE * seconds + SWING * (1 - Math.cos(turn * seconds)) / turn;
  }

  private double phased(Duration since) {
    var round = phases.stream().map(Phase::time).reduce(Duration.ZERO, Duration::plus);
    long rounds = since.dividedBy(round);
    double used = rounds * phases.stream().mapToDouble(phase -> used(phase, phase.time())).sum();
    var left = since.minus(round.multipliedBy(rounds));
    for (var phase : phases) {
      var part = left.compareTo(phase.time()) < 0 ? left : phase.time();
      used += used(phase, part);
      left = left.minus(part);
    }
    return used;
  }

  private static double used(Phase phase, Duration time) {
    return phase.percent() / 100.0 * seconds(time);
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  Memory memory(Instant start, Instant now) {
    double seconds = seconds(Duration.between(start, now));
    double grown = 1 - Math.exp(-seconds / MEMORY_SECONDS);
    double share = FIRST_MEMORY + (LATER_MEMORY - FIRST_MEMORY) * grown;
    long workingSet = Math.max(1, Math.round(share * memoryBytes));
    return new Memory(
        workingSet,
        workingSet + Math.round(CACHED * memoryBytes),
        Math.max(1, Math.round(ANONYMOUS * workingSet)));
  }
}
