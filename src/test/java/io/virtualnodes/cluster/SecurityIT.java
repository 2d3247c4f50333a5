package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.command.BuildImageResultCallback;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** As whom containers run, what they may do, and whose their files are. */
@Execution(ExecutionMode.CONCURRENT)
class SecurityIT {
  @AutoClose private static VirtualPool pool;

  /** Images whose users are told by a number and by a name. */
  private static String numbered;

  private static String named;

  @BeforeAll
  static void makePool(@TempDir Path folder) throws IOException {
    pool = VirtualPool.of(SecurityIT.class);
    numbered = image(folder, "numbered", "1000:1000");
    named = image(folder, "named", "app");
  }

  private static String image(Path folder, String name, String user) throws IOException {
    var image = "virtualnodes/" + name + ":" + pool.name();
    Files.writeString(
        folder.resolve("Dockerfile"), "FROM virtualnodes/busybox:latest\nUSER " + user + "\n");
    pool.cluster()
        .engine()
        .client()
        .buildImageCmd(folder.toFile())
        .withTags(Set.of(image))
        .exec(new BuildImageResultCallback())
        .awaitImageId();
    return image;
  }

  @AfterAll
  static void removeImages() {
    for (var image : List.of(numbered, named)) {
      pool.cluster().engine().client().removeImageCmd(image).withForce(true).exec();
    }
  }

  @Test
  void aSecretForItsOwnersEyesIsReadByTheGroupOfThePod() {
    pool.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: { name: door }
        stringData: { word: swordfish }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: grouped }
        spec:
          $onThePool
          restartPolicy: Never
          securityContext: { runAsUser: 1000, runAsGroup: 3000, runAsNonRoot: true, fsGroup: 2000 }
          containers:
          - name: main
            $busybox
            command:
            - sh
            - -ec
            - |
              id
              cat /door/word; echo
              cat /one-word; echo
              stat -L -c '%a %u:%g' /door/word /var/run/secrets/kubernetes.io/serviceaccount/token
              test -s /var/run/secrets/kubernetes.io/serviceaccount/token
              for folder in /disk /memory; do
                stat -c '%a %u:%g' $folder
                echo mine >$folder/file
                stat -c '%u:%g' $folder/file
              done
            volumeMounts:
            - { name: door, mountPath: /door }
            - { name: door, mountPath: /one-word, subPath: word }
            - { name: disk, mountPath: /disk }
            - { name: memory, mountPath: /memory }
          volumes:
          - { name: door, secret: { secretName: door, defaultMode: 0400 } }
          - { name: disk, emptyDir: {} }
          - { name: memory, emptyDir: { medium: Memory } }
        """);
    pool.awaitPhase("grouped", "Succeeded");

    assertThat(pool.kubectl().run("logs", "grouped"))
        .isEqualTo(
            """
            uid=1000(app) gid=3000 groups=2000,3000
            swordfish
            swordfish
            440 0:2000
            640 1000:2000
            2777 0:2000
            1000:2000
            2777 0:2000
            1000:2000
            """);
  }

  @Test
  void containersOfOnePodShareWhatTheirGroupOwns() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: shared }
        spec:
          $onThePool
          restartPolicy: Never
          securityContext: { fsGroup: 2000 }
          containers:
          - name: writer
            $busybox
            command: [sh, -ec, 'umask 007; echo word >/disk/part; echo word >/memory/part; mv /disk/part /disk/word; mv /memory/part /memory/word']
            securityContext: { runAsUser: 1000, runAsGroup: 1000 }
            volumeMounts: &mounts
            - { name: disk, mountPath: /disk }
            - { name: memory, mountPath: /memory }
          - name: reader
            $busybox
            command: [sh, -ec, 'until test -e /memory/word; do sleep 0.1; done; cat /disk/word /memory/word; echo more >>/disk/word']
            securityContext: { runAsUser: 1001, runAsGroup: 1001 }
            volumeMounts: *mounts
          volumes:
          - { name: disk, emptyDir: {} }
          - { name: memory, emptyDir: { medium: Memory } }
        """);
    pool.awaitPhase("shared", "Succeeded");

    assertThat(pool.kubectl().run("logs", "shared", "-c=reader")).isEqualTo("word\nword\n");
  }

  @Test
  void aContainerThatIsStartedAgainIsTheSameUser() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: again }
        spec:
          $onThePool
          restartPolicy: OnFailure
          securityContext: { runAsUser: 1000, fsGroup: 2000 }
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'id; grep NoNewPrivs /proc/self/status; test -e /disk/been || { touch /disk/been; exit 1; }']
            securityContext: { allowPrivilegeEscalation: false, runAsGroup: 3000 }
            volumeMounts: [{ name: disk, mountPath: /disk }]
          volumes: [{ name: disk, emptyDir: {} }]
        """);
    var pod = pool.awaitPhase("again", "Succeeded");

    assertThat(container(pod).getRestartCount()).isEqualTo(1);
    assertThat(pool.kubectl().run("logs", "again"))
        .isEqualTo("uid=1000(app) gid=3000 groups=2000,3000\nNoNewPrivs:\t1\n")
        .isEqualTo(pool.kubectl().run("logs", "again", "--previous"));
  }

  @Test
  void theKernelHoldsAContainerToWhatItMayDo() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: confined }
        spec:
          $onThePool
          restartPolicy: Never
          securityContext:
            seccompProfile: { type: RuntimeDefault }
            sysctls: [{ name: net.ipv4.ip_unprivileged_port_start, value: "80" }]
          containers:
          - name: strict
            $busybox
            command: &report
            - sh
            - -c
            - |
              grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
              cat /proc/sys/net/ipv4/ip_unprivileged_port_start
              touch /here 2>/dev/null && echo writable || echo read-only
            securityContext:
              readOnlyRootFilesystem: true
              allowPrivilegeEscalation: false
              capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] }
          - name: free
            $busybox
            command: *report
            securityContext:
              seccompProfile: { type: Unconfined }
              capabilities: { add: [NET_ADMIN], drop: [CHOWN] }
        """);
    pool.awaitPhase("confined", "Succeeded");

    assertThat(pool.kubectl().run("logs", "confined", "-c=strict").lines())
        .containsExactly(
            "CapBnd:\t0000000000000400", "NoNewPrivs:\t1", "Seccomp:\t2", "80", "read-only");
    // The engine's fourteen, with number 12 and without number 0.
    assertThat(pool.kubectl().run("logs", "confined", "-c=free").lines())
        .containsExactly(
            "CapBnd:\t00000000a80435fa", "NoNewPrivs:\t0", "Seccomp:\t0", "80", "writable");
  }

  @Test
  void whoMustNotBeRootWaitsForAnImageOfAnotherUser() {
    var rootless =
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: %s }
        spec:
          $onThePool
          restartPolicy: Never
          securityContext: { runAsNonRoot: true }
          containers:
          - name: main
            image: %s
            imagePullPolicy: IfNotPresent
            command: [id, -u]
            %s
        """;
    pool.apply(rootless.formatted("root", "virtualnodes/busybox:latest", ""));
    pool.apply(rootless.formatted("by-name", named, ""));
    pool.apply(rootless.formatted("by-number", numbered, ""));
    pool.apply(
        rootless.formatted(
            "as-told", named, "securityContext: { runAsUser: 4711, runAsGroup: 0 }"));

    var root = pool.awaitWaiting("root", "CreateContainerConfigError");
    assertThat(container(root).getState().getWaiting().getMessage())
        .isEqualTo(
            "container has runAsNonRoot and image will run as root (pod: \"root_%s(%s)\", container: main)"
                .formatted(pool.namespace(), root.getMetadata().getUid()));
    var byName = pool.awaitWaiting("by-name", "CreateContainerConfigError");
    assertThat(container(byName).getState().getWaiting().getMessage())
        .startsWith(
            "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is"
                + " non-root");
    pool.awaitPhase("by-number", "Succeeded");
    assertThat(pool.kubectl().run("logs", "by-number")).isEqualTo("1000\n");
    pool.awaitPhase("as-told", "Succeeded");
    assertThat(pool.kubectl().run("logs", "as-told")).isEqualTo("4711\n");
    assertThat(root.getStatus().getPhase()).isEqualTo("Pending");
    assertThat(pool.history().starts("root")).isEmpty();
    assertThat(pool.history().starts("by-name")).isEmpty();
  }

  @Test
  void whatAnEngineDoesNotKnowIsRefusedBeforeAnythingStarts() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: flying }
        spec:
          $onThePool
          restartPolicy: Never
          securityContext: { supplementalGroupsPolicy: Strict }
          containers:
          - name: main
            $busybox
            securityContext: { capabilities: { add: [FLYING] } }
        """);
    var pod = pool.awaitPhase("flying", "Failed");

    assertThat(pod.getStatus().getReason()).isEqualTo("Unsupported");
    assertThat(pod.getStatus().getMessage())
        .contains(
            "spec.containers[main].securityContext.capabilities.add",
            "spec.securityContext.supplementalGroupsPolicy");
    assertThat(pool.history().starts("flying")).isEmpty();
  }
}
