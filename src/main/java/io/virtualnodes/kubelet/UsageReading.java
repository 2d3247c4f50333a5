package io.virtualnodes.kubelet;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerUsage;
import java.time.Instant;
import java.util.List;

/** What is known of the usage of a pool's containers. */
sealed interface UsageReading {

  /**
   * Figures of one sweep.
   *
   * @param at when it began, by our clock
   * @param failing whether the last try to read newer ones failed
   */
  record Measured(Instant at, List<ContainerUsage> containers, boolean failing)
      implements UsageReading {

    public Measured {
      containers = List.copyOf(containers);
    }
  }

  /** No figures, or none that are of any worth now. */
  record Missing(BackendException why) implements UsageReading {}
}
