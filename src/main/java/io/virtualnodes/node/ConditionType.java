package io.virtualnodes.node;

/**
 * What a condition is about: one of a closed list, each of which is an enum. Types are stable,
 * people wait for them; {@code docs/reference/conditions.md} is written from these lists.
 */
public interface ConditionType {

  /** CamelCase, as a condition carries it. */
  String type();

  /** What it means that it is True, for people. */
  String meaning();

  /** Whether a condition of this name is one of these. */
  default boolean is(String name) {
    return type().equals(name);
  }

  /** That a condition of this type is True. */
  default ConditionReason.Said isTrue() {
    return new ConditionReason.Said(this, true);
  }

  /** That a condition of this type is False. */
  default ConditionReason.Said isFalse() {
    return new ConditionReason.Said(this, false);
  }
}
