package io.virtualnodes.kubelet.stream;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;

/** The client asks for a protocol that is not spoken here, or asks wrongly. */
public final class UpgradeRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient HttpResponseStatus status;
  private final transient Map<String, String> headers;

  UpgradeRefused(HttpResponseStatus status, String sentence, Map<String, String> headers) {
    // Expected and answered, never logged with its stack.
    super(sentence, null, false, false);
    this.status = status;
    this.headers = Map.copyOf(headers);
  }

  public HttpResponseStatus status() {
    return status;
  }

  /** What the answer says besides. */
  public Map<String, String> headers() {
    return headers;
  }
}
