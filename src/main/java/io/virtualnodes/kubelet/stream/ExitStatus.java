package io.virtualnodes.kubelet.stream;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;

/** How a conversation ended, in the words in which the client is told. */
sealed interface ExitStatus {

  /**
   * The process ended by itself.
   *
   * @param code 0 to 255; others are told as 255
   */
  record Exited(int code) implements ExitStatus {

    public Exited {
      code = code < 0 || code > 255 ? 255 : code;
    }
  }

  /** The conversation could not be held, or not to its end. */
  record Failed(String sentence) implements ExitStatus {}

  /**
   * What goes on the client's error stream.
   *
   * @param protocol newer ones tell a {@code v1.Status}, older ones a sentence, and nothing of a
   *     success
   */
  default String words(Protocol protocol) {
    if (protocol.tellsStatus()) {
      return Serialization.asJson(status());
    }
    return switch (this) {
      case Exited(int code) when code == 0 -> "";
      case Exited(int code) -> "command terminated with exit code " + code;
      case Failed(var sentence) -> sentence;
    };
  }

  private Status status() {
    // Without its kind, as a kubelet writes it.
    var status =
        new StatusBuilder().withApiVersion(null).withKind(null).withNewMetadata().endMetadata();
    return switch (this) {
      case Exited(int code) when code == 0 -> status.withStatus("Success").build();
      case Exited(int code) ->
          status
              .withStatus("Failure")
              .withReason("NonZeroExitCode")
              .withMessage("command terminated with non-zero exit code: exit status " + code)
              .withNewDetails()
              .addNewCause()
              .withReason("ExitCode")
              .withMessage(String.valueOf(code))
              .endCause()
              .endDetails()
              .build();
      case Failed(var sentence) ->
          status
              .withStatus("Failure")
              .withReason("InternalError")
              .withCode(500)
              .withMessage(sentence)
              .build();
    };
  }
}
