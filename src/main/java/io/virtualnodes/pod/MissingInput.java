package io.virtualnodes.pod;

import java.util.Optional;

/**
 * Something that a pod refers to is not there yet, or cannot be read yet. The message is the
 * kubelet's and holds no secret.
 */
final class MissingInput extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Use use;
  private final transient Optional<PodEventReason> event;

  /** What the pod wants it for. */
  sealed interface Use {
    /** For the files of a volume of this name. */
    record OfVolume(String name) implements Use {}

    /** For the variables of a container. */
    record OfEnvironment() implements Use {}
  }

  MissingInput(Use use, String what, Throwable cause) {
    this(use, what, cause, Optional.empty());
  }

  /** Of variables, of which it is known what exactly is not there. */
  MissingInput(String what, PodEventReason event) {
    this(new Use.OfEnvironment(), what, null, Optional.of(event));
  }

  private MissingInput(Use use, String what, Throwable cause, Optional<PodEventReason> event) {
    super(
        switch (use) {
          case Use.OfVolume(var name) ->
              "MountVolume.SetUp failed for volume \"%s\" : %s".formatted(name, what);
          case Use.OfEnvironment() -> what;
        },
        cause);
    this.use = use;
    this.event = event;
  }

  /** As what the pod's owner is told of it; empty: by what it is for. */
  Optional<PodEventReason> event() {
    return event;
  }

  Use use() {
    return use;
  }
}
