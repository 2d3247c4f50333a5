package io.virtualnodes.backend.simulated;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a simulated container does, and what it does when it is asked to stop. Like the first
 * process of a real container it ignores the request unless it says otherwise.
 *
 * @param steps one after the other; after the last it ends with 0
 */
record Program(List<Step> steps, OnStop onStop) {
  /** What a killed process ends with: 128 and the number of KILL. */
  private static final int KILLED = 137;

  /** What a process ends with that TERM ended: 128 and the number of TERM. */
  private static final int TERMINATED = 143;

  // Far beyond what anybody waits for, and well within what an Instant holds.
  static final Duration FOR_EVER = Duration.ofDays(36_500);

  Program {
    steps = List.copyOf(steps);
  }

  /** One thing that is done. */
  sealed interface Step {
    /** A line of output. */
    record Say(String line) implements Step {}

    /**
     * Time passes.
     *
     * @param heeds whether a trap runs meanwhile; a shell's runs only after the command that it
     *     waits for
     */
    record Pass(Duration time, boolean heeds) implements Step {}

    /** It ends here. */
    record End(int code) implements Step {}
  }

  /** What it does when it is asked to stop. */
  sealed interface OnStop {
    record Ignore() implements OnStop {}

    record Exit(int code) implements OnStop {}
  }

  /** A request to stop. */
  record Stop(Instant asked, Instant kill) {}

  /** How one run of it ends. */
  record Ending(Instant at, int code) {}

  /**
   * A line of output.
   *
   * @param at when it was written
   */
  record Line(Instant at, String text) {}

  /** A program that is not known: it runs for a time, and heeds a request to stop at once. */
  static Program unknown(String image, Optional<Duration> runTime, int exitCode) {
    return new Program(
        List.of(
            new Step.Say("Simulated: nothing really runs here, and so nothing of image " + image),
            new Step.Pass(runTime.orElse(FOR_EVER), true),
            new Step.End(exitCode)),
        new OnStop.Exit(TERMINATED));
  }

  /** When and how a run that began at {@code start} ends. */
  Ending ending(Instant start, Optional<Stop> stop) {
    var end = walk(start);
    if (stop.isEmpty() || !stop.get().asked().isBefore(end.at())) {
      return end;
    }
    var asked = stop.get();
    var heeded =
        switch (onStop) {
          case OnStop.Ignore _ -> end;
          case OnStop.Exit(var code) -> new Ending(heedsAt(start, asked.asked()), code);
        };
    // A shell whose command ends runs its trap before it goes on, even if only to its own end.
    var first = heeded.at().isAfter(end.at()) ? end : heeded;
    return first.at().isAfter(asked.kill()) ? new Ending(asked.kill(), KILLED) : first;
  }

  /** What a run that began at {@code start} has written before {@code until}. */
  List<Line> output(Instant start, Instant until) {
    var lines = new ArrayList<Line>();
    var at = start;
    for (var step : steps) {
      if (at.isAfter(until) || step instanceof Step.End) {
        break;
      }
      switch (step) {
        case Step.Say(var line) -> lines.add(new Line(at, line));
        case Step.Pass(var time, _) -> at = at.plus(time);
        case Step.End _ -> {}
      }
    }
    return List.copyOf(lines);
  }

  private Ending walk(Instant start) {
    var at = start;
    for (var step : steps) {
      switch (step) {
        case Step.Say _ -> {}
        case Step.Pass(var time, _) -> at = at.plus(time);
        case Step.End(var code) -> {
          return new Ending(at, code);
        }
      }
    }
    return new Ending(at, 0);
  }

  private Instant heedsAt(Instant start, Instant asked) {
    var at = start;
    for (var step : steps) {
      if (step instanceof Step.Pass(var time, var heeds)) {
        var before = at;
        at = at.plus(time);
        if (!at.isBefore(asked)) {
          return heeds && before.isBefore(asked) ? asked : at;
        }
      }
    }
    return at;
  }
}
