package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.command.BuildImageResultCallback;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What containers find when they start: their command, network, volumes and identity. */
@Execution(ExecutionMode.CONCURRENT)
class PodInputsIT {
  @AutoClose private static VirtualPool pool;

  /** An image whose user is not root. */
  private static String unprivileged;

  @BeforeAll
  static void makePool(@TempDir Path folder) throws IOException {
    pool = VirtualPool.of(PodInputsIT.class);
    unprivileged = "virtualnodes/unprivileged:" + pool.name();
    Files.writeString(
        folder.resolve("Dockerfile"), "FROM virtualnodes/busybox:latest\nUSER 1000:1000\n");
    pool.cluster()
        .engine()
        .client()
        .buildImageCmd(folder.toFile())
        .withTags(Set.of(unprivileged))
        .exec(new BuildImageResultCallback())
        .awaitImageId();
  }

  @AfterAll
  static void removeImage() {
    pool.cluster().engine().client().removeImageCmd(unprivileged).withForce(true).exec();
  }

  @Test
  void commandArgumentsAndVariablesAreAsWritten() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: spelled-out }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'echo "$0|$1|$GREETING|$PWD"; hostname', $(NAME)]
            args: [$(GREETING)]
            workingDir: /usr
            env:
            - { name: NAME, value: world }
            - { name: GREETING, value: "hello $(NAME) $$(NAME) $(UNKNOWN)" }
        """);
    pool.awaitPhase("spelled-out", "Succeeded");

    assertThat(pool.kubectl().run("logs", "spelled-out"))
        .isEqualTo(
            """
            world|hello world $(NAME) $(UNKNOWN)|hello world $(NAME) $(UNKNOWN)|/usr
            spelled-out
            """);
  }

  @Test
  void theEngineIsToldTheLimits() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: limited }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: ["true"]
            resources:
              requests: { cpu: 500m, memory: 16Mi }
              limits: { cpu: 1500m, memory: 48Mi }
        """);
    var ended = pool.awaitPhase("limited", "Succeeded");

    var limits = pool.inspect(container(ended)).getHostConfig();
    assertThat(limits.getMemory()).isEqualTo(48 * 1024 * 1024);
    assertThat(limits.getMemorySwap()).isEqualTo(limits.getMemory());
    assertThat(limits.getCpuShares()).isEqualTo(512);
    assertThat((double) limits.getCpuQuota() / limits.getCpuPeriod()).isEqualTo(1.5);
  }

  @Test
  void containersOfAPodShareItsAddressAndItsLocalhost() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: pair }
        spec:
          $onThePool
          restartPolicy: Never
          terminationGracePeriodSeconds: 1
          containers:
          - name: server
            $busybox
            command: [sh, -c, 'ip addr show eth0; echo hello >/tmp/index.html; httpd -f -p 127.0.0.1:8080 -h /tmp']
          - name: client
            $busybox
            command: [sh, -c, 'ip addr show eth0; until printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc 127.0.0.1 8080; do sleep 0.2; done']
        """);
    var pod =
        pool.await(
            "pair",
            found ->
                found.getStatus().getContainerStatuses().stream()
                    .anyMatch(status -> status.getState().getTerminated() != null));

    var address = " inet " + pod.getStatus().getPodIP() + "/";
    assertThat(pool.kubectl().run("logs", "pair", "-c=server")).contains(address);
    assertThat(pool.kubectl().run("logs", "pair", "-c=client"))
        .contains(address, "200 OK", "hello");
    // The server goes on.
    assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
    assertThat(pod.getStatus().getConditions())
        .filteredOn(condition -> condition.getType().equals("Ready"))
        .extracting(condition -> condition.getStatus())
        .containsExactly("False");
  }

  @Test
  void podsReachEachOtherAtTheirAddresses() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: server }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'hostname >/tmp/index.html; httpd -f -p 8080 -h /tmp']
        """);
    var server = pool.awaitPhase("server", "Running");

    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: client }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'until printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc %s 8080; do sleep 0.2; done']
        """
            .formatted(server.getStatus().getPodIP()));
    pool.awaitPhase("client", "Succeeded");

    assertThat(pool.kubectl().run("logs", "client")).contains("200 OK").endsWith("server\n");
  }

  @Test
  void aPodIsToldItsOwnAddressBeforeItStarts() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: addressed }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'echo $(URL) $ALL; hostname -i']
            env:
            - { name: OWN, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
            - { name: ALL, valueFrom: { fieldRef: { fieldPath: status.podIPs } } }
            - { name: URL, value: "http://$(OWN):80" }
        """);
    var ended = pool.awaitPhase("addressed", "Succeeded");

    var address = ended.getStatus().getPodIP();
    assertThat(pool.kubectl().run("logs", "addressed"))
        .isEqualTo("http://%s:80 %s\n%s\n".formatted(address, address, address));
  }

  @Test
  void containersShareScratchVolumesWhichAnyUserMayWrite() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: scratch }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: writer
            image: %s
            imagePullPolicy: IfNotPresent
            command: [sh, -c, 'id -u >/disk/user && echo done >/memory/word']
            volumeMounts:
            - { name: disk, mountPath: /disk }
            - { name: memory, mountPath: /memory }
          - name: reader
            $busybox
            command: [sh, -c, 'until cat /memory/word 2>/dev/null; do sleep 0.1; done; cat /disk/user; grep " /memory " /proc/mounts; touch /disk/mine 2>/dev/null || echo read-only']
            volumeMounts:
            - { name: disk, mountPath: /disk, readOnly: true }
            - { name: memory, mountPath: /memory }
          volumes:
          - name: disk
            emptyDir: {}
          - name: memory
            emptyDir: { medium: Memory, sizeLimit: 8Mi }
        """
            .formatted(unprivileged));
    pool.awaitPhase("scratch", "Succeeded");

    assertThat(pool.kubectl().run("logs", "scratch", "-c=reader"))
        .startsWith("done\n1000\ntmpfs /memory tmpfs ")
        .contains("size=8192k")
        .endsWith("read-only\n");
  }

  @Test
  void thePodsTokenIsItsOwnAndGoesWithIt() {
    pool.apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: worker }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: identified }
        spec:
          $onThePool
          restartPolicy: Never
          serviceAccountName: worker
          containers:
          - name: main
            image: %s
            imagePullPolicy: IfNotPresent
            workingDir: /var/run/secrets/kubernetes.io/serviceaccount
            command: [sh, -c, 'cat token; echo; cat namespace; echo; cat ca.crt']
        """
            .formatted(unprivileged));
    var pod = pool.awaitPhase("identified", "Succeeded");

    var found = pool.kubectl().run("logs", "identified").split("\n", 3);
    var authority =
        pool.kubectl().run("get", "configmap", "kube-root-ca.crt", "-o=jsonpath={.data.ca\\.crt}");
    assertThat(found[1]).isEqualTo(pool.namespace());
    assertThat(found[2].strip()).isEqualTo(authority.strip());

    assertThat(review(found[0], "somebody-else").getStatus().getAuthenticated()).isNotEqualTo(true);
    var review = review(found[0]);
    assertThat(review.getStatus().getAuthenticated()).isTrue();
    var user = review.getStatus().getUser();
    assertThat(user.getUsername())
        .isEqualTo("system:serviceaccount:" + pool.namespace() + ":worker");
    assertThat(user.getExtra())
        .containsEntry("authentication.kubernetes.io/pod-name", List.of("identified"))
        .containsEntry("authentication.kubernetes.io/pod-uid", List.of(pod.getMetadata().getUid()))
        .containsEntry(
            "authentication.kubernetes.io/node-name", List.of(pod.getSpec().getNodeName()));

    pool.kubectl().run("delete", "pod", "identified");

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> !Boolean.TRUE.equals(review(found[0]).getStatus().getAuthenticated()));
  }

  /**
   * What the API server says of a token.
   *
   * @param audiences whom it should be for; none is the API server itself
   */
  private static TokenReview review(String token, String... audiences) {
    var review =
        new TokenReviewBuilder()
            .withNewSpec()
            .withToken(token)
            .withAudiences(audiences)
            .endSpec()
            .build();
    return pool.cluster().client().resource(review).create();
  }

  @Test
  void aPodThatWantsNoTokenHasNone() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: anonymous }
        spec:
          $onThePool
          restartPolicy: Never
          automountServiceAccountToken: false
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'test ! -e /var/run/secrets']
        """);
    var ended = pool.awaitPhase("anonymous", "Succeeded");

    assertThat(pool.inspect(container(ended)).getMounts())
        .allSatisfy(
            mount ->
                assertThat(mount.getDestination().getPath()).isEqualTo("/dev/termination-log"));
  }

  @Test
  void variablesComeFromConfigMapsSecretsAndThePodItself() {
    pool.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: variables }
        data: { COLOUR: green, SIZE: large }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: variables }
        stringData: { word: swordfish }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: back-end }
        spec: { clusterIP: 10.43.0.77, ports: [{ name: http, port: 8080 }], selector: { app: none } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: varied, labels: { tier: front } }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'echo "$COLOUR|$MY_SIZE|$URL|$TIER|$NODE|$HOST|$CPU|$MEMORY|$NONE|$BACK|$KUBERNETES_SERVICE_PORT"']
            resources: { limits: { cpu: 250m } }
            envFrom:
            - { configMapRef: { name: variables } }
            - { prefix: MY_, configMapRef: { name: variables } }
            - { secretRef: { name: never-made, optional: true } }
            env:
            - { name: COLOUR, value: red }
            - { name: WORD, valueFrom: { secretKeyRef: { name: variables, key: word } } }
            - { name: URL, value: "user:$(WORD)" }
            - { name: TIER, valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } }
            - { name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
            - { name: HOST, valueFrom: { fieldRef: { fieldPath: status.hostIP } } }
            - { name: CPU, valueFrom: { resourceFieldRef: { resource: limits.cpu, divisor: 1m } } }
            - { name: MEMORY, valueFrom: { resourceFieldRef: { resource: limits.memory, divisor: 1Gi } } }
            - { name: BACK, value: "$(BACK_END_SERVICE_HOST):$(BACK_END_SERVICE_PORT_HTTP)" }
            - { name: NONE, valueFrom: { configMapKeyRef: { name: variables, key: none, optional: true } } }
        """);
    var pod = pool.awaitPhase("varied", "Succeeded");

    // The pool's 16Gi are split over two nodes.
    assertThat(pool.kubectl().run("logs", "varied"))
        .isEqualTo(
            "red|large|user:swordfish|front|%s|%s|250|8||10.43.0.77:8080|443\n"
                .formatted(pod.getSpec().getNodeName(), pod.getStatus().getHostIP()));
    assertThat(pool.cluster().operator().log()).doesNotContain("swordfish");
    assertThat(pool.kubectl().run("get", "events,pods", "-o=yaml"))
        .contains("varied")
        .doesNotContain("user:swordfish");
    assertThat(pool.atTheEngine("varied"))
        .isNotEmpty()
        .allSatisfy(found -> assertThat(found.getLabels().toString()).doesNotContain("swordfish"));
  }

  @Test
  void filesComeFromConfigMapsSecretsAndThePodItself() {
    pool.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: files }
        data: { colour: green }
        binaryData: { image: AP8Q }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: files }
        stringData: { word: swordfish }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: filed, labels: { tier: front } }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command:
            - sh
            - -ec
            - |
              cat /map/colour; echo
              od -An -tx1 /map/image
              cat /secret/deep/word; echo
              stat -L -c %a /map/colour /secret/deep/word
              cat /all/labels /all/colour; echo
              cut -d. -f2 /all/token | base64 -d 2>/dev/null | grep -o '"aud":."vault".' || true
              cat /etc/one/colour; echo; ls /etc/one
              echo word >/scratch/file && cat /scratch/file
              for folder in /map /secret /all; do ! touch $folder/new 2>/dev/null; done
              ls /none
            volumeMounts:
            - { name: map, mountPath: /map }
            - { name: secret, mountPath: /secret }
            - { name: all, mountPath: /all }
            - { name: none, mountPath: /none }
            - { name: map, mountPath: /etc/one/colour, subPath: colour }
            - { name: scratch, mountPath: /scratch, subPathExpr: $(FOLDER)/data }
            env: [{ name: FOLDER, value: main }]
          volumes:
          - { name: map, configMap: { name: files } }
          - name: secret
            secret:
              secretName: files
              defaultMode: 0400
              items: [{ key: word, path: deep/word }]
          - name: all
            projected:
              sources:
              - { downwardAPI: { items: [{ path: labels, fieldRef: { fieldPath: metadata.labels } }] } }
              - { configMap: { name: files, items: [{ key: colour, path: colour }] } }
              - { secret: { name: never-made, optional: true } }
              - { serviceAccountToken: { path: token, audience: vault, expirationSeconds: 600 } }
          - { name: none, configMap: { name: never-made, optional: true } }
          - { name: scratch, emptyDir: {} }
        """);
    pool.awaitPhase("filed", "Succeeded");

    assertThat(pool.kubectl().run("logs", "filed"))
        .isEqualTo(
            """
            green
             00 ff 10
            swordfish
            644
            400
            tier="front"green
            "aud":["vault"]
            green
            colour
            word
            """);
    assertThat(pool.cluster().operator().log()).doesNotContain("swordfish");
  }

  @Test
  void aPodWaitsForWhatItsVariablesReferToAndStartsOnceItIsThere() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: waits-for-key }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'echo "$WORD"']
            env:
            - { name: WORD, valueFrom: { secretKeyRef: { name: late, key: word } } }
        """);
    awaitReason("waits-for-key", "CreateContainerConfigError", "secret \"late\" not found");

    pool.kubectl().run("create", "secret", "generic", "late", "--from-literal=other=1");
    awaitReason(
        "waits-for-key",
        "CreateContainerConfigError",
        "couldn't find key word in Secret " + pool.namespace() + "/late");
    assertThat(pool.atTheEngine("waits-for-key")).isEmpty();

    pool.kubectl().run("patch", "secret", "late", "--patch={\"stringData\":{\"word\":\"hello\"}}");
    var pod = pool.awaitPhase("waits-for-key", "Succeeded");
    assertThat(pod.getStatus().getReason()).isNull();
    assertThat(pool.kubectl().run("logs", "waits-for-key")).isEqualTo("hello\n");
  }

  @Test
  void aPodWaitsForWhatItsVolumesReferToAndStartsOnceItIsThere() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: waits-for-map }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [cat, /settings/colour]
            volumeMounts: [{ name: settings, mountPath: /settings }]
          volumes:
          - { name: settings, configMap: { name: late } }
        """);
    var missing = "MountVolume.SetUp failed for volume \"settings\" : configmap \"late\" not found";
    awaitReason("waits-for-map", "FailedMount", missing);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(pool.events("waits-for-map", "FailedMount"))
                    .extracting(Event::getMessage)
                    .containsExactly(missing));

    pool.kubectl().run("create", "configmap", "late", "--from-literal=colour=green");
    pool.awaitPhase("waits-for-map", "Succeeded");
    assertThat(pool.kubectl().run("logs", "waits-for-map")).isEqualTo("green");
  }

  /** Bound by name, as by a scheduler of somebody's own. */
  @Test
  void ofWhatIsMissingOnlyWhatIsOptionalIsDoneWithout() {
    for (var kind : List.of("secret", "configMap")) {
      for (boolean optional : List.of(true, false)) {
        pool.apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: { name: %1$s-%2$s }
            spec:
              nodeName: %3$s-0
              enableServiceLinks: false
              containers:
              - name: main
                $busybox
                command: [sleep, "600"]
                env:
                - { name: WORD, valueFrom: { %4$sKeyRef: { name: never-made, key: word, optional: %2$s } } }
            """
                .formatted(kind.toLowerCase(Locale.ROOT), optional, pool.name(), kind));
      }
    }
    for (var kind : List.of("secret", "configmap")) {
      var without = pool.awaitPhase(kind + "-true", "Running");
      assertThat(pool.execute(container(without), "env")).doesNotContain("WORD");
      var missing = kind + " \"never-made\" not found";
      awaitReason(kind + "-false", "CreateContainerConfigError", missing);
      var reason = kind.equals("secret") ? "MandatorySecretNotFound" : "MandatoryConfigMapNotFound";
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(pool.events(kind + "-false", reason))
                      .extracting(Event::getMessage)
                      .containsExactly(missing));
      assertThat(pool.atTheEngine(kind + "-false")).isEmpty();

      // One that was never started goes at once, whatever its grace.
      pool.kubectl().run("delete", "pod", kind + "-false", "--timeout=20s");
    }
  }

  private static void awaitReason(String podName, String reason, String message) {
    var pod =
        pool.await(
            podName,
            found ->
                reason.equals(found.getStatus().getReason())
                    && message.equals(found.getStatus().getMessage()));
    assertThat(pod.getStatus().getPhase()).isEqualTo("Pending");
  }
}
