package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.emulator.arm.Limits;

/** What every backend does, done by an emulated Azure with the limits of any subscription. */
class AciContractTest extends BackendContract {

  @Override
  protected BackendSubject open() {
    return new AciSubject("contract", Limits.USUAL);
  }
}
