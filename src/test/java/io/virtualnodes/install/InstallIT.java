package io.virtualnodes.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.cluster.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That a cluster with the operator runs a Job, and without it is what it was before. */
@Tag("install")
class InstallIT {
  /** What the folder for temporary files may hold, as the manifest limits it: 64Mi. */
  private static final long SCRATCH = 64L << 20;

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static InstalledOperator operator;

  @BeforeAll
  static void aClusterWithAMachine() {
    operator = InstalledOperator.on(Cluster.of(InstallIT.class), InstallIT.class);
  }

  @AfterAll
  static void remove() {
    if (operator != null) {
      operator.close();
    }
  }

  static Stream<Installation> installations() {
    return Stream.of(
        Kustomization.current(InstalledOperator.IMAGE),
        new Release(InstalledOperator.IMAGE),
        Kustomization.bundle(InstalledOperator.IMAGE));
  }

  @ParameterizedTest
  @MethodSource("installations")
  void whatItBringsRunsAJobAndGoesWithoutATrace(Installation installation) throws IOException {
    var cluster = operator.cluster();
    var before = ClusterContent.of(cluster);
    var began = Instant.now();

    installation.install(cluster);
    operator.awaitRollout();
    var pool = operator.applyPool();
    pool.runJob("smoke", 10);
    assertThat(pool.kubectl().run("logs", "job/smoke")).contains("done in smoke-");
    assertThat(operator.pods()).hasSize(2).allSatisfy(InstallIT::isReady);
    assertThat(operator.machine().runningPods())
        .hasSize(2)
        .allSatisfy(
            pod -> {
              assertThat(pod.restarts()).isZero();
              assertThat(pod.timeToReady()).isPresent();
              assertThat(pod.files().size("tmp")).isPositive().isLessThan(SCRATCH);
            });
    noteStartTimes();

    pool.delete();
    installation.uninstall(cluster);

    // Namespaces, and what is in them, go a moment later.
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(ClusterContent.of(cluster).beyond(before)).isEmpty());
    assertThat(cluster.engine().containers(Map.of("virtualnodes.io/pool", pool.name()))).isEmpty();
    assertItsRightsWereEnough(began);
  }

  /** It had those that came with it, and no others: what was left of earlier ones is looked for. */
  private static void assertItsRightsWereEnough(Instant began) {
    var requests = OperatorRequests.since(began, operator.cluster());

    assertThat(requests.givenAsNodes()).contains("patch pods/status", "patch nodes/status");
    assertThat(requests.refused()).isEmpty();
  }

  private static void isReady(Pod pod) {
    assertThat(pod.getStatus().getConditions())
        .anyMatch(
            condition ->
                condition.getType().equals("Ready") && condition.getStatus().equals("True"));
  }

  /** For whoever wants to know how long the image takes. */
  private static void noteStartTimes() throws IOException {
    Files.writeString(
        Path.of("target", "install", "start-times"),
        String.join(
            "\n",
            operator.machine().runningPods().stream()
                .map(pod -> pod.image() + " ready after " + pod.timeToReady().orElseThrow())
                .toList()));
  }
}
