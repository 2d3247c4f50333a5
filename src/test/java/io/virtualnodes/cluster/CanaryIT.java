package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * That what is secret is nowhere but where it belongs: words that occur nowhere else are given to
 * pods and to the operator in every way that there is, and looked for wherever the operator writes.
 * What is written down of the emulated cloud's requests leaves out the fields that the cloud keeps
 * secret, so that a word in it stood in another one.
 */
@Execution(ExecutionMode.CONCURRENT)
class CanaryIT {
  private static final String RUN = UUID.randomUUID().toString().substring(0, 8);
  private static final String ENVIRONMENT = "canary-in-variable-" + RUN;
  private static final String FILE = "canary-in-file-" + RUN;
  private static final String PASSWORD = "canary-of-registry-" + RUN;
  // What a person might write there, and the operator might quote when it complains.
  private static final String NO_LOGIN = "canary-that-is-no-login-" + RUN;

  private static Path record;
  private static EmulatedAzure azure;
  private static VirtualPool pool;

  @BeforeAll
  static void aCloudThatWritesDownWhatItIsAsked() throws IOException {
    var cluster = Cluster.of(CanaryIT.class);
    record = Files.createTempFile(Files.createDirectories(cluster.folder()), "requests", ".jsonl");
    azure = EmulatedAzure.of(CanaryIT.class, Optional.of(record));
    pool =
        VirtualPool.at(
            azure.service(),
            ", logAnalytics: { workspaceId: %s, logType: ContainerInsights }"
                .formatted(Credentials.WORKSPACE),
            CanaryIT.class);
  }

  @AfterAll
  static void removeAll() {
    try (var _ = azure) {
      if (pool != null) {
        pool.close();
      }
    }
  }

  @Test
  void whatIsSecretIsFoundNowhereButWhereItBelongs() throws IOException, InterruptedException {
    applySecrets();
    applyPods();
    pool.awaitPhase("uses-all", "Succeeded");
    // It got them, and says so in words that are none of them.
    assertThat(pool.kubectl().run("logs", "uses-all"))
        .isEqualTo(digest(ENVIRONMENT) + "\n" + digest(FILE) + "\n");
    pool.awaitPhase("is-refused", "Failed");
    pool.awaitWaiting("lacks-a-key", "CreateContainerConfigError");
    eventually(
        () ->
            assertThat(pool.kubectl().run("events", "--for=pod/has-no-login"))
                .contains("pull secret \"no-login\" has an auth that is no base64"));

    var requests = Files.readString(record);
    // Hidden there, so they were sent: the variable, the file, the password and the workspace's
    // key.
    assertThat(requests)
        .contains("\"secureValue\":\"hidden\"")
        .contains("\"password\":\"hidden\"")
        .contains("\"workspaceKey\":\"hidden\"")
        .containsPattern("\"secret\":\\{[^}]*\"hidden\"");
    var places = new LinkedHashMap<String, String>();
    places.put("requests to the cloud", requests);
    places.put("the operator's log", pool.cluster().operator().log());
    places.putAll(whatTheClusterTells());
    places.put("the operator's metrics", pool.cluster().operator().metrics());
    for (var path : List.of("pods", "metrics", "metrics/resource", "configz")) {
      places.put("the node's " + path, ofNode(path));
    }
    places.forEach(
        (where, text) ->
            assertThat(text).as(where).isNotEmpty().doesNotContain(canaries().toList()));
    // Of others that ran before or run now, some of which have said nothing yet.
    OperatorProcess.logs()
        .forEach(
            (file, text) -> assertThat(text).as("%s", file).doesNotContain(canaries().toList()));
  }

  private static void applySecrets() {
    pool.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: { name: words }
        stringData: { variable: %s, file: %s }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: login }
        type: kubernetes.io/dockerconfigjson
        stringData:
          .dockerconfigjson: '{"auths": {"https://index.docker.io/v1/": {"auth": "%s"}}}'
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: no-login }
        type: kubernetes.io/dockerconfigjson
        stringData:
          .dockerconfigjson: '{"auths": {"https://index.docker.io/v1/": {"auth": "%s"}}}'
        """
            .formatted(ENVIRONMENT, FILE, base64("reader:" + PASSWORD), NO_LOGIN));
  }

  private static void applyPods() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: uses-all }
        spec:
          $onThePool
          restartPolicy: Never
          imagePullSecrets: [{ name: login }]
          volumes: [{ name: words, secret: { secretName: words } }]
          containers:
          - name: main
            $busybox
            command:
            - sh
            - -c
            - 'printf %s "$WORD" | sha256sum | cut -c1-64; sha256sum </words/file | cut -c1-64'
            env: [{ name: WORD, valueFrom: { secretKeyRef: { name: words, key: variable } } }]
            volumeMounts: [{ name: words, mountPath: /words }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: is-refused }
        spec:
          $onThePool
          restartPolicy: Never
          hostNetwork: true
          containers:
          - name: main
            $busybox
            envFrom: [{ secretRef: { name: words } }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: has-no-login }
        spec:
          $onThePool
          imagePullSecrets: [{ name: no-login }]
          containers:
          - name: main
            $busybox
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: lacks-a-key }
        spec:
          $onThePool
          containers:
          - name: main
            $busybox
            envFrom: [{ secretRef: { name: words } }]
            env: [{ name: WORD, valueFrom: { secretKeyRef: { name: words, key: none } } }]
        """);
  }

  /** All that is written about, or beside, pods, nodes and pools: everything but Secrets. */
  private static Map<String, String> whatTheClusterTells() {
    var told = new LinkedHashMap<String, String>();
    for (var kind : List.of("pods", "events", "nodes", "vnp", "leases")) {
      told.put(kind, pool.kubectl().run("get", kind, "-A", "-o", "json", "--show-managed-fields"));
    }
    told.put("description of the pod", pool.kubectl().run("describe", "pods"));
    return told;
  }

  private static String ofNode(String path) {
    var node = pool.nodes().getFirst().getMetadata().getName();
    return pool.kubectl().run("get", "--raw", "/api/v1/nodes/" + node + "/proxy/" + path);
  }

  /** As they are, and as they look in base64. */
  private static Stream<String> canaries() {
    return Stream.concat(
        Stream.of(
                ENVIRONMENT,
                FILE,
                PASSWORD,
                "reader:" + PASSWORD,
                NO_LOGIN,
                Credentials.AWS_SECRET,
                Credentials.AZURE_SECRET)
            .flatMap(word -> Stream.of(word, base64(word))),
        Stream.of(Credentials.WORKSPACE_KEY));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
