package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.api.VirtualNodePoolStatus.Pods;
import java.util.List;

/** How many of a pool's pods do what: pure. */
final class PodCounts {
  private PodCounts() {}

  /**
   * Running: a container runs. Starting: accepted, none runs yet. Waiting: held up by something
   * that the pod's reason names. Failed: ended so. Pods that succeeded are not counted.
   */
  static Pods of(List<Pod> pods) {
    int running = 0;
    int starting = 0;
    int waiting = 0;
    int failed = 0;
    for (var pod : pods) {
      switch (pod.getStatus().getPhase()) {
        case "Running" -> running++;
        case "Failed" -> failed++;
        case "Succeeded" -> {}
        case null, default -> {
          if (pod.getStatus().getReason() == null) {
            starting++;
          } else {
            waiting++;
          }
        }
      }
    }
    return new Pods(running, starting, waiting, failed);
  }
}
