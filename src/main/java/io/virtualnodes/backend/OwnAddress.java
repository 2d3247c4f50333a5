package io.virtualnodes.backend;

import java.util.List;

/**
 * What stands in a text of a container for its group's own address, which nobody knows before the
 * group is there. No program can be told a text that has a zero in it, so that no pod has one that
 * could be taken for it.
 */
public final class OwnAddress {
  /** The most important one. */
  public static final String FIRST = "\0address\0";

  /** All, with commas between them. */
  public static final String ALL = "\0addresses\0";

  private OwnAddress() {}

  /** Whether a text holds it. */
  public static boolean in(String text) {
    return text.contains(FIRST) || text.contains(ALL);
  }

  /**
   * @param addresses the most important first; at least one
   */
  public static String replaced(String text, List<String> addresses) {
    return text.replace(FIRST, addresses.getFirst()).replace(ALL, String.join(",", addresses));
  }
}
