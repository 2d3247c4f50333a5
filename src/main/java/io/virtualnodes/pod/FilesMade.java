package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.pod.ObjectVersions.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What the files of a running pod were made of, as far as this process knows.
 *
 * @param renewAt when the first of their tokens is to be renewed; empty if there is none
 */
record FilesMade(Sources sources, Optional<Instant> renewAt) {
  // A pod of which nothing is known is looked at within this time: all at once would keep a backend
  // from what the pods of a new operator need more.
  private static final Duration FIRST_LOOK_WITHIN = ObjectVersions.PERIOD;

  /**
   * All that they depend on but time.
   *
   * @param versions of the ConfigMaps and Secrets; empty where there is no such object
   * @param labels of the pod, if they are in its files
   * @param annotations of the pod, if they are in its files
   */
  record Sources(
      Map<Subject, Optional<String>> versions,
      Map<String, String> labels,
      Map<String, String> annotations) {

    Sources {
      versions = Map.copyOf(versions);
      labels = Map.copyOf(labels);
      annotations = Map.copyOf(annotations);
    }

    /**
     * @param ofItself whether the pod's files speak of the pod
     */
    static Sources of(Pod pod, boolean ofItself, Map<Subject, Optional<String>> versions) {
      return new Sources(
          versions,
          ofItself ? orNone(pod.getMetadata().getLabels()) : Map.of(),
          ofItself ? orNone(pod.getMetadata().getAnnotations()) : Map.of());
    }

    private static Map<String, String> orNone(Map<String, String> values) {
      return values == null ? Map.of() : values;
    }
  }

  /** Whether they may differ from what they would be if they were made now. */
  boolean outdated(Sources present, Instant now) {
    return !sources.equals(present) || renewAt.filter(at -> !at.isAfter(now)).isPresent();
  }

  /**
   * When files are to be looked at of which nothing is known: each pod at a time of its own.
   *
   * @param began when this process began to look after the pod's node
   */
  static Instant firstLook(String podUid, Instant began) {
    return began.plusMillis(Math.floorMod(podUid.hashCode(), FIRST_LOOK_WITHIN.toMillis()));
  }
}
