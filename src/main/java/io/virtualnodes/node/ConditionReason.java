package io.virtualnodes.node;

import java.util.List;

/**
 * Why a condition is True or False: one of a closed list, each of which is an enum. Reasons are
 * stable, people alert on them; {@code docs/reference/conditions.md} is written from these lists.
 */
public interface ConditionReason {

  /**
   * A condition.
   *
   * @param holds whether it is True; otherwise it is False
   */
  record Said(ConditionType type, boolean holds) {
    /** As Kubernetes writes it. */
    public String status() {
      return holds ? "True" : "False";
    }
  }

  /**
   * What there is to say of one.
   *
   * @param reason CamelCase, as conditions carry it
   * @param meaning what is the case, for people who see it
   * @param remedy what they can do, or nothing
   * @param conditions that may have it, the one first that it is about
   */
  record Told(String reason, String meaning, String remedy, List<Said> conditions) {
    public Told {
      conditions = List.copyOf(conditions);
    }
  }

  Told told();

  /** CamelCase, as conditions carry it. */
  default String reason() {
    return told().reason();
  }

  /** What it is about before all: other conditions may be as they are because of it. */
  default ConditionType about() {
    return told().conditions().getFirst().type();
  }

  /**
   * A condition that has it.
   *
   * @throws IllegalArgumentException if none of this type may
   */
  default Said of(ConditionType type) {
    return told().conditions().stream()
        .filter(said -> said.type().equals(type))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(reason() + " is no reason of " + type.type()));
  }
}
