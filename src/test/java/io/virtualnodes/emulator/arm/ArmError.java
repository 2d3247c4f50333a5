package io.virtualnodes.emulator.arm;

import java.time.Duration;
import java.util.Optional;

/** An answer of Azure's that is an error: a status, a code and a sentence. */
final class ArmError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final transient Optional<Duration> retryAfter;

  ArmError(int status, String code, String message) {
    this(status, code, message, Optional.empty());
  }

  ArmError(int status, String code, String message, Optional<Duration> retryAfter) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  Optional<Duration> retryAfter() {
    return retryAfter;
  }

  static ArmError notFound(String group) {
    return new ArmError(
        404,
        "ResourceNotFound",
        "The Resource 'Microsoft.ContainerInstance/containerGroups/%s' was not found."
            .formatted(group));
  }

  static ArmError invalid(String code, String message) {
    return new ArmError(400, code, message);
  }
}
