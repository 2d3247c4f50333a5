package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * How long the message of an ended container may be, so that those of all of its pod fit. Pure.
 *
 * @param bytes in UTF-8
 */
record MessageShare(int bytes) {
  /** What all messages of ended containers may take together, as at the kubelet. */
  private static final int MESSAGE_BYTES = 12 * 1024;

  static MessageShare of(PodSpec spec) {
    return new MessageShare(
        MESSAGE_BYTES / (spec.getInitContainers().size() + spec.getContainers().size()));
  }

  /** With no more of each message than its share; the same if they have no more. */
  ContainerStatus of(ContainerStatus status) {
    var state = shortened(status.getState());
    var last = shortened(status.getLastState());
    return state == status.getState() && last == status.getLastState()
        ? status
        : new ContainerStatusBuilder(status).withState(state).withLastState(last).build();
  }

  private ContainerState shortened(ContainerState state) {
    var message =
        Optional.ofNullable(state)
            .map(ContainerState::getTerminated)
            .map(ContainerStateTerminated::getMessage);
    if (message.isEmpty()) {
      return state;
    }
    var beginning = beginning(message.get());
    return beginning.equals(message.get())
        ? state
        : new ContainerStateBuilder(state)
            .editTerminated()
            .withMessage(beginning)
            .endTerminated()
            .build();
  }

  /** As many whole characters as there is room for in UTF-8. */
  private String beginning(String text) {
    var decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.IGNORE);
    var room = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    var beginning = CharBuffer.allocate(text.length());
    decoder.decode(room.limit(Math.min(bytes, room.limit())), beginning, false);
    return beginning.flip().toString();
  }
}
