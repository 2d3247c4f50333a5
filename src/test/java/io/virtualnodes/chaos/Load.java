package io.virtualnodes.chaos;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Random work for a pool. All that is drawn follows from the seed. */
final class Load {
  private static final StorageClass STORAGE_CLASS =
      new StorageClassBuilder()
          .withNewMetadata()
          .withName("chaos")
          .endMetadata()
          .withProvisioner("virtualnodes.io/volume")
          .withVolumeBindingMode("WaitForFirstConsumer")
          .withReclaimPolicy("Delete")
          .build();
  private static final String IMAGE = "virtualnodes/busybox:latest";
  private static final String APP = "app";
  private static final String GUARDED = "guarded";
  private static final String ANNOTATIONS = "annotations";
  private static final int ENDLESS_AT_MOST = 12;
  // Of the discard protocol, which none of the containers speaks.
  private static final int SILENT_PORT = 9;
  private static final List<String> POLICIES = List.of("Never", "Never", "OnFailure", "Always");

  private final KubernetesClient client;
  private final String namespace;
  private final String pool;
  private final PodHistory history;
  private final Random random;
  private int named;

  /**
   * @param size 1 is what a simulation bears easily; below, there is less of everything
   */
  private final double size;

  Load(
      KubernetesClient client,
      String namespace,
      String pool,
      PodHistory history,
      long seed,
      double size) {
    this.client = client;
    this.namespace = namespace;
    this.pool = pool;
    this.history = history;
    this.random = new Random(seed);
    this.size = size;
  }

  /** A number from 1 on. */
  int upTo(int most) {
    return 1 + random.nextInt(most);
  }

  /** True in one of {@code of} cases. */
  boolean once(int of) {
    return random.nextInt(of) == 0;
  }

  /** What is there all along: pods that are succeeded by others of their name. */
  void settle() {
    var set =
        new StatefulSetBuilder()
            .withMetadata(
                new ObjectMetaBuilder().withName("set-" + pool).withNamespace(namespace).build())
            .withNewSpec()
            .withServiceName("set")
            .withReplicas(2)
            .withPodManagementPolicy("Parallel")
            .withNewSelector()
            .withMatchLabels(Map.of(APP, "set-" + pool))
            .endSelector()
            .withTemplate(template("set-" + pool, Task.endless(), "Always"))
            .endSpec()
            .build();
    client.resource(set).create();
    endless(scaled(6));
  }

  /** Pods and a Job: some end soon, some run on. */
  void burst() {
    for (int i = 0; i < scaled(4); i++) {
      var policy = POLICIES.get(random.nextInt(POLICIES.size()));
      create(bare(soon(), policy).build());
    }
    endless(scaled(3));
    job();
  }

  private void job() {
    int completions = 1 + random.nextInt(scaled(3));
    var name = name("job");
    var job =
        new JobBuilder()
            .withMetadata(
                new ObjectMetaBuilder()
                    .withName(name)
                    .withNamespace(namespace)
                    .addToLabels(APP, "job")
                    .build())
            .withNewSpec()
            .withCompletions(completions)
            .withParallelism(completions)
            .withBackoffLimit(0)
            .withTemplate(template("job", Task.ending(time(), 0), "Never"))
            .endSpec()
            .build();
    client.resource(job).create();
  }

  /** Pods that run until they are stopped. */
  void endless(int pods) {
    for (int i = 0; i < pods; i++) {
      create(annotated(bare(Task.endless(), "Always")).build());
    }
  }

  /** The pod has its annotations in a file. */
  private static PodBuilder annotated(PodBuilder pod) {
    return pod.editSpec()
        .addNewVolume()
        .withName(ANNOTATIONS)
        .withNewDownwardAPI()
        .addNewItem()
        .withPath(ANNOTATIONS)
        .withNewFieldRef()
        .withFieldPath("metadata.annotations")
        .endFieldRef()
        .endItem()
        .endDownwardAPI()
        .endVolume()
        .editFirstContainer()
        .addNewVolumeMount()
        .withName(ANNOTATIONS)
        .withMountPath("/pod")
        .endVolumeMount()
        .endContainer()
        .endSpec();
  }

  /** Gives pods that run, and have it in a file, another annotation. */
  void annotate(int pods) {
    pick(
            pods,
            life ->
                !life.ended()
                    && PodHistory.ready(life.pod())
                    && life.pod().getSpec().getVolumes().stream()
                        .anyMatch(volume -> volume.getName().equals(ANNOTATIONS)))
        .forEach(
            pod ->
                client
                    .pods()
                    .inNamespace(namespace)
                    .withName(pod.getMetadata().getName())
                    .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"annotations\":{\"drawn\":\"%d\"}}}"
                            .formatted(random.nextInt())));
  }

  /** Pods of both kinds on this very node; as if the scheduler had chosen it. */
  void on(String node, boolean guarded) {
    for (int i = 0; i < scaled(2); i++) {
      create(bare(soon(), "Never").editSpec().withNodeName(node).endSpec().build());
      create(bare(Task.endless(), "Never").editSpec().withNodeName(node).endSpec().build());
    }
    if (guarded) {
      create(
          bare(Task.endless(), "Never")
              .editMetadata()
              .addToLabels(APP, GUARDED)
              .endMetadata()
              .editSpec()
              .withNodeName(node)
              .endSpec()
              .build());
    }
  }

  /** From now on no guarded pod may be evicted. */
  void guard() {
    var budget =
        new PodDisruptionBudgetBuilder()
            .withMetadata(
                new ObjectMetaBuilder().withName(GUARDED).withNamespace(namespace).build())
            .withNewSpec()
            .withNewMaxUnavailable(0)
            .withNewSelector()
            .withMatchLabels(Map.of(APP, GUARDED))
            .endSelector()
            .endSpec()
            .build();
    client.resource(budget).serverSideApply();
  }

  /** Adds an ephemeral container to pods that run. */
  void debug(int pods) {
    pick(pods, life -> !life.ended() && PodHistory.ready(life.pod()))
        .forEach(
            pod ->
                client
                    .pods()
                    .inNamespace(namespace)
                    .withName(pod.getMetadata().getName())
                    .ephemeralContainers()
                    .edit(
                        present ->
                            new PodBuilder(present)
                                .editSpec()
                                .addNewEphemeralContainer()
                                .withName(name("guest"))
                                .withImage(IMAGE)
                                .withImagePullPolicy("IfNotPresent")
                                .withCommand("sleep", "5")
                                .endEphemeralContainer()
                                .endSpec()
                                .build()));
  }

  /**
   * In pods that run: begins a command and leaves it, and asks for a port that nobody listens on.
   * That is not waited for, since the operator may be halted in the midst of it.
   */
  void talk(int pods) {
    pick(pods, life -> !life.ended() && PodHistory.ready(life.pod()))
        .forEach(
            pod -> {
              var resource =
                  client.pods().inNamespace(namespace).withName(pod.getMetadata().getName());
              Thread.ofVirtual().start(() -> leave(resource));
              Thread.ofVirtual().start(() -> dial(resource));
            });
  }

  private static void leave(PodResource pod) {
    try (var command = pod.redirectingOutput().exec("sh", "-c", "echo begun; sleep 600")) {
      command.getOutput().read();
    } catch (IOException | KubernetesClientException e) {
      // The operator died meanwhile, or the pod.
    }
  }

  private static void dial(PodResource pod) {
    try (var port = pod.portForward(SILENT_PORT);
        var socket = new Socket(InetAddress.getLoopbackAddress(), port.getLocalPort())) {
      socket.getInputStream().read();
    } catch (IOException | KubernetesClientException e) {
      // It is refused, or the operator died meanwhile, or the pod.
    }
  }

  /**
   * Deletes pods that run.
   *
   * @param grace in seconds; 0 takes the pod from the API server at once, whatever runs
   */
  void delete(int pods, long grace) {
    pick(pods, life -> !life.ended() && PodHistory.ready(life.pod()))
        .forEach(pod -> delete(pod, grace));
  }

  /**
   * Claims volumes, with a pod each that has it for a moment.
   *
   * @param mode of the volumes: none can be had as a Block
   */
  void claim(int volumes, String mode) {
    client.resource(STORAGE_CLASS).serverSideApply();
    for (int i = 0; i < volumes; i++) {
      var claim = name("claim");
      client
          .resource(
              new PersistentVolumeClaimBuilder()
                  .withNewMetadata()
                  .withName(claim)
                  .withNamespace(namespace)
                  .addToLabels("pool", pool)
                  .endMetadata()
                  .withNewSpec()
                  .withStorageClassName(STORAGE_CLASS.getMetadata().getName())
                  .withVolumeMode(mode)
                  .withAccessModes("ReadWriteOnce")
                  .withNewResources()
                  .addToRequests("storage", new Quantity("1Gi"))
                  .endResources()
                  .endSpec()
                  .build())
          .create();
      var pod =
          bare(soon(), "Never")
              .editSpec()
              .addNewVolume()
              .withName("claimed")
              .withNewPersistentVolumeClaim(claim, false)
              .endVolume();
      create(
          (mode.equals("Block")
                  ? pod.editFirstContainer()
                      .addNewVolumeDevice("/dev/claimed", "claimed")
                      .endContainer()
                  : pod.editFirstContainer()
                      .addNewVolumeMount()
                      .withName("claimed")
                      .withMountPath("/claimed")
                      .endVolumeMount()
                      .endContainer())
              .endSpec()
              .build());
    }
  }

  /** Whether every claim of files has its volume. */
  boolean claimsAreBound() {
    return claims()
        .filter(claim -> "Filesystem".equals(claim.getSpec().getVolumeMode()))
        .allMatch(claim -> "Bound".equals(claim.getStatus().getPhase()));
  }

  /** Deletes the claims, with the pods that have them. */
  void releaseClaims() {
    history
        .present()
        .filter(this::ours)
        .filter(life -> !life.dismissed())
        .map(PodHistory.Life::pod)
        .filter(
            pod ->
                pod.getSpec().getVolumes().stream()
                    .anyMatch(volume -> volume.getPersistentVolumeClaim() != null))
        .forEach(pod -> delete(pod, 1));
    claims().forEach(claim -> client.resource(claim).delete());
  }

  private Stream<PersistentVolumeClaim> claims() {
    return client
        .persistentVolumeClaims()
        .inNamespace(namespace)
        .withLabel("pool", pool)
        .list()
        .getItems()
        .stream();
  }

  /** Removes what has ended, and what is too much. */
  void tidy() {
    releaseClaims();
    history
        .present()
        .filter(this::ours)
        .filter(life -> life.ended() && !life.dismissed())
        .forEach(life -> delete(life.pod(), 0));
    int endless =
        (int) history.present().filter(this::ours).filter(life -> !Task.ends(life.pod())).count();
    delete(Math.max(0, endless - ENDLESS_AT_MOST), 1);
    client.batch().v1().jobs().inNamespace(namespace).list().getItems().stream()
        .filter(
            job ->
                job.getStatus().getConditions().stream()
                    .anyMatch(one -> List.of("Complete", "Failed").contains(one.getType())))
        .forEach(job -> client.resource(job).delete());
  }

  private List<Pod> pick(int pods, Predicate<PodHistory.Life> from) {
    var candidates =
        history
            .present()
            .filter(this::ours)
            .filter(life -> !life.dismissed())
            .filter(from)
            .map(PodHistory.Life::pod)
            .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
            .collect(java.util.stream.Collectors.toList());
    java.util.Collections.shuffle(candidates, random);
    return candidates.subList(0, Math.min(pods, candidates.size()));
  }

  private boolean ours(PodHistory.Life life) {
    return pool.equals(life.pod().getMetadata().getLabels().get("pool"));
  }

  private void delete(Pod pod, long grace) {
    client
        .pods()
        .inNamespace(namespace)
        .withName(pod.getMetadata().getName())
        .withGracePeriod(grace)
        .delete();
  }

  private void create(Pod pod) {
    client.resource(pod).create();
  }

  private PodBuilder bare(Task task, String policy) {
    var template = template("bare", task, policy);
    return new PodBuilder()
        .withMetadata(template.getMetadata())
        .editMetadata()
        .withName(name("pod"))
        .withNamespace(namespace)
        .endMetadata()
        .withSpec(template.getSpec());
  }

  private PodTemplateSpec template(String app, Task task, String policy) {
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(Map.of(APP, app, "pool", pool))
        .withAnnotations(task.annotations())
        .endMetadata()
        .withSpec(spec(task, policy))
        .build();
  }

  private PodSpec spec(Task task, String policy) {
    return new PodSpecBuilder()
        .addToNodeSelector("virtualnodes.io/pool", pool)
        .addNewToleration()
        .withKey("virtualnodes.io/pool")
        .withOperator("Exists")
        .endToleration()
        .withRestartPolicy(policy)
        .withTerminationGracePeriodSeconds(2L)
        .withAutomountServiceAccountToken(once(4))
        .withContainers(
            new ContainerBuilder()
                .withName("main")
                .withImage(IMAGE)
                .withImagePullPolicy("IfNotPresent")
                .withCommand(task.command())
                .withStartupProbe(task.runTime().isPresent() ? null : succeeding())
                .build())
        .build();
  }

  private static Probe succeeding() {
    return new ProbeBuilder()
        .withNewExec()
        .withCommand("true")
        .endExec()
        .withPeriodSeconds(1)
        .withTimeoutSeconds(10)
        .build();
  }

  private Task soon() {
    return Task.ending(time(), random.nextInt(4));
  }

  private Duration time() {
    return Duration.ofMillis(200 + random.nextInt(2800));
  }

  private String name(String kind) {
    return "%s-%s-%d".formatted(kind, pool, named++);
  }

  private int scaled(int number) {
    return Math.max(1, (int) Math.round(number * size));
  }
}
