package io.virtualnodes.backend.supervisor;

/** What came of an action. */
sealed interface Outcome {
  /** What a kubelet reads of an answer, and no more. */
  int LONGEST_OUTPUT = 10 * 1024;

  record Passed() implements Outcome {}

  /** It passed, but perhaps not as was meant. */
  record PassedWith(String warning) implements Outcome {}

  /**
   * @param output what the container said, or did not
   */
  record Failed(String output) implements Outcome {}

  /** It could not be carried out, which says nothing of the container. */
  record Impossible(String why) implements Outcome {}
}
