package io.virtualnodes.pod;

/**
 * The API server refused a request, or could not be asked. The message holds its own sentence and
 * no secret.
 */
public final class KubernetesFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;

  KubernetesFailure(String message, int code, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The HTTP status; 0 if there was no answer. */
  int code() {
    return code;
  }
}
