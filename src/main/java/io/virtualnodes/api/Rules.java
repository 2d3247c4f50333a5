package io.virtualnodes.api;

/**
 * What the rules of several fields share, as text for CEL. A rule's message names the field and
 * what to write instead, since it is all that {@code kubectl apply} shows. In a message of several
 * fields, <code>{field}</code> stands for the field's path.
 *
 * <p>Regular expressions are CEL's, which has RE2's syntax; {@code r'…'} keeps their backslashes.
 */
final class Rules {
  private static final String DNS_LABEL_EXPRESSION = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

  /** Of a string: a DNS label but for its length. */
  static final String DNS_LABEL = ".matches(r'^" + DNS_LABEL_EXPRESSION + "$')";

  /** Of a string: a DNS name in lower case. */
  static final String DNS_NAME =
      ".matches(r'^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$')";

  /** Of a string: what Kubernetes takes as the value of a label or a taint. */
  static final String LABEL_VALUE =
      ".matches(r'^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$')";

  /**
   * Of a string: what Kubernetes takes as the key of a label or a taint, but for its prefix's
   * length.
   */
  static final String QUALIFIED_NAME =
      ".matches(r'^("
          + DNS_LABEL_EXPRESSION
          + "(\\."
          + DNS_LABEL_EXPRESSION
          + ")*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$')";

  /** Of a string: a prefix that is not too long, if there is one. */
  static final String PREFIX_FITS = ".matches(r'^([^/]{1,253}/)?[^/]*$')";

  /** Of a string: it has a prefix that Kubernetes or this operator keeps to itself. */
  static final String RESERVED =
      ".matches(r'^([^/]*\\.)?(kubernetes\\.io|k8s\\.io|virtualnodes\\.io)/')";

  /**
   * Of {@code self}: a duration of at least a second. The numbers are bounded, since one that
   * overflows would be an error of the rule instead of its answer.
   */
  static final String DURATION =
      "self.matches(r'^([0-9]{1,5}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?$') && self != ''"
          + " && duration(self) >= duration('1s') && duration(self) <= ";

  /** Of a string: a duration that may be shorter than a second. */
  static final String SHORT_DURATION =
      ".matches(r'^([0-9]{1,5}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$')";

  /** Of {@code self}: as {@link #DURATION}, from a millisecond. */
  static final String SHORT_TIME =
      "self"
          + SHORT_DURATION
          + " && self != '' && duration(self) >= duration('1ms') && duration(self) <= ";

  static final String SHORT_TIME_MESSAGE =
      "{field} must be a time from 1ms to 168h in hours, minutes, seconds and milliseconds, such as"
          + " 250ms or 2s";

  /** Of {@code self}: an amount of money. */
  static final String MONEY = "self.matches(r'^[0-9]{1,6}([.][0-9]{1,6})?$')";

  static final String MONEY_MESSAGE =
      "{field} must be an amount with six decimals at most, such as 0.04";

  /** Of {@code self}: a share of all. */
  static final String PERCENTAGE = "self.matches(r'^(100|[0-9]{1,2}([.][0-9]{1,3})?)%$')";

  static final String PERCENTAGE_MESSAGE =
      "{field} must be a share of all from 0% to 100%, with three decimals at most, such as 5% or"
          + " 0.1%";

  /** Of a string: where an engine listens on its own machine, as Java's URI takes it too. */
  static final String UNIX_ADDRESS = ".matches(r'^unix://(/[A-Za-z0-9._~@+-]+)+$')";

  /** Of a string: a role of AWS's, in any of its partitions. */
  static final String ROLE_ARN =
      ".matches(r'^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$')";

  private static final String HOST_LABEL = "[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?";

  private static final String HOST =
      "(" + HOST_LABEL + "(\\." + HOST_LABEL + ")*|\\[[0-9A-Fa-f:.]+\\])";

  private static final String PORT =
      "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";

  /** Of a string: where an engine listens in the network. */
  static final String TCP_ADDRESS = ".matches(r'^tcp://" + HOST + ":" + PORT + "$')";

  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

  /**
   * Of {@code self}: a server that speaks HTTPS, without a path. What looks like an address must be
   * one, since Java's URI knows no host otherwise. CEL's own {@code url()} would be too dear: it
   * takes the host that is in a URL for endless.
   */
  static final String HTTPS_SERVER =
      "self.matches(r'^https://(("
          + HOST_LABEL
          + "\\.)*[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?|"
          + OCTET
          + "(\\."
          + OCTET
          + "){3}|\\[[0-9A-Fa-f:.]+\\])(:"
          + PORT
          + ")?$') && (!self.contains('[') || isIP(self.substring(9, self.indexOf(']'))))";

  /** Of a path: a part of it is {@code .} or {@code ..}. */
  static final String LEADS_ELSEWHERE = ".matches(r'(^|/)\\.\\.?(/|$)')";

  /**
   * Of a path: it is, lies in or holds a path that containers cannot do without. A mount over
   * {@code /var} or {@code /etc} would hide these too, or have the engine make them in the shared
   * folder.
   */
  static final String IN_EVERY_CONTAINER =
      ".matches(r'^(/(dev|proc|sys)(/.*)?|/etc|/etc/(hosts|hostname|resolv\\.conf)"
          + "|/var|(/var)?/run|(/var)?/run/secrets(/.*)?)$')";

  /** Of {@code self}: a quantity, written as a number or as text. */
  static final String IS_QUANTITY = "isQuantity(string(self))";

  /** {@code self}, if {@link #IS_QUANTITY}. */
  static final String QUANTITY = "quantity(string(self))";

  private Rules() {}
}
