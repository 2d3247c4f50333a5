package io.virtualnodes.backend.aci;

import java.time.Duration;

/** Lets time pass. */
@FunctionalInterface
interface Pause {
  void pass(Duration time) throws InterruptedException;
}
