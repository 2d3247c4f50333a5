package io.virtualnodes.runtime;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.virtualnodes.metrics.Meters;
import io.virtualnodes.metrics.Metric;
import io.virtualnodes.pool.VirtualNodePoolReconciler;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * What JOSDK tells of its controllers. Its own meters go by the controllers' names, and each node
 * has one of its own: their series would grow with every node that ever was, and never go.
 */
final class ReconcileMeters implements Metrics {
  private static final String PODS = "pod";

  private final Meters meters;
  private final ConcurrentMap<String, Series> controllers = new ConcurrentHashMap<>();

  private record Series(Timer time, Counter success, Counter failure) {}

  ReconcileMeters(MeterRegistry registry) {
    this.meters = new Meters(registry);
  }

  /** Of the controllers of all nodes, whatever they are called. */
  static Metrics ofPods(MeterRegistry registry) {
    var series = new ReconcileMeters(registry).series(PODS);
    return new Metrics() {
      @Override
      public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
        return measure(series, execution);
      }
    };
  }

  @Override
  public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
    return measure(
        controllers.computeIfAbsent(label(execution.controllerName()), this::series), execution);
  }

  private static String label(String controller) {
    return controller.equals(VirtualNodePoolReconciler.NAME) ? "pool" : controller;
  }

  private Series series(String controller) {
    return new Series(
        meters.timer(Metric.RECONCILE, controller),
        meters.counter(Metric.RECONCILES, controller, "success"),
        meters.counter(Metric.RECONCILES, controller, "failure"));
  }

  private static <T> T measure(Series series, Metrics.ControllerExecution<T> execution)
      throws Exception {
    long began = System.nanoTime();
    boolean done = false;
    try {
      var result = execution.execute();
      done = true;
      return result;
    } finally {
      series.time().record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
      (done ? series.success() : series.failure()).increment();
    }
  }
}
