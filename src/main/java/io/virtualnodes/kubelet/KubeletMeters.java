package io.virtualnodes.kubelet;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.virtualnodes.metrics.Meters;
import io.virtualnodes.metrics.Metric;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Counts what comes in at the ports of all nodes of this process. */
public final class KubeletMeters {
  private final Meters meters;
  private final AtomicInteger connections = new AtomicInteger();
  // As many as there are answers: Route, Refusal and Answer have a dozen.
  private final ConcurrentMap<Integer, Counter> codes = new ConcurrentHashMap<>();

  public KubeletMeters(MeterRegistry registry) {
    this.meters = new Meters(registry);
    meters.gauge(Metric.KUBELET_CONNECTIONS, connections, AtomicInteger::get);
    // From the beginning, so that the first of each is seen to be one more.
    IntStream.of(101, 200, 401, 403, 404, 500)
        .forEach(code -> codes.computeIfAbsent(code, this::counter));
  }

  void connected() {
    connections.incrementAndGet();
  }

  void disconnected() {
    connections.decrementAndGet();
  }

  void answered(int code) {
    codes.computeIfAbsent(code, this::counter).increment();
  }

  private Counter counter(int code) {
    return meters.counter(Metric.KUBELET_REQUESTS, Integer.toString(code));
  }
}
