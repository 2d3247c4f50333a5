package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.pod.ObjectVersions.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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
   * @param fields of the pod itself, by their path
   */
  record Sources(Map<Subject, Optional<String>> versions, Map<String, String> fields) {

    Sources {
      versions = Map.copyOf(versions);
      fields = Map.copyOf(fields);
    }

    static Sources of(
        Pod pod,
        PodReferences references,
        NodeFacts node,
        Map<Subject, Optional<String>> versions) {
      return new Sources(
          versions,
          references.fields().stream()
              .collect(Collectors.toMap(path -> path, path -> DownwardApi.field(path, pod, node))));
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
