package io.virtualnodes.backend;

/**
 * Something that happened to a container and leaves no trace in its state, for the pod's owner to
 * be told.
 *
 * @param message for people, as a kubelet words it
 */
public record Incident(
    GroupId group, GroupOwner owner, String container, Kind kind, String message) {

  /** What happened. */
  public enum Kind {
    /** A probe failed, or could not be carried out. */
    UNHEALTHY,
    /** A probe passed, but not as its author may have meant. */
    PROBE_WARNING,
    /** The container is ended because of what a probe found. */
    ENDED_AS_UNHEALTHY,
    POST_START_FAILED,
    PRE_STOP_FAILED
  }
}
