package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.plugin.UnpackedBundle;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** {@code kubectl vnode}: the built plugin, found by the real kubectl on the PATH. */
@Execution(ExecutionMode.CONCURRENT)
class PluginIT {
  private static final Path PLUGIN = Path.of("target", "kubectl-vnode").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String CANARY = "canary" + UUID.randomUUID().toString().replace("-", "");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static VirtualPool pool;

  @TempDir private Path folder;

  private record Outcome(int code, String output, String errors) {
    JsonNode json() throws IOException {
      return JSON.readTree(output);
    }
  }

  @BeforeAll
  static void aPoolWithAPodThatHasSecrets() {
    assertThat(PLUGIN).as("make plugin builds it").isExecutable();
    pool = VirtualPool.of(PluginIT.class);
    pool.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: { name: door }
        stringData: { word: %1$s }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: talks, annotations: { note: %1$s } }
        spec:
          nodeName: %2$s-0
          tolerations: [{ operator: Exists }]
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'echo %1$s; echo %1$s > /dev/termination-log; sleep 3; exit 3']
            env:
            - { name: PLAIN, value: %1$s }
            - { name: SECRET, valueFrom: { secretKeyRef: { name: door, key: word } } }
            readinessProbe: { exec: { command: [sh, -c, 'echo %1$s; exit 1'] }, periodSeconds: 1 }
            resources: { requests: { cpu: 100m, memory: 32Mi } }
        """
            .formatted(CANARY, pool.name()));
    pool.await(
        "talks",
        pod ->
            pod.getStatus().getContainerStatuses().stream()
                .anyMatch(status -> status.getRestartCount() > 0));
  }

  @AfterAll
  static void remove() {
    if (pool != null) {
      pool.close();
    }
  }

  @Test
  void statusAndPodsTellWhatThereIs() throws IOException, InterruptedException {
    var status = vnode("status", pool.name(), "-o", "json").json().at("/pools/0");
    assertThat(status.path("ready").asText()).isEqualTo("True");
    assertThat(status.at("/backends/0/kind").asText()).isEqualTo("docker");
    assertThat(status.at("/backends/0/state").asText()).isEqualTo("Ready");
    assertThat(status.path("nodes")).hasSize(2);
    assertThat(status.at("/capacity/cpu").asText()).isEqualTo("16");
    assertThat(vnode("status").output()).contains(pool.name(), "READY");

    var pods = vnode("pods", pool.name(), "-n", pool.namespace(), "-o", "json").json().path("pods");
    var talks = first(pods, "name", "talks");
    assertThat(talks.path("node").asText()).isEqualTo(pool.name() + "-0");
    assertThat(talks.path("backend").asText()).isEqualTo("backend");
    assertThat(talks.path("group").asText()).startsWith(pool.pod("talks").getMetadata().getUid());
    assertThat(talks.at("/requested/cpu").asText()).isEqualTo("100m");
  }

  @Test
  void explainKnowsThePoolsOfTheCluster() throws IOException, InterruptedException {
    var file =
        Files.writeString(
            folder.resolve("pods.yaml"),
            """
            { kind: Pod, metadata: { name: good }, spec: {
                tolerations: [{ operator: Exists }], containers: [{ name: main, image: busybox }] } }
            ---
            { kind: Pod, metadata: { name: bad }, spec: {
                hostNetwork: true, containers: [{ name: main, image: busybox }] } }
            """);

    var outcome = vnode("explain", "-f", file.toString(), "--pool", pool.name(), "-o", "json");

    assertThat(outcome.code()).isEqualTo(1);
    var good = outcome.json().at("/pods/0");
    assertThat(good.path("runs").asBoolean()).as(good.toString()).isTrue();
    var bad = outcome.json().at("/pods/1/pools/0");
    assertThat(bad.path("runs").asBoolean()).isFalse();
    assertThat(bad.path("refusals").toString()).contains("spec.hostNetwork: ");
    assertThat(bad.path("notScheduled").toString())
        .contains("virtualnodes.io/pool=" + pool.name() + ":NoSchedule");
  }

  @Test
  @ResourceLock(Cluster.OPERATORS)
  void theDoctorFindsNothingWrongAndItsBundleHoldsNoSecret()
      throws IOException, InterruptedException {
    var bundle = folder.resolve("bundle.tar.gz");

    var outcome = vnode("doctor", pool.name(), "--bundle", bundle.toString(), "-o", "json");

    assertThat(outcome.json().path("findings").toString()).doesNotContain("FAIL");
    assertThat(outcome.code()).as(outcome.toString()).isZero();
    var files = UnpackedBundle.of(bundle).files();
    assertThat(files)
        .containsKeys(
            "virtual-nodes/findings.json",
            "virtual-nodes/pools.json",
            "virtual-nodes/nodes.json",
            "virtual-nodes/leases.json",
            "virtual-nodes/pods.json",
            "virtual-nodes/events.json");
    // What is to be left out is there to be found: the pod's events have the probe's words.
    assertThat(pool.kubectl().run("get", "events", "-o", "json")).contains(CANARY);
    assertThat(files.values()).noneMatch(text -> text.contains(CANARY));
    assertThat(files.get("virtual-nodes/pods.json")).contains("\"talks\"");
    assertThat(files.get("virtual-nodes/events.json")).contains("Launched", "Unhealthy");
    assertThat(vnode("doctor", pool.name(), "--bundle", bundle.toString()).errors())
        .contains("is there already");
    assertThat(outcome.json().at("/bundle/file").asText()).isEqualTo(bundle.toString());
    assertThat(outcome.json().at("/bundle/leftOut").toString())
        .contains("the operator's logs: it has no pod in this cluster");
  }

  /** One with a service account of its own, and one with that of deploy/base; neither has pods. */
  @Test
  @ResourceLock(Cluster.OPERATORS)
  void theDoctorSeesWhatAnInstalledOperatorMayDoAndLacks()
      throws IOException, InterruptedException {
    var operator =
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: %1$s, namespace: %2$s, labels: { app.kubernetes.io/name: virtual-nodes-operator } }
        spec:
          replicas: 0
          selector: { matchLabels: { app: %1$s } }
          template:
            metadata: { labels: { app: %1$s } }
            spec:
              serviceAccountName: %3$s
              containers: [{ name: operator, image: none, env: [%4$s] }]
        """;
    var manifests =
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: poor
          annotations: { azure.workload.identity/client-id: 00000000-0000-0000-0000-000000000000 }
        ---
        %s---
        %s\
        """
            .formatted(
                operator.formatted(
                    "poor",
                    pool.namespace(),
                    "poor",
                    "{ name: A, valueFrom: { secretKeyRef: { name: door, key: bell } } }"),
                operator.formatted(
                    "well", "virtual-nodes", "virtual-nodes-operator", "{ name: A, value: none }"));
    pool.apply(manifests);
    try {
      var outcome = vnode("doctor", pool.name(), "-o", "json");

      var findings = outcome.json().path("findings");
      var poor = "deployment/" + pool.namespace() + "/poor";
      var well = "deployment/virtual-nodes/well";
      assertThat(told(findings, poor, "rights"))
          .startsWith("FAIL its service account poor may not: get virtualnodepools.virtualnodes.io")
          .endsWith("more");
      assertThat(told(findings, poor, "secrets"))
          .isEqualTo(
              "FAIL spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef: the Secret door"
                  + " has no key bell");
      assertThat(told(findings, poor, "placeholders"))
          .startsWith("WARN")
          .contains("azure.workload.identity/client-id");
      assertThat(told(findings, well, "rights")).isEqualTo("OK it may do all that it does");
      assertThat(told(findings, well, "excess-rights")).startsWith("OK");
      assertThat(outcome.output()).doesNotContain(CANARY);
    } finally {
      pool.kubectl().runWith(manifests, "delete", "-f", "-");
    }
  }

  private static String told(JsonNode findings, String about, String check) {
    var told =
        StreamSupport.stream(findings.spliterator(), false)
            .filter(one -> about.equals(one.path("about").asText()))
            .filter(one -> check.equals(one.path("check").asText()))
            .map(one -> one.path("level").asText() + " " + one.path("message").asText())
            .toList();
    assertThat(told).as("%s of %s in %s", check, about, findings).hasSize(1);
    return told.getFirst();
  }

  @Test
  void aNodeIsEmptiedAndNoOtherIsTouched() throws IOException, InterruptedException {
    var node = pool.name() + "-1";
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: leaves }
        spec:
          nodeName: %s
          tolerations: [{ operator: Exists }]
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'while :; do sleep 1; done']
        """
            .formatted(node));
    pool.awaitPhase("leaves", "Running");

    var outcome = vnode("drain", node, "--deadline", "1m", "-o", "json");

    assertThat(outcome.code()).as(outcome.toString()).isZero();
    assertThat(outcome.json().path("empty").asBoolean()).isTrue();
    await("the pod is gone").atMost(PATIENCE).until(() -> pool.pod("leaves") == null);
    assertThat(pool.cluster().client().nodes().withName(node).get().getSpec().getUnschedulable())
        .isTrue();
    assertThat(pool.pod("talks").getMetadata().getDeletionTimestamp()).isNull();
    pool.kubectl().run("uncordon", node);
  }

  @Test
  void aPoolIsEmptiedByItsSpecUnlessARepositoryHasIt() throws IOException, InterruptedException {
    var declared = TestPool.of(pool.cluster().place(PluginIT.class), "declared");
    declared.apply("drain: { forceOrphan: true }", "unix:///nonexistent.sock");
    try {
      pool.kubectl().run("annotate", "vnp", declared.name(), "argocd.argoproj.io/tracking-id=x");

      var refused = vnode("drain", declared.name());

      assertThat(refused.code()).isEqualTo(2);
      assertThat(refused.errors().lines())
          .hasSize(1)
          .first()
          .asString()
          .contains("argocd.argoproj.io/tracking-id=x", "--override");
      assertThat(declared.resource().getSpec().stopPolicy()).isEqualTo(StopPolicy.None);

      var forced = vnode("drain", declared.name(), "--override", "--deadline", "30s", "-o", "json");

      assertThat(forced.code()).as(forced.toString()).isZero();
      assertThat(declared.resource().getSpec().stopPolicy()).isEqualTo(StopPolicy.HoldAndDrain);
      assertThat(declared.resource().getSpec().drain().deadline()).isEqualTo("30s");
    } finally {
      declared.delete();
    }
  }

  private static JsonNode first(JsonNode array, String field, String value) {
    return StreamSupport.stream(array.spliterator(), false)
        .filter(one -> value.equals(one.path(field).asText()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + field + " " + value + " in " + array));
  }

  /** As a user types it. */
  private Outcome vnode(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(pool.kubectl().program().toString(), "vnode"));
    command.addAll(List.of(arguments));
    var output = Files.createTempFile(folder, "output", "");
    var errors = Files.createTempFile(folder, "errors", "");
    var builder =
        new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
    var environment = builder.environment();
    environment.put("PATH", PLUGIN.getParent() + File.pathSeparator + environment.get("PATH"));
    environment.put("KUBECONFIG", pool.cluster().kubeconfig().toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("XDG_CACHE_HOME", PLUGIN.resolveSibling("cache").toString());
    var process = builder.start();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError(command + " did not end within " + PATIENCE);
    }
    return new Outcome(process.exitValue(), Files.readString(output), Files.readString(errors));
  }
}
