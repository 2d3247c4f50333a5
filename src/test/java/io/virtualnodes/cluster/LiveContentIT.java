package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** That what a pod's files come from may change while the pod runs. */
@Execution(ExecutionMode.CONCURRENT)
class LiveContentIT {
  // A minute until the operator looks, and the time that it takes on a machine that is busy.
  private static final Duration WITHIN = Duration.ofSeconds(90);

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(LiveContentIT.class);
  }

  @Test
  void aConfigMapAndASecretThatChangeReachTheContainer() {
    pool.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: changing }
        data: { colour: green, goes: away }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: changing }
        stringData: { word: swordfish }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: reader }
        spec:
          $onThePool
          restartPolicy: Never
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command:
            - sh
            - -c
            - |
              until grep -q red /all/colour && grep -q t[r]out /secret/word; do sleep 0.2; done
              cat /all/colour /secret/word /etc/colour; echo; ls /all
              stat -L -c %a /secret/word; ! touch /all/new 2>/dev/null
            volumeMounts:
            - { name: all, mountPath: /all }
            - { name: secret, mountPath: /secret }
            - { name: all, mountPath: /etc/colour, subPath: colour }
          volumes:
          - { name: all, projected: { sources: [{ configMap: { name: changing } }] } }
          - { name: secret, secret: { secretName: changing, defaultMode: 0400 } }
        """);
    pool.awaitPhase("reader", "Running");

    pool.kubectl()
        .run(
            "patch",
            "configmap",
            "changing",
            "--patch={\"data\":{\"colour\":\"red\",\"goes\":null,\"comes\":\"here\"}}");
    pool.kubectl()
        .run("patch", "secret", "changing", "--patch={\"stringData\":{\"word\":\"trout\"}}");

    awaitSuccess("reader");
    assertThat(pool.kubectl().run("logs", "reader"))
        .isEqualTo("redtroutgreen\ncolour\ncomes\n400\n");
    assertThat(pool.cluster().operator().log()).doesNotContain("swordfish", "trout");
    assertThat(pool.kubectl().run("get", "events,pods", "-o=yaml"))
        .contains("reader")
        .doesNotContain("swordfish", "trout");
    assertThat(pool.atTheEngine("reader"))
        .isNotEmpty()
        .allSatisfy(
            found ->
                assertThat(found.toString() + found.getLabels())
                    .doesNotContain("swordfish", "trout"));
  }

  @Test
  void labelsAndAnnotationsThatChangeReachTheContainerSoon() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: told, labels: { tier: front }, annotations: { note: first } }
        spec:
          $onThePool
          restartPolicy: Never
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'until grep -q back /pod/tier && grep -q second /pod/notes; do sleep 0.2; done; ls /pod']
            volumeMounts: [{ name: pod, mountPath: /pod }]
          volumes:
          - name: pod
            downwardAPI:
              items:
              - { path: tier, fieldRef: { fieldPath: "metadata.labels['tier']" } }
              - { path: notes, fieldRef: { fieldPath: metadata.annotations } }
        """);
    pool.awaitPhase("told", "Running");

    var changed = Instant.now();
    pool.kubectl().run("label", "--overwrite", "pod", "told", "tier=back");
    pool.kubectl().run("annotate", "--overwrite", "pod", "told", "note=second");

    awaitSuccess("told");
    assertThat(Duration.between(changed, Instant.now())).isLessThan(Duration.ofSeconds(30));
    assertThat(pool.kubectl().run("logs", "told")).isEqualTo("notes\ntier\n");
  }

  private static void awaitSuccess(String podName) {
    await()
        .atMost(WITHIN)
        .until(() -> pool.pod(podName).getStatus().getPhase().equals("Succeeded"));
  }

  /** Three pods of one node share each read, and nothing is listed or watched. */
  @Test
  void anObjectIsReadOnceAMinuteForAllPodsOfANodeAndOnceIfItIsImmutable() {
    pool.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: { name: shared }
        stringData: { word: one }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: fixed }
        immutable: true
        stringData: { word: one }
        """);
    for (int n = 0; n < 3; n++) {
      pool.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata: { name: sharer-%d }
          spec:
            $onThePool
            nodeName: %s-0
            automountServiceAccountToken: false
            terminationGracePeriodSeconds: 1
            containers:
            - name: main
              $busybox
              command: [sleep, "600"]
              volumeMounts:
              - { name: shared, mountPath: /shared }
              - { name: fixed, mountPath: /fixed }
            volumes:
            - { name: shared, secret: { secretName: shared } }
            - { name: fixed, secret: { secretName: fixed } }
          """
              .formatted(n, pool.name()));
    }
    for (int n = 0; n < 3; n++) {
      pool.awaitPhase("sharer-" + n, "Running");
    }
    int launches = reads("shared").size();

    await()
        .pollInterval(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(150))
        .until(() -> reads("shared").size() >= launches + 2);

    var shared = reads("shared").stream().skip(launches).toList();
    assertThat(Duration.between(shared.get(0).at(), shared.get(1).at()))
        .isBetween(Duration.ofSeconds(58), Duration.ofSeconds(75));
    // As many as launches, and the one that found that it is immutable.
    assertThat(reads("fixed")).hasSizeLessThanOrEqualTo(launches + 1);
    assertThat(requests())
        .filteredOn(request -> List.of("secrets", "configmaps").contains(request.resource()))
        .isNotEmpty()
        .allSatisfy(request -> assertThat(request.verb()).isEqualTo("get"))
        .allSatisfy(request -> assertThat(request.name()).isNotEmpty());
  }

  private static List<AuditLog.Request> reads(String secret) {
    return requests()
        .filter(request -> request.resource().equals("secrets"))
        .filter(request -> secret.equals(request.name()))
        .filter(request -> request.code() == 200)
        .toList();
  }

  /** Of the pool's nodes. */
  private static Stream<AuditLog.Request> requests() {
    return pool.cluster().audit().requests().stream()
        .filter(request -> request.user().startsWith("system:node:" + pool.name()))
        .filter(request -> pool.namespace().equals(request.namespace()));
  }
}
