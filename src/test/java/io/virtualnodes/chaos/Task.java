package io.virtualnodes.chaos;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod is told to do. The pod carries it along, so that whoever sees the pod knows what
 * should have come of it.
 *
 * @param runTime absent if it runs until it is stopped
 * @param exitCode what it then ends with
 */
record Task(Optional<Duration> runTime, int exitCode) {
  private static final String EXIT_CODE = "chaos.virtualnodes.io/exit-code";
  private static final String ENDS = "chaos.virtualnodes.io/ends";

  static Task ending(Duration runTime, int exitCode) {
    return new Task(Optional.of(runTime), exitCode);
  }

  static Task endless() {
    return new Task(Optional.empty(), 0);
  }

  /** Both the simulation and an engine's shell understand it. */
  List<String> command() {
    var script =
        runTime
            .map(
                time ->
                    "sleep %d.%03d; exit %d"
                        .formatted(time.toSeconds(), time.toMillisPart(), exitCode))
            .orElse("trap 'exit %d' TERM; sleep 36000 & wait".formatted(exitCode));
    return List.of("sh", "-c", script);
  }

  /** A pod that does it, for the nodes of a pool; it was not asked for yet. */
  Pod pod(String namespace, String name, String pool, String restartPolicy) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .withAnnotations(annotations())
        .endMetadata()
        .withNewSpec()
        .addToNodeSelector("virtualnodes.io/pool", pool)
        .addNewToleration()
        .withKey("virtualnodes.io/pool")
        .withOperator("Exists")
        .endToleration()
        .withRestartPolicy(restartPolicy)
        .addNewContainer()
        .withName("main")
        .withImage("virtualnodes/busybox:latest")
        .withImagePullPolicy("IfNotPresent")
        .withCommand(command())
        .endContainer()
        .endSpec()
        .build();
  }

  Map<String, String> annotations() {
    return Map.of(
        EXIT_CODE, Integer.toString(exitCode), ENDS, Boolean.toString(runTime.isPresent()));
  }

  /** The exit code that the pod's container should end with. */
  static int exitCode(Pod pod) {
    return Integer.parseInt(pod.getMetadata().getAnnotations().get(EXIT_CODE));
  }

  /** Whether the pod ends, for good, by itself. */
  static boolean ends(Pod pod) {
    return containerEnds(pod) && !restarts(pod);
  }

  /** Whether its container ends by itself and is started again, over and over. */
  static boolean crashes(Pod pod) {
    return containerEnds(pod) && restarts(pod);
  }

  private static boolean containerEnds(Pod pod) {
    return Boolean.parseBoolean(pod.getMetadata().getAnnotations().get(ENDS));
  }

  /** Whether its container is started again when it ends by itself. */
  static boolean restarts(Pod pod) {
    return switch (pod.getSpec().getRestartPolicy()) {
      case "Never" -> false;
      case "OnFailure" -> exitCode(pod) != 0;
      default -> true;
    };
  }
}
