package io.virtualnodes.pod;

/**
 * Something that a pod refers to is not there yet, or cannot be read yet. The message is the
 * kubelet's and holds no secret.
 */
final class MissingInput extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Use use;

  /** What the pod wants it for. */
  sealed interface Use {
    /** For the files of a volume of this name. */
    record OfVolume(String name) implements Use {}

    /** For the variables of a container. */
    record OfEnvironment() implements Use {}
  }

  MissingInput(Use use, String what, Throwable cause) {
    super(
        switch (use) {
          case Use.OfVolume(var name) ->
              "MountVolume.SetUp failed for volume \"%s\" : %s".formatted(name, what);
          case Use.OfEnvironment() -> what;
        },
        cause);
    this.use = use;
  }

  Use use() {
    return use;
  }
}
