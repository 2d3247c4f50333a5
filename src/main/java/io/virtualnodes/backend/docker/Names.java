package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What things are called at the engine. A name is derived from the pool and the group alone, so
 * that the engine itself refuses to make one twice. No part can hold an underscore, which makes it
 * a safe separator.
 */
record Names(String pool) {
  private static final String STOPPED = "_stopped_by_";

  String container(GroupId group, String container, int instance) {
    return prefix(group) + container + "_" + instance;
  }

  /** What puts on record that an instance of a container got somewhere. */
  String milestone(GroupId group, String container, int instance, Milestone milestone) {
    return container(group, container, instance) + "_" + milestone.name().toLowerCase(Locale.ROOT);
  }

  String sandbox(GroupId group) {
    return prefix(group) + "sandbox";
  }

  String writer(GroupId group) {
    return prefix(group) + "writer";
  }

  /**
   * One may have to be made while the one before is still being removed.
   *
   * @param token another one for each
   */
  String relay(GroupId group, String token) {
    return prefix(group) + "relay_" + token;
  }

  /**
   * @param command the engine's id of what is ended
   */
  String ender(GroupId group, String command) {
    return prefix(group) + "ender_" + command.substring(0, Math.min(command.length(), 12));
  }

  /** Names of a pod's containers are unique, guests among them. */
  String guest(GroupId group, String guest) {
    return container(group, guest, 0);
  }

  String volume(GroupId group, String volume) {
    return prefix(group) + volume;
  }

  /** Of a volume that outlives groups. No group is called so. */
  String claimed(String id) {
    return "vn_" + pool + "_claimed_" + id;
  }

  /**
   * The name that tells, also to the next operator, that this group must not be restarted.
   *
   * @param by when at the latest all of it is to have ended
   */
  static String stopped(String name, Instant by) {
    int end = name.indexOf(STOPPED);
    return (end < 0 ? name : name.substring(0, end)) + STOPPED + by.toEpochMilli();
  }

  /** When a group is to have ended that was stopped; empty if the name does not say so. */
  static Optional<Instant> stoppedBy(String name) {
    int end = name.indexOf(STOPPED);
    var number = end < 0 ? "" : name.substring(end + STOPPED.length());
    return number.matches("-?[0-9]{1,18}")
        ? Optional.of(Instant.ofEpochMilli(Long.parseLong(number)))
        : Optional.empty();
  }

  boolean belongsTo(GroupId group, String name) {
    return name.startsWith(prefix(group));
  }

  private String prefix(GroupId group) {
    return "vn_" + pool + "_" + group + "_";
  }
}
