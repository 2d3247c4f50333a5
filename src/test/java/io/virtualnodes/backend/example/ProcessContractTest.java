package io.virtualnodes.backend.example;

import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** What every backend does, done by processes of this machine. */
class ProcessContractTest extends BackendContract {
  @TempDir private Path folder;

  @Override
  protected BackendSubject open() {
    return new ProcessSubject(folder, "processes");
  }
}
