package io.virtualnodes.runtime;

import io.quarkus.runtime.Shutdown;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Ends what the process runs, after JOSDK stopped its own operator (priority 2500) and before the
 * client closes.
 */
@ApplicationScoped
public class Stopping {
  private static final int AFTER_THE_OPERATOR = 3000;

  private final Wiring.Parts parts;

  Stopping(Wiring.Parts parts) {
    this.parts = parts;
  }

  @Shutdown(AFTER_THE_OPERATOR)
  void stop() {
    parts.pools().close();
    parts.authority().close();
    parts.identity().close();
    parts.threads().close();
  }
}
