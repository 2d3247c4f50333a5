package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.virtualnodes.metrics.Meters;
import io.virtualnodes.metrics.Metric;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MeteredBackendTest {
  private static final GroupId GROUP = GroupId.first("5f0c");

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final BackendMeters meters = new BackendMeters(new Meters(registry), "burst", "local");

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new BackendException.Unavailable("busy", null), "unavailable"),
        Arguments.of(
            BackendException.Unavailable.notAsked("no turn", Duration.ofSeconds(9)), "not_asked"),
        Arguments.of(new BackendException.NoCapacity("full", null), "no_capacity"),
        Arguments.of(new BackendException.Denied("who are you", null), "denied"),
        Arguments.of(new BackendException.Rejected("never", null), "rejected"),
        Arguments.of(new BackendException.Unsupported(List.of("not here")), "unsupported"),
        Arguments.of(new IllegalStateException("bug"), "defect"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aCallThatFailsIsCountedByItsKindAndFailsAllTheSame(RuntimeException failure, String kind) {
    var backend = backend(failing(failure));

    assertThatThrownBy(() -> backend.delete(GROUP)).isSameAs(failure);

    assertThat(calls("delete", kind)).isEqualTo(1);
    assertThat(calls("delete", "ok")).isZero();
    assertThat(times("delete")).isEqualTo(1);
  }

  @Test
  void callsThatGoWellAreCountedByOperation() {
    var backend = backend(failing(null));

    backend.stop(GROUP, Duration.ofSeconds(1));
    backend.delete(GROUP);
    backend.list();
    backend.list();
    backend.quota();

    assertThat(calls("stop", "ok")).isEqualTo(1);
    assertThat(calls("delete", "ok")).isEqualTo(1);
    assertThat(calls("list", "ok")).isEqualTo(2);
    assertThat(times("list")).isEqualTo(2);
    assertThat(calls("quota", "ok")).isEqualTo(1);
    assertThat(calls("create", "ok")).isZero();
  }

  /** A default method that is not passed on would take a backend's guests or volumes from it. */
  @Test
  void everyMethodIsPassedOn() throws ReflectiveOperationException {
    var asked = new ArrayList<String>();
    var backend =
        backend(
            (Backend)
                Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {Backend.class},
                    (_, method, _) -> {
                      asked.add(method.getName());
                      return null;
                    }));

    var methods = Arrays.stream(Backend.class.getMethods()).toList();
    for (var method : methods) {
      method.invoke(backend, new Object[method.getParameterCount()]);
    }

    assertThat(asked)
        .containsExactlyInAnyOrderElementsOf(methods.stream().map(Method::getName).toList());
  }

  private Backend backend(Backend measured) {
    return new MeteredBackend(measured, meters);
  }

  /** Null: nothing fails. */
  private static Backend failing(RuntimeException failure) {
    return (Backend)
        Proxy.newProxyInstance(
            MeteredBackendTest.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (_, _, _) -> {
              if (failure != null) {
                throw failure;
              }
              return null;
            });
  }

  private double calls(String operation, String outcome) {
    return registry
        .get(Metric.BACKEND_CALLS.series())
        .tags("pool", "burst", "backend", "local", "operation", operation, "outcome", outcome)
        .counter()
        .count();
  }

  private long times(String operation) {
    return registry.get("virtualnodes_backend_call").tags("operation", operation).timer().count();
  }
}
