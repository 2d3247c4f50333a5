package io.virtualnodes.runtime;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import jakarta.inject.Singleton;
import java.util.function.Supplier;

/** This process's own metrics, in Prometheus' text format. */
// Micrometer has a newer class for it; this is the one that Quarkus makes.
@SuppressWarnings("deprecation")
@Singleton
public class OperatorMetrics implements Supplier<String> {
  private final PrometheusMeterRegistry registry;

  OperatorMetrics(PrometheusMeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public String get() {
    return registry.scrape();
  }
}
