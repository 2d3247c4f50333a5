package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.GroupId;
import java.time.Instant;
import java.util.OptionalLong;

/** Figures and pods of tests. */
final class Usages {
  static final Instant STARTED = Instant.parse("2026-02-03T04:00:00Z");

  private Usages() {}

  /** Of a container of the first group, whose processor time and working set are known. */
  static ContainerUsage of(String container, Instant at, long cpuNanos, long workingSetBytes) {
    return of(group(1), container, at, cpuNanos, workingSetBytes);
  }

  static ContainerUsage of(
      GroupId group, String container, Instant at, long cpuNanos, long workingSetBytes) {
    return new ContainerUsage(
        group,
        container,
        at,
        STARTED,
        OptionalLong.of(cpuNanos),
        OptionalLong.of(workingSetBytes),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  static GroupId group(int number) {
    return GroupId.first("00000000-0000-0000-0000-00000000000" + number);
  }

  /** A pod of such a group, from a manifest without its uid and namespace. */
  static NodePod pod(int number, String yaml) {
    var pod = Serialization.unmarshal(yaml, Pod.class);
    pod.getMetadata().setNamespace("team-a");
    pod.getMetadata().setUid(group(number).podUid());
    return new NodePod(pod, group(number));
  }
}
