package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/**
 * What every backend does, done by AWS itself, at the expense of whoever names an account: {@code
 * make test-aws}. docs/tasks/aws.md says how.
 */
@Tag("aws")
// A task may take minutes to start, and AWS takes one definition a second.
@Timeout(3600)
class AwsAccountIT extends BackendContract {

  @Override
  protected BackendSubject open() {
    return new AwsAccount(RealAws.of(System.getenv()));
  }
}
