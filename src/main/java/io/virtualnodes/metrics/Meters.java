package io.virtualnodes.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The series of one thing, such as a pool: made here, and gone when it is closed. Whoever counts
 * often keeps what it is given: asking for a series costs a look-up. Methods may be called from any
 * thread.
 */
public final class Meters implements AutoCloseable {
  // Micrometer writes it behind the name of a time.
  private static final String SECONDS = "_seconds";

  private final MeterRegistry registry;
  private final Queue<Meter> made = new ConcurrentLinkedQueue<>();

  public Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  /**
   * A series that only grows; it is there from now on, with 0.
   *
   * @param values of the metric's labels, in their order
   */
  public Counter counter(Metric metric, String... values) {
    expect(metric, Metric.Kind.COUNTER);
    return keep(
        Counter.builder(metric.series())
            .description(metric.help())
            .tags(tags(metric, values))
            .register(registry));
  }

  /**
   * Times; their buckets are there from now on, with 0.
   *
   * @param values of the metric's labels, in their order
   */
  public Timer timer(Metric metric, String... values) {
    expect(metric, Metric.Kind.HISTOGRAM);
    return keep(
        Timer.builder(metric.series().substring(0, metric.series().length() - SECONDS.length()))
            .description(metric.help())
            .tags(tags(metric, values))
            .serviceLevelObjectives(metric.buckets().toArray(Duration[]::new))
            .register(registry));
  }

  /**
   * A value that is asked for when somebody scrapes.
   *
   * @param state held weakly: once nobody else holds it, there is no value any more
   * @param value NaN while it is not known
   * @param values of the metric's labels, in their order
   */
  public <T> void gauge(Metric metric, T state, ToDoubleFunction<T> value, String... values) {
    expect(metric, Metric.Kind.GAUGE);
    keep(
        Gauge.builder(metric.series(), state, value)
            .description(metric.help())
            .tags(tags(metric, values))
            .register(registry));
  }

  private <M extends Meter> M keep(M meter) {
    made.add(meter);
    return meter;
  }

  private static void expect(Metric metric, Metric.Kind kind) {
    if (metric.kind() != kind) {
      throw new IllegalArgumentException(metric.series() + " is a " + metric.kind());
    }
  }

  private static List<Tag> tags(Metric metric, String... values) {
    if (values.length != metric.labels().size()) {
      throw new IllegalArgumentException(metric.series() + " has labels " + metric.labels());
    }
    return IntStream.range(0, values.length)
        .mapToObj(index -> Tag.of(metric.labels().get(index).name(), values[index]))
        .toList();
  }

  @Override
  public void close() {
    made.forEach(registry::remove);
  }
}
