package io.virtualnodes.install;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.Container;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.plugin.CommandLineRun;
import io.virtualnodes.plugin.UnpackedBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That what {@code kubectl vnode doctor --bundle} collects of an installed operator, its replicas'
 * logs among it, tells nothing that is secret. Words that occur nowhere else are given to pods and
 * to the operator, and looked for.
 */
@Tag("install")
class SupportBundleIT {
  private static final String RUN = UUID.randomUUID().toString().substring(0, 8);
  private static final String ENVIRONMENT = "canary-in-variable-" + RUN;
  private static final String FILE = "canary-in-file-" + RUN;
  private static final String PASSWORD = "canary-of-registry-" + RUN;
  // What a person might write there, and the operator might quote when it complains.
  private static final String NO_LOGIN = "canary-that-is-no-login-" + RUN;
  private static final String CLOUD_KEY = "canary-of-cloud-" + RUN;

  // Of images. Nobody listens there.
  private static final String REGISTRY = "127.0.0.1:1";
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final ObjectMapper JSON = new ObjectMapper();

  // A pool at a cloud that does not answer.
  private static final String CLOUD_POOL = "cloud-" + RUN;

  private static InstalledOperator operator;

  @TempDir private Path folder;

  @BeforeAll
  static void aClusterWithAMachine() {
    operator = InstalledOperator.on(Cluster.of(SupportBundleIT.class), SupportBundleIT.class);
  }

  @AfterAll
  static void remove() {
    if (operator != null) {
      operator.close();
    }
  }

  @Test
  void theBundleOfAnInstalledOperatorTellsNoSecret() throws IOException {
    var installation =
        Kustomization.withKeys(
            Map.of("AWS_ACCESS_KEY_ID", "burst", "AWS_SECRET_ACCESS_KEY", CLOUD_KEY),
            InstalledOperator.IMAGE);
    installation.install(operator.cluster());
    operator.awaitRollout();
    var pool = operator.applyPool();
    applyPoolAtACloudThatDoesNotAnswer(pool);
    applyPodsWithSecrets(pool);
    assertTheOperatorHasTheCloudsKey();

    var bundle = folder.resolve("bundle.tar.gz");
    var doctor =
        CommandLineRun.of(
            "doctor",
            "--kubeconfig=" + operator.cluster().kubeconfig(),
            "--bundle=" + bundle,
            "--output=json");

    assertThat(doctor.code()).as(doctor.toString()).isLessThan(2);
    var files = UnpackedBundle.of(bundle).files();
    assertItTellsWhatItIsFor(files);
    files.forEach((file, text) -> assertThat(text).as(file).doesNotContain(canaries().toList()));
    assertThat(doctor.output()).doesNotContain(canaries().toList());

    pool.delete();
    installation.uninstall(operator.cluster());
  }

  private static void assertItTellsWhatItIsFor(Map<String, String> files) throws IOException {
    assertThat(JSON.readTree(files.get("virtual-nodes/left-out.json")).path("leftOut")).isEmpty();
    assertThat(files.get("virtual-nodes/pods.json"))
        .contains("has-all", "has-login", "has-no-login");
    assertThat(files.get("virtual-nodes/events.json")).contains("has-no-login");
    var logs =
        operator.pods().stream()
            .map(pod -> "virtual-nodes/operator/" + pod.getMetadata().getName() + ".log")
            .toList();
    assertThat(logs).hasSize(2);
    assertThat(files).containsKeys(logs.toArray(String[]::new));
    assertThat(logs).allSatisfy(log -> assertThat(files.get(log)).contains("Listening on"));
    // The one that leads speaks of what the others' secrets are used for.
    assertThat(logs)
        .anySatisfy(
            log -> assertThat(files.get(log)).contains("/has-all", "/has-no-login", CLOUD_POOL));
  }

  /** Its key is used to sign what the cloud is asked for, and never arrives. */
  private static void applyPoolAtACloudThatDoesNotAnswer(InstalledOperator.Pool pool) {
    pool.apply(
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: %s }
        spec:
          nodes: { count: 1 }
          drain: { forceOrphan: true }
          backends:
          - name: cloud
            fargate:
              region: us-east-1
              cluster: none
              logGroup: /none
              subnets: [subnet-0a1b2c3d4e5f67890]
              executionRole: arn:aws:iam::123456789012:role/none
              endpoint: https://127.0.0.1:9
        """
            .formatted(CLOUD_POOL));
  }

  private static void applyPodsWithSecrets(InstalledOperator.Pool pool) {
    pool.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: { name: words }
        stringData: { file: %1$s }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: login }
        type: kubernetes.io/dockerconfigjson
        stringData: { .dockerconfigjson: '{"auths": {"$registry": {"auth": "%2$s"}}}' }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: no-login }
        type: kubernetes.io/dockerconfigjson
        stringData: { .dockerconfigjson: '{"auths": {"$registry": {"auth": "%3$s"}}}' }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: has-all }
        spec:
          %4$s
          restartPolicy: Never
          volumes: [{ name: words, secret: { secretName: words } }]
          containers:
          - name: main
            image: virtualnodes/busybox:latest
            imagePullPolicy: IfNotPresent
            # Its last words are all that it was told.
            command: [sh, -c, 'echo "$WORD" $(cat /words/file) | tee /dev/termination-log; exit 3']
            env: [{ name: WORD, value: %5$s }]
            volumeMounts: [{ name: words, mountPath: /words }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: has-login }
        spec:
          %4$s
          imagePullSecrets: [{ name: login }]
          containers: [{ name: main, image: "$registry/burst:1" }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: has-no-login }
        spec:
          %4$s
          imagePullSecrets: [{ name: no-login }]
          containers: [{ name: main, image: "$registry/burst:2" }]
        """
            .replace("$registry", REGISTRY)
            .formatted(
                FILE, base64("reader:" + PASSWORD), NO_LOGIN, pool.onThePool("  "), ENVIRONMENT));
    pool.kubectl()
        .run("wait", "--for=jsonpath={.status.phase}=Failed", "pod/has-all", "--timeout=60s");
    assertThat(pool.kubectl().run("logs", "has-all")).contains(ENVIRONMENT, FILE);
    awaitComplaint(pool, "has-login", "connection refused");
    awaitComplaint(pool, "has-no-login", "has an auth that is no base64");
  }

  private static void awaitComplaint(InstalledOperator.Pool pool, String pod, String words) {
    await(pod + " cannot have its image")
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(pool.kubectl().run("get", "pod", pod, "--output=json")).contains(words));
  }

  private static void assertTheOperatorHasTheCloudsKey() {
    var engine = operator.cluster().engine();
    var environments =
        engine.runningContainers(Cluster.ownership()).stream()
            .filter(container -> container.getImage().equals(InstalledOperator.IMAGE))
            .map(Container::getId)
            .map(id -> engine.client().inspectContainerCmd(id).exec().getConfig().getEnv())
            .map(List::of)
            .toList();
    assertThat(environments)
        .hasSize(2)
        .allSatisfy(one -> assertThat(one).contains("AWS_SECRET_ACCESS_KEY=" + CLOUD_KEY));
  }

  /** As they are, and as they look in base64. */
  private static Stream<String> canaries() {
    return Stream.of(ENVIRONMENT, FILE, PASSWORD, "reader:" + PASSWORD, NO_LOGIN, CLOUD_KEY)
        .flatMap(word -> Stream.of(word, base64(word)));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
