package io.virtualnodes.backend.fargate;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/**
 * Scenarios that a service is not held to. Each is tried all the same: one that comes to pass is a
 * failure, since then there is no reason to leave it out any more.
 */
final class LeftOut implements InvocationInterceptor {
  private final Map<String, String> reasons;
  private final Duration patience;

  /**
   * @param reasons by the names of the scenarios
   * @param patience with one of them; what goes on for longer has failed
   */
  LeftOut(Map<String, String> reasons, Duration patience) {
    this.reasons = Map.copyOf(reasons);
    this.patience = patience;
  }

  Set<String> scenarios() {
    return reasons.keySet();
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> scenario,
      ExtensionContext context)
      throws Throwable {
    run(scenario.getExecutable().getName(), invocation);
  }

  /**
   * @throws TestAbortedException if it is left out, and for good reason
   * @throws AssertionError if it failed, or is left out for none
   */
  void run(String scenario, Invocation<Void> invocation) throws Throwable {
    var reason = Optional.ofNullable(reasons.get(scenario));
    if (reason.isEmpty()) {
      invocation.proceed();
      return;
    }
    try {
      assertTimeoutPreemptively(
          patience,
          () -> {
            invocation.proceed();
          });
    } catch (TestAbortedException e) {
      throw new AssertionError(scenario + " is not for this backend: do not list it", e);
    } catch (AssertionError | Exception e) {
      throw new TestAbortedException("left out: " + reason.get(), e);
    }
    throw new AssertionError(
        scenario + " comes to pass: do not leave it out (" + reason.get() + ")");
  }
}
