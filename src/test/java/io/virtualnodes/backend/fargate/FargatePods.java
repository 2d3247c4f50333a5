package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.emulator.ecs.EcsEmulator;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.pod.DrivenPods;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Pods at an emulated AWS, which go by the product's own rules from their specs to their status.
 */
final class FargatePods implements AutoCloseable {
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final int MOST_BEATS = 100;
  private static final Duration A_MOMENT = Duration.ofMillis(5);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String CANARY = "canary";

  private final FargateSubject subject;
  private DrivenPods pods;

  FargatePods(Limits limits, FargatePlace.Capacity capacity) {
    this(limits, capacity, Optional.empty());
  }

  /**
   * @param record where requests and answers are written down, without what is secret
   */
  FargatePods(Limits limits, FargatePlace.Capacity capacity, Optional<Path> record) {
    this.subject = new FargateSubject("burst", limits, List.of(capacity), record);
    this.pods = new DrivenPods(subject.backend(), subject.pool(), subject::now);
  }

  FargateSubject subject() {
    return subject;
  }

  EcsEmulator aws() {
    return subject.aws();
  }

  DrivenPods pods() {
    return pods;
  }

  /** The operator is gone at once, and another one takes over. */
  void killOperator() {
    subject.restart();
    takeOver();
  }

  /** From now on the operator hears of what happens to tasks. */
  void hear() {
    subject.hear();
    takeOver();
  }

  private void takeOver() {
    pods = pods.under(subject.backend());
    useLogins();
  }

  // ---- What must not be seen

  /**
   * A Secret called {@code words} and a login to docker.io hold from now on what must not be seen.
   *
   * @param nth tells them from those before
   */
  void useCanaries(String nth) {
    pods.secret(
        "metadata: {name: words}\ndata: {variable: %s, file: %s}"
            .formatted(base64(CANARY + "-variable-" + nth), base64(CANARY + "-file-" + nth)));
    useLogins();
  }

  private void useLogins() {
    subject
        .backend()
        .useLogins(
            (_, _, image) ->
                image.startsWith("docker.io/")
                    ? List.of(new RegistryLogin("docker.io", CANARY, CANARY + "-password"))
                    : List.of());
  }

  /** What nobody may say: all of them begin so, in base64 too. */
  static List<String> canaries() {
    return List.of(CANARY, base64(CANARY));
  }

  private static String base64(String word) {
    return Base64.getEncoder().encodeToString(word.getBytes(StandardCharsets.UTF_8));
  }

  // ---- Specs

  static String pod(String restartPolicy, String script) {
    return """
    restartPolicy: %s
    containers:
    - {name: main, image: 'virtualnodes/busybox:latest', command: [sh, -c, "%s"]}
    """
        .formatted(restartPolicy, script);
  }

  /** A pod with a variable from a Secret. */
  static String told(String secret, String script) {
    return pod("Never", script)
        .replace(
            "name: main",
            "name: main, env: [{name: WORD, valueFrom: {secretKeyRef: {name: %s, key: word}}}]"
                .formatted(secret));
  }

  static String secret(String name, String word) {
    return "metadata: {name: %s}\ndata: {word: %s}".formatted(name, base64(word));
  }

  // ---- Time

  void passBeats(int beats) {
    for (int beat = 0; beat < beats; beat++) {
      look();
      pods.step();
      subject.pass(BEAT);
    }
    look();
    pods.step();
  }

  /** Tasks are run and stopped by other threads, which need time of their own. */
  void passBeatsUntil(BooleanSupplier wanted) {
    await()
        .pollInterval(A_MOMENT)
        .atMost(PATIENCE)
        .until(
            () -> {
              passBeats(1);
              return wanted.getAsBoolean();
            });
  }

  /** A look that AWS does not answer is made up for by the next, as the core does it. */
  private void look() {
    try {
      pods.sweep(pods.look());
    } catch (Unavailable _) {
      // Nothing is known anew.
    }
  }

  void passBeatsUntilAll(String phase) {
    for (int beat = 0; beat < MOST_BEATS && !allAre(phase); beat++) {
      passBeats(1);
    }
    assertThat(pods.pods())
        .isNotEmpty()
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo(phase));
  }

  private boolean allAre(String phase) {
    return pods.pods().stream().allMatch(pod -> phase.equals(pod.getStatus().getPhase()));
  }

  void awaitPhase(String uid, String phase) {
    for (int beat = 0; beat < MOST_BEATS && !phase.equals(phase(uid)); beat++) {
      passBeats(1);
    }
    assertThat(phase(uid)).as(pods.pod(uid).getStatus().toString()).isEqualTo(phase);
  }

  // ---- What is to be seen

  String phase(String uid) {
    return pods.pod(uid).getStatus().getPhase();
  }

  Pod pod(String uid) {
    return pods.pod(uid);
  }

  /** The first of a pod. */
  ContainerStatus container(String uid) {
    return pod(uid).getStatus().getContainerStatuses().getFirst();
  }

  /** Of the pod's task that runs. */
  String taskArn(String uid) {
    return subject.tasks(GroupId.first(uid)).getFirst().taskArn();
  }

  /** How many tasks were ever run for a pod. */
  int tasks(String uid) {
    return (int)
        launches(aws().startedBy()).stream()
            .filter(launch -> launch.group().podUid().equals(uid))
            .count();
  }

  /** How many tasks of a pod were not asked to stop. */
  int live(String uid) {
    return (int)
        launches(aws().running()).stream()
            .filter(launch -> launch.group().podUid().equals(uid))
            .count();
  }

  /** How many requests there were, such as {@code RunTask 200}. */
  int count(String call) {
    return subject.count(call);
  }

  static List<FargateLaunch> launches(List<String> startedBy) {
    return startedBy.stream().map(FargateLaunch::parse).flatMap(Optional::stream).toList();
  }

  /** Never two at a time for one pod, and none for a pod that is not there. */
  void checkNothingRunsTwiceOrForNobody() {
    aws().faults().unreachable(false);
    var running = launches(aws().running());
    assertThat(running).extracting(FargateLaunch::group).doesNotHaveDuplicates();
    assertThat(running)
        .extracting(launch -> launch.group().podUid())
        .isSubsetOf(pods.pods().stream().map(pod -> pod.getMetadata().getUid()).toList());
  }

  /** Holds what still runs to what may, and ends it all. */
  void end() {
    try {
      checkNothingRunsTwiceOrForNobody();
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    subject.close();
  }
}
