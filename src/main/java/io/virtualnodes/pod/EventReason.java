package io.virtualnodes.pod;

/**
 * Why an event is told: one of a closed list, each of which is an enum. Reasons are stable, people
 * alert on them; {@code docs/reference/events.md} is written from these lists.
 */
public interface EventReason {

  /**
   * What there is to say of one.
   *
   * @param reason CamelCase, as an event carries it
   * @param warns whether somebody may have to act
   * @param meaning what has happened, for people who see it
   * @param remedy what they can do, or nothing
   */
  record Told(String reason, boolean warns, String meaning, String remedy) {}

  Told told();

  /** CamelCase, as an event carries it. */
  default String reason() {
    return told().reason();
  }

  /** Whether somebody may have to act. */
  default boolean warns() {
    return told().warns();
  }

  /** What has happened, for people who see it. */
  default String meaning() {
    return told().meaning();
  }

  /** What they can do, or nothing. */
  default String remedy() {
    return told().remedy();
  }
}
