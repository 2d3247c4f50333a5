package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.GroupId;

/**
 * What things are called at the engine. A name is derived from the pool and the group alone, so
 * that the engine itself refuses to make one twice. No part can hold an underscore, which makes it
 * a safe separator.
 */
record Names(String pool) {
  private static final String STOPPED = "_stopped";

  String container(GroupId group, String container, int instance) {
    return prefix(group) + container + "_" + instance;
  }

  String sandbox(GroupId group) {
    return prefix(group) + "sandbox";
  }

  String writer(GroupId group) {
    return prefix(group) + "writer";
  }

  String volume(GroupId group, String volume) {
    return prefix(group) + volume;
  }

  /** The name that tells, also to the next operator, that this group must not be restarted. */
  static String stopped(String name) {
    return isStopped(name) ? name : name + STOPPED;
  }

  static boolean isStopped(String name) {
    return name.endsWith(STOPPED);
  }

  boolean belongsTo(GroupId group, String name) {
    return name.startsWith(prefix(group));
  }

  private String prefix(GroupId group) {
    return "vn_" + pool + "_" + group + "_";
  }
}
