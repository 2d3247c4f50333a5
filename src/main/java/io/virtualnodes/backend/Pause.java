package io.virtualnodes.backend;

import java.time.Duration;

/** Lets time pass; tests have a clock that they drive. */
@FunctionalInterface
public interface Pause {
  /** Returns once the time has passed. */
  void pass(Duration time) throws InterruptedException;
}
