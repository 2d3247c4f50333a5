package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.simulated.SimulatedBackend.Faults;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** What every backend does, done by a simulation without faults. */
class SimulatedContractTest extends BackendContract {
  @TempDir private Path folder;

  @Override
  protected BackendSubject open() {
    return new SimulatedSubject("prompt", folder, Faults.NONE);
  }
}
