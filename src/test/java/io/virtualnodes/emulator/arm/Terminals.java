package io.virtualnodes.emulator.arm;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.Conversation.Size;
import io.virtualnodes.backend.GroupId;
import java.util.List;
import java.util.Optional;

/** Starts programs in containers, each at a terminal of its own. */
@FunctionalInterface
public interface Terminals {
  /** Azure knows no other. */
  Channels CHANNELS = new Channels(true, true, false, true);

  /**
   * A program that is ready to be started.
   *
   * @param program the whole of it: Azure's documentation says that it takes no arguments
   * @param size also that of the caller, who tells no other
   * @return empty if no such container runs
   */
  Optional<Conversation> open(GroupId group, String container, String program, Size size);

  /** Those of what runs the containers. */
  static Terminals of(Backend containers) {
    return (group, container, program, _) ->
        containers.streams().exec(group, container, List.of(program), CHANNELS);
  }
}
