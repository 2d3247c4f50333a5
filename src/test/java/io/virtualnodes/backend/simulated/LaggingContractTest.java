package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.simulated.SimulatedBackend.Faults;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** What every backend does, done by a service half of whose lists show the past. */
class LaggingContractTest extends BackendContract {
  @TempDir private Path folder;

  @Override
  protected BackendSubject open() {
    return new SimulatedSubject(
        "lagging",
        folder,
        new Faults(
            Share.NEVER,
            Share.NEVER,
            Share.NEVER,
            Share.NEVER,
            new Share(0.5),
            Duration.ofSeconds(5),
            new Share(0.2),
            Duration.ofSeconds(1)));
  }
}
