package io.virtualnodes.backend;

import java.util.regex.Pattern;

/**
 * Identity of a group: the uid of its pod and the number of the attempt, never namespace and name,
 * which a successor of the same name would share.
 *
 * @param podUid the pod's {@code metadata.uid}
 * @param attempt 0 for the first group made for this pod
 */
public record GroupId(String podUid, int attempt) {
  // Names and labels at every backend are derived from it, so it keeps to what all of them allow.
  private static final Pattern UID = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
  // Nine digits at most, which any int holds.
  private static final Pattern TEXT = Pattern.compile("(.+)-(0|[1-9][0-9]{0,8})");

  public GroupId {
    if (!UID.matcher(podUid).matches()) {
      throw new IllegalArgumentException("not a pod uid: '" + podUid + "'");
    }
    if (attempt < 0) {
      throw new IllegalArgumentException("attempt must not be negative: " + attempt);
    }
  }

  /** The id of the first group that is made for a pod. */
  public static GroupId first(String podUid) {
    return new GroupId(podUid, 0);
  }

  /** {@code <uid>-<attempt>}: the form in which backends keep it. */
  @Override
  public String toString() {
    return podUid + "-" + attempt;
  }

  /**
   * Reads what {@link #toString()} wrote.
   *
   * @throws IllegalArgumentException if the text is not of that form
   */
  public static GroupId parse(String text) {
    var match = TEXT.matcher(text);
    if (!match.matches()) {
      throw new IllegalArgumentException("not a group id: '" + text + "'");
    }
    return new GroupId(match.group(1), Integer.parseInt(match.group(2)));
  }
}
