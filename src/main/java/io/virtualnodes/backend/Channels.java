package io.virtualnodes.backend;

/**
 * Which ways of a process a conversation uses.
 *
 * @param input what is said is read by the process
 * @param output its standard output, and with a terminal all that it writes
 * @param errors its standard error; never with a terminal, which has one output
 * @param terminal the process sees a terminal
 */
public record Channels(boolean input, boolean output, boolean errors, boolean terminal) {

  public Channels {
    if (terminal && errors) {
      throw new IllegalArgumentException("a terminal has no standard error of its own");
    }
    if (!input && !output && !errors) {
      throw new IllegalArgumentException("a conversation needs at least one way");
    }
  }
}
