package io.virtualnodes.kubelet;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.virtualnodes.backend.BackendException;
import java.util.Map;

/** Ends a request with a status and one sentence for the person who sent it. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient HttpResponseStatus status;
  private final transient Map<String, String> headers;

  Refusal(HttpResponseStatus status, String sentence) {
    this(status, sentence, Map.of());
  }

  Refusal(HttpResponseStatus status, String sentence, Map<String, String> headers) {
    // Expected and answered, never logged with its stack.
    super(sentence, null, false, false);
    this.status = status;
    this.headers = Map.copyOf(headers);
  }

  /** The backend's own sentence, under the status that says whether asking again helps. */
  static Refusal of(BackendException failure) {
    return switch (failure) {
      case BackendException.Unsupported unsupported ->
          new Refusal(HttpResponseStatus.NOT_IMPLEMENTED, unsupported.getMessage());
      case BackendException.Unavailable unavailable ->
          new Refusal(
              HttpResponseStatus.SERVICE_UNAVAILABLE,
              unavailable.getMessage(),
              unavailable
                  .retryAfter()
                  .map(wait -> Long.toString(Math.max(1, wait.toSeconds())))
                  .map(seconds -> Map.of(HttpHeaderNames.RETRY_AFTER.toString(), seconds))
                  .orElse(Map.of()));
      case BackendException.Denied _, BackendException.NoCapacity _, BackendException.Rejected _ ->
          new Refusal(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure.getMessage());
    };
  }

  HttpResponseStatus status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }
}
