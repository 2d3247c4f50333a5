package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.emulator.ecs.Limits;

/** What every backend does, done by an emulated ECS with the limits of any account. */
class FargateContractTest extends BackendContract {

  @Override
  protected BackendSubject open() {
    return new FargateSubject("contract", Limits.USUAL);
  }
}
