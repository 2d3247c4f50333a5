package io.virtualnodes.emulator.ecs;

import java.util.List;

/** An answer of AWS's that is an error: a type and a sentence. */
final class AwsError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final transient List<String> resourceIds;

  private AwsError(int status, String type, String message, List<String> resourceIds) {
    super(message);
    this.status = status;
    this.type = type;
    this.resourceIds = List.copyOf(resourceIds);
  }

  /** Of the caller's making, as nearly all are. */
  AwsError(String type, String message) {
    this(400, type, message, List.of());
  }

  int status() {
    return status;
  }

  String type() {
    return type;
  }

  /** What it is about, for the one type of error that says so. */
  List<String> resourceIds() {
    return resourceIds;
  }

  static AwsError invalid(String message) {
    return new AwsError("InvalidParameterException", message);
  }

  static AwsError client(String message) {
    return new AwsError("ClientException", message);
  }

  /** Too many requests: AWS does not say when there may be more. */
  static AwsError throttled() {
    return new AwsError("ThrottlingException", "Rate exceeded");
  }

  static AwsError conflict(String message, List<String> resourceIds) {
    return new AwsError(400, "ConflictException", message, resourceIds);
  }

  static AwsError server() {
    return new AwsError(
        500, "ServerException", "Service Unavailable. Please try again later.", List.of());
  }

  static AwsError unknown(String target) {
    return new AwsError("UnknownOperationException", "There is no operation " + target);
  }
}
