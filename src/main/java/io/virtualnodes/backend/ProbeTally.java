package io.virtualnodes.backend;

/**
 * How often one probe of a container, over all of its runs, came to one result since this process
 * looks after it.
 *
 * @param probe what it is for, as a kubelet writes it: Startup, Liveness or Readiness
 * @param count at least 1
 */
public record ProbeTally(GroupId group, String container, String probe, Result result, long count) {

  /** What a probe came to. */
  public enum Result {
    SUCCESSFUL,
    FAILED,
    /** It could not be carried out, which says nothing of the container. */
    UNKNOWN
  }
}
