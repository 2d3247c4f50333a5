package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;

/** When a pod's start begins and when it is over: pure. */
final class PodStart {
  private PodStart() {}

  /**
   * When the pod was scheduled, to the second, as the API server writes it; a pod that named its
   * node itself, when it was made.
   */
  static Instant scheduled(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals("PodScheduled"))
        .filter(condition -> condition.getStatus().equals("True"))
        .map(PodCondition::getLastTransitionTime)
        .findFirst()
        .map(Instant::parse)
        .orElseGet(() -> Instant.parse(pod.getMetadata().getCreationTimestamp()));
  }

  /**
   * Whether a report is the first that says that the pod runs, or ran and succeeded: one that is
   * short may have ended before anybody looked. One that fails may never have run.
   *
   * @param pod as it was before the report
   */
  static boolean isOver(Pod pod, PodMemory memory, PodStatusReport report) {
    return hasRun(report.status().getPhase())
        && !hasRun(pod.getStatus().getPhase())
        && memory.reported().filter(last -> hasRun(last.report().status().getPhase())).isEmpty();
  }

  private static boolean hasRun(String phase) {
    return PodStatusReport.RUNNING.equals(phase) || PodStatusReport.SUCCEEDED.equals(phase);
  }

  /** Never negative: the clocks of two machines differ. */
  static Duration between(Instant from, Instant to) {
    return to.isAfter(from) ? Duration.between(from, to) : Duration.ZERO;
  }
}
