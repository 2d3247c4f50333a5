package io.virtualnodes.pod;

/**
 * Why an event is told: one of a closed list, each of which is an enum. Reasons are stable, people
 * alert on them; {@code docs/reference/events.md} is written from these lists.
 */
public interface EventReason {

  /** CamelCase, as an event carries it. */
  String reason();

  /** Whether somebody may have to act. */
  boolean warns();

  /** What has happened, for people who see it. */
  String meaning();

  /** What they can do, or nothing. */
  String remedy();
}
