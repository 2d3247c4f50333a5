package io.virtualnodes.backend;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.virtualnodes.metrics.Meters;
import io.virtualnodes.metrics.Metric;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Counts and times the calls to one pool's backend. */
public final class BackendMeters {

  /** What is asked of a backend. */
  enum Operation {
    CREATE,
    STOP,
    DELETE,
    LIST,
    QUOTA
  }

  /** How it ended: the kinds of {@link BackendException}, and what is none of them. */
  enum Outcome {
    OK,
    UNAVAILABLE,
    NOT_ASKED,
    NO_CAPACITY,
    DENIED,
    REJECTED,
    UNSUPPORTED,
    DEFECT;

    static Outcome of(BackendException failure) {
      return switch (failure) {
        case BackendException.Unavailable busy -> busy.wasAsked() ? UNAVAILABLE : NOT_ASKED;
        case BackendException.NoCapacity _ -> NO_CAPACITY;
        case BackendException.Denied _ -> DENIED;
        case BackendException.Rejected _ -> REJECTED;
        case BackendException.Unsupported _ -> UNSUPPORTED;
      };
    }
  }

  private record Series(Timer time, Map<Outcome, Counter> outcomes) {}

  private final Map<Operation, Series> operations = new EnumMap<>(Operation.class);

  /**
   * @param backend its name in the pool's spec
   */
  public BackendMeters(Meters meters, String pool, String backend) {
    for (var operation : Operation.values()) {
      var outcomes = new EnumMap<Outcome, Counter>(Outcome.class);
      for (var outcome : Outcome.values()) {
        outcomes.put(
            outcome,
            meters.counter(Metric.BACKEND_CALLS, pool, backend, label(operation), label(outcome)));
      }
      operations.put(
          operation,
          new Series(meters.timer(Metric.BACKEND_CALL, pool, backend, label(operation)), outcomes));
    }
  }

  <T> T measure(Operation operation, Supplier<T> call) {
    long began = System.nanoTime();
    var outcome = Outcome.DEFECT;
    try {
      var answer = call.get();
      outcome = Outcome.OK;
      return answer;
    } catch (BackendException e) {
      outcome = Outcome.of(e);
      throw e;
    } finally {
      var series = operations.get(operation);
      series.time().record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
      series.outcomes().get(outcome).increment();
    }
  }

  private static String label(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }
}
