package io.virtualnodes.pod;

/**
 * The API server refused a request, or could not be asked. The message holds its own sentence and
 * no secret.
 */
public final class KubernetesFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  KubernetesFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
