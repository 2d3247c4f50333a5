package io.virtualnodes.cluster;

import java.nio.file.Path;
import java.util.Map;

/**
 * Words that the operators of the tests have as credentials of clouds. None opens anything: they
 * are there to be found where they do not belong.
 */
final class Credentials {
  static final String AWS_SECRET = "canary-of-aws-b7f31c";
  static final String AZURE_SECRET = "canary-of-azure-b7f31c";

  /** The workspace of Log Analytics that there is a key for. */
  static final String WORKSPACE = "0b1f6471-1bf0-4dda-aec3-cb9272f09590";

  /** In base64, as such keys are: {@code canary-of-logs-b7f31c}. */
  static final String WORKSPACE_KEY = "Y2FuYXJ5LW9mLWxvZ3MtYjdmMzFj";

  private Credentials() {}

  /**
   * An operator's environment, with the files that it names made.
   *
   * @param folder of a run
   */
  static Map<String, String> of(Path folder) {
    var keys = folder.resolve("log-analytics-keys");
    Cluster.write(keys.resolve(WORKSPACE), WORKSPACE_KEY);
    return Map.of(
        "AWS_SECRET_ACCESS_KEY", AWS_SECRET,
        "AZURE_CLIENT_SECRET", AZURE_SECRET,
        "VIRTUALNODES_AZURE_LOG_ANALYTICS_KEYS", keys.toString());
  }
}
