package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Volumes that outlive pods: who has them, and when they go. */
@Execution(ExecutionMode.CONCURRENT)
class PersistentVolumesIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePoolAndStorageClasses() {
    pool = VirtualPool.of(PersistentVolumesIT.class);
    pool.kubectl().run("apply", "-k", "deploy/volumes");
    pool.apply(
        """
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: { name: retained }
        provisioner: virtualnodes.io/volume
        volumeBindingMode: WaitForFirstConsumer
        reclaimPolicy: Retain
        """);
  }

  @Test
  void aMemberOfAStatefulSetFindsItsDataAgainUntilItsClaimIsDeleted() throws IOException {
    pool.apply(
        Files.readString(Path.of("deploy/samples/statefulset-with-volumes.yaml"))
            .replace("image: busybox:1.37", "$busybox")
            .replace("burst", pool.name()));
    var first = pool.await("with-volumes-0", PersistentVolumesIT::ready);
    pool.await("with-volumes-1", PersistentVolumesIT::ready);
    eventually(() -> assertThat(starts("with-volumes-0")).hasSize(1));
    assertThat(starts("with-volumes-1")).hasSize(1);

    pool.kubectl().run("delete", "pod", "with-volumes-0");

    pool.await(
        "with-volumes-0",
        pod -> ready(pod) && !pod.getMetadata().getUid().equals(first.getMetadata().getUid()));
    eventually(() -> assertThat(starts("with-volumes-0")).hasSize(2));
    assertThat(starts("with-volumes-1")).hasSize(1);
    var volumes = List.of(volumeOf("data-with-volumes-0"), volumeOf("data-with-volumes-1"));
    assertThat(volumes)
        .allSatisfy(volume -> assertThat(pool.keeps(volume)).as("%s is kept", volume).isTrue());

    pool.kubectl().run("delete", "statefulset", "with-volumes");

    eventually(
        () ->
            assertThat(volumes)
                .allSatisfy(
                    volume -> {
                      assertThat(persistentVolume(volume)).isNull();
                      assertThat(pool.keeps(volume)).as("%s is kept", volume).isFalse();
                    }));
  }

  @Test
  void whatIsRetainedStaysAtTheEngineAndInTheCluster() {
    claim("kept", "retained", "ReadWriteOnce");
    runOnce("fills", "kept", "echo word >/data/file");
    pool.awaitPhase("fills", "Succeeded");
    var volume = volumeOf("kept");

    pool.kubectl().run("delete", "pod", "fills");
    pool.kubectl().run("delete", "persistentvolumeclaim", "kept");

    eventually(
        () -> assertThat(persistentVolume(volume).getStatus().getPhase()).isEqualTo("Released"));
    pool.awaitNothingAtTheEngine("fills");
    assertThat(pool.keeps(volume)).isTrue();

    // Nobody but a person removes it, and then the content is that person's to remove.
    pool.kubectl().run("delete", "persistentvolume", volume);
    assertThat(pool.keeps(volume)).isTrue();
    pool.removeKept(volume);
  }

  @Test
  void severalPodsHaveOneVolumeAndOneMayOnlyRead() {
    claim("shared", "virtual-nodes", "ReadWriteMany");
    runOnce("writer", "shared", "until [ -e /data/seen ]; do date >/data/word; sleep 0.2; done");
    runOnce("other", "shared", "until [ -e /data/word ]; do sleep 0.2; done; touch /data/seen");
    pool.awaitPhase("writer", "Succeeded");
    pool.awaitPhase("other", "Succeeded");

    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: reader }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'ls /data; touch /data/mine 2>/dev/null || echo read-only']
            volumeMounts: [{ name: data, mountPath: /data }]
          volumes: [{ name: data, persistentVolumeClaim: { claimName: shared, readOnly: true } }]
        """);
    pool.awaitPhase("reader", "Succeeded");

    assertThat(pool.kubectl().run("logs", "reader")).isEqualTo("seen\nword\nread-only\n");
  }

  @Test
  void aVolumeThatIsClaimedForOnePodAloneGoesWithIt() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: alone }
        spec:
          $onThePool
          securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 }
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'touch /data/mine && stat -c "%g %a" /data && sleep 3600']
            volumeMounts: [{ name: data, mountPath: /data }]
          volumes:
          - name: data
            ephemeral:
              volumeClaimTemplate:
                spec:
                  storageClassName: virtual-nodes
                  accessModes: [ReadWriteOnce]
                  resources: { requests: { storage: 1Gi } }
        """);
    pool.awaitPhase("alone", "Running");
    eventually(() -> assertThat(pool.kubectl().run("logs", "alone")).isEqualTo("2000 2775\n"));
    var volume = volumeOf("alone-data");

    pool.kubectl().run("delete", "pod", "alone");

    eventually(
        () -> {
          assertThat(persistentVolume(volume)).isNull();
          assertThat(pool.keeps(volume)).isFalse();
        });
  }

  @Test
  void aClaimOfADeviceIsToldWhyItGetsNone() {
    pool.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: device }
        spec:
          storageClassName: virtual-nodes
          volumeMode: Block
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: raw }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            volumeDevices: [{ name: data, devicePath: /dev/xvda }]
          volumes: [{ name: data, persistentVolumeClaim: { claimName: device } }]
        """);

    eventually(
        () ->
            assertThat(pool.events("device", "ProvisioningFailed"))
                .isNotEmpty()
                .allSatisfy(
                    event -> assertThat(event.getMessage()).startsWith("spec.volumeMode: ")));
    assertThat(claimed("device").getStatus().getPhase()).isEqualTo("Pending");
  }

  /** Nobody knows its backend any more: it goes, and what it stood for stays where it is. */
  @Test
  void aVolumeOfAPoolThatIsGoneGoes() {
    var name = pool.name() + "-left";
    pool.apply(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata:
          name: %s
          labels: { virtualnodes.io/volume-of-pool: no-such-pool }
          finalizers: [virtualnodes.io/volume]
        spec:
          capacity: { storage: 1Gi }
          accessModes: [ReadWriteOnce]
          persistentVolumeReclaimPolicy: Delete
          storageClassName: virtual-nodes
          hostPath: { path: /nowhere }
        """
            .formatted(name));

    pool.kubectl().run("delete", "pv", name, "--timeout=60s");

    assertThat(persistentVolume(name)).isNull();
  }

  private static void claim(String name, String storageClass, String mode) {
    pool.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: %s }
        spec:
          storageClassName: %s
          accessModes: [%s]
          resources: { requests: { storage: 1Gi } }
        """
            .formatted(name, storageClass, mode));
  }

  private static void runOnce(String name, String claim, String script) {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: %s }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, '%s']
            volumeMounts: [{ name: data, mountPath: /data }]
          volumes: [{ name: data, persistentVolumeClaim: { claimName: %s } }]
        """
            .formatted(name, script, claim));
  }

  private static boolean ready(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  private static List<String> starts(String pod) {
    return pool.kubectl().run("logs", pod).lines().toList();
  }

  private static PersistentVolumeClaim claimed(String name) {
    return pool.cluster()
        .client()
        .persistentVolumeClaims()
        .inNamespace(pool.namespace())
        .withName(name)
        .get();
  }

  private static String volumeOf(String claim) {
    return claimed(claim).getSpec().getVolumeName();
  }

  private static PersistentVolume persistentVolume(String name) {
    return pool.cluster().client().persistentVolumes().withName(name).get();
  }

  private static void eventually(ThrowingRunnable assertion) {
    Awaitility.await().atMost(VirtualPool.PATIENCE).untilAsserted(assertion);
  }
}
