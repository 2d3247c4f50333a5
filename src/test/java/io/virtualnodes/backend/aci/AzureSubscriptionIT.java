package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/**
 * What every backend does, done by Azure itself, at the expense of whoever names a subscription:
 * {@code make test-azure}. docs/tasks/azure.md says how.
 */
@Tag("azure")
// A group may take minutes to start, and Azure takes only so many in five.
@Timeout(3600)
class AzureSubscriptionIT extends BackendContract {

  @Override
  protected BackendSubject open() {
    return new AzureSubscription(AzureSubscription.Settings.of(System.getenv()));
  }
}
