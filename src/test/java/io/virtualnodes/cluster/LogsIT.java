package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** {@code kubectl logs}, and who may read. */
@Execution(ExecutionMode.CONCURRENT)
class LogsIT {
  @AutoClose private static VirtualPool pool;

  @TempDir private static Path folder;

  @BeforeAll
  static void makePods() {
    pool = VirtualPool.of(LogsIT.class);
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: counts }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'for i in 1 2 3; do echo line $i; sleep 2; done; echo error >&2; sleep 2']
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: runs }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'echo first; sleep 600']
          - name: second
            $busybox
            command: [sh, -c, 'echo second; sleep 600']
        """);
  }

  @Test
  void theLogOfARunningContainerIsRead() {
    pool.awaitPhase("runs", "Running");

    assertThat(pool.kubectl().run("logs", "runs", "-c=main")).isEqualTo("first\n");
    assertThat(pool.kubectl().run("logs", "runs", "-c=second")).isEqualTo("second\n");
    assertThat(pool.kubectl().run("logs", "runs", "--all-containers", "--prefix"))
        .contains("[pod/runs/main] first", "[pod/runs/second] second");
  }

  @Test
  void theLogOfAFinishedContainerIsRead() {
    pool.awaitPhase("counts", "Succeeded");

    assertThat(logs()).isEqualTo("line 1\nline 2\nline 3\nerror\n");
    assertThat(logs("--tail=2")).isEqualTo("line 3\nerror\n");
    assertThat(logs("--tail=0")).isEmpty();
    assertThat(logs("--limit-bytes=10")).isEqualTo("line 1\nlin");
    assertThat(logs("--since=1h")).isEqualTo(logs());
    // Its last line came two seconds before its end.
    assertThat(logs("--since=1s")).isEmpty();
    assertThat(logs("--timestamps"))
        .matches("(?s)(20[0-9-]+T[0-9:]+\\.[0-9]+Z (line [123]|error)\n){4}");
    var secondLine = Instant.parse(logs("--timestamps").split("\n")[1].split(" ")[0]);
    assertThat(logs("--since-time=" + secondLine)).isEqualTo("line 2\nline 3\nerror\n");
    assertThat(logs("--since-time=" + secondLine, "--tail=1")).isEqualTo("error\n");
  }

  private static String logs(String... options) {
    var command = new ArrayList<>(List.of("logs", "counts"));
    command.addAll(List.of(options));
    return pool.kubectl().run(command.toArray(String[]::new));
  }

  @Test
  void theLogOfTheInstanceBeforeIsRead() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: falls-once }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'if mkdir /state/fell 2>/dev/null; then echo falls; exit 1; fi; echo stands; sleep 600']
            volumeMounts: [{ name: state, mountPath: /state }]
          volumes: [{ name: state, emptyDir: {} }]
        """);
    pool.await(
        "falls-once",
        pod ->
            !pod.getStatus().getContainerStatuses().isEmpty()
                && container(pod).getRestartCount() == 1
                && container(pod).getReady());

    assertThat(pool.kubectl().run("logs", "falls-once")).isEqualTo("stands\n");
    assertThat(pool.kubectl().run("logs", "falls-once", "--previous")).isEqualTo("falls\n");
    assertThat(pool.kubectl().attempt("logs", "runs", "-c=main", "--previous").errors())
        .contains("previous terminated container \"main\" in pod \"runs\" not found");
  }

  /** A log that is followed ends with its instance; the next one has its own. */
  @Test
  void aLogIsFollowedToTheEndOfItsInstanceAndAgainAfterTheRestart() throws IOException {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: starts-over }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'mkdir /state/run 2>/dev/null && run=first || run=second; for n in 1 2 3; do echo $run $n; sleep 1; done; [ $run = first ] && exit 1; echo stays; sleep 600']
            volumeMounts: [{ name: state, mountPath: /state }]
          volumes: [{ name: state, emptyDir: {} }]
        """);
    pool.awaitPhase("starts-over", "Running");

    var followed = pool.kubectl().run("logs", "--follow", "starts-over");

    assertThat(followed).isEqualTo("first 1\nfirst 2\nfirst 3\n");
    pool.await("starts-over", pod -> container(pod).getRestartCount() == 1);
    try (var talk = Talk.start(pool.kubectl(), Map.of(), "logs", "--follow", "starts-over")) {
      assertThat(talk.until("stays\n")).isEqualTo("second 1\nsecond 2\nsecond 3\nstays\n");
    }
  }

  @Test
  void aContainerThatHasNotStartedSaysWhy() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: not-started }
        spec:
          $onThePool
          containers:
          - name: main
            image: 127.0.0.1:9/nothing:1
        """);
    pool.awaitWaiting("not-started", "ImagePullBackOff");

    var outcome = pool.kubectl().attempt("logs", "not-started");

    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.errors())
        .contains(
            "(BadRequest)",
            "container \"main\" in pod \"not-started\" is waiting to start: trying and failing to"
                + " pull image");
  }

  @Test
  void onlyWhoMayReachTheNodesProxyReadsAtItsPort() throws Exception {
    var runs = pool.awaitPhase("runs", "Running");
    var admin = pool.cluster().client().getConfiguration();
    var administrator =
        new Credential(
            Files.writeString(folder.resolve("admin.crt"), decoded(admin.getClientCertData())),
            Files.writeString(folder.resolve("admin.key"), decoded(admin.getClientKeyData())));
    var log =
        portOf(runs.getSpec().getNodeName()) + "/containerLogs/" + pool.namespace() + "/runs/main";

    assertThat(curl(log)).endsWith(" 401").doesNotContain("first");
    assertThat(curlAs(stranger(), log)).endsWith(" 403").doesNotContain("first");
    assertThat(curlAs(administrator, log)).isEqualTo("first\n 200");
  }

  private static String portOf(String nodeName) {
    var status = pool.cluster().client().nodes().withName(nodeName).get().getStatus();
    var address =
        status.getAddresses().stream()
            .filter(candidate -> candidate.getType().equals("InternalIP"))
            .findFirst()
            .orElseThrow()
            .getAddress();
    return "https://" + address + ":" + status.getDaemonEndpoints().getKubeletEndpoint().getPort();
  }

  /** A certificate and its key, in files. */
  private record Credential(Path certificate, Path key) {}

  /** What comes, and then the status. */
  private static String curlAs(Credential credential, String url)
      throws IOException, InterruptedException {
    return curl(
        "--cert", credential.certificate().toString(), "--key", credential.key().toString(), url);
  }

  private static String curl(String... arguments) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of("curl", "--silent", "--insecure", "--max-time", "20", "--write-out"));
    command.add(" %{http_code}");
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** Somebody whom the cluster knows and who may do nothing. */
  private static Credential stranger()
      throws GeneralSecurityException, OperatorCreationException, IOException {
    var name = pool.name() + "-stranger";
    var keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
    var request =
        new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=" + name), keys.getPublic())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
    var requests = pool.cluster().client().certificates().v1().certificateSigningRequests();
    requests
        .resource(
            new CertificateSigningRequestBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withRequest(encoded(pem("CERTIFICATE REQUEST", request.getEncoded())))
                .withSignerName("kubernetes.io/kube-apiserver-client")
                .withUsages("client auth")
                .endSpec()
                .build())
        .create();
    try {
      pool.kubectl().run("certificate", "approve", name);
      var signed =
          await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> requests.withName(name).get(), LogsIT::isSigned);
      return new Credential(
          Files.writeString(
              folder.resolve("stranger.crt"), decoded(signed.getStatus().getCertificate())),
          Files.writeString(
              folder.resolve("stranger.key"), pem("PRIVATE KEY", keys.getPrivate().getEncoded())));
    } finally {
      requests.withName(name).delete();
    }
  }

  private static boolean isSigned(CertificateSigningRequest request) {
    return request.getStatus() != null && request.getStatus().getCertificate() != null;
  }

  private static String pem(String what, byte[] content) {
    var lines = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content);
    return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(US_ASCII));
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), US_ASCII);
  }
}
