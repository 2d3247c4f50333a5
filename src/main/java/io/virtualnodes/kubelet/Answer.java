package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;

/** A whole answer. */
record Answer(
    HttpResponseStatus status, String contentType, String body, Map<String, String> headers) {

  Answer {
    headers = Map.copyOf(headers);
  }

  /**
   * A sentence as it is. The API server quotes the body of a failed log request in its own error,
   * so JSON would reach people as JSON.
   */
  static Answer text(HttpResponseStatus status, String sentence) {
    return new Answer(status, "text/plain; charset=utf-8", sentence, Map.of());
  }

  /**
   * A sentence as a {@code v1.Status}. kubectl prints its message where the API server passes our
   * answer on unread, as it does for what would have become a stream.
   */
  static Answer status(HttpResponseStatus status, String sentence) {
    var body =
        new StatusBuilder()
            .withStatus("Failure")
            .withCode(status.code())
            .withReason(status.reasonPhrase().replace(" ", ""))
            .withMessage(sentence)
            .build();
    return new Answer(status, "application/json", Serialization.asJson(body), Map.of());
  }

  Answer with(Map<String, String> more) {
    return new Answer(status, contentType, body, more);
  }
}
