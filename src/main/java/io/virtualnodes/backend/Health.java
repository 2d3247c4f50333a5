package io.virtualnodes.backend;

/**
 * What is known of a running container besides that it runs.
 *
 * @param started whether it has started up
 */
public record Health(boolean started, Readiness ready) {

  /** Whether it takes requests. */
  public enum Readiness {
    YES,
    NO,
    /**
     * Not found out yet by a process that began after the container did: what was told of it before
     * stands.
     */
    AS_TOLD_BEFORE
  }
}
