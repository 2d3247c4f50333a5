package io.virtualnodes.volume;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.filter.GenericFilter;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.virtualnodes.node.NodeIdentity;
import io.virtualnodes.node.NodeKeys;
import io.virtualnodes.pod.OperatorEvent;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the PersistentVolume of a claim once the scheduler has chosen one of our nodes for its pod:
 * the part of an external provisioner that Kubernetes leaves to others.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/">Dynamic
 *     provisioning</a>
 */
@ControllerConfiguration(
    name = "claim",
    // The scheduler's choice is an annotation, which makes no new generation.
    generationAwareEventProcessing = false,
    informer = @Informer(genericFilter = ClaimReconciler.Ours.class))
@GradualRetry(initialInterval = 500, intervalMultiplier = 2, maxInterval = 30_000, maxAttempts = -1)
public final class ClaimReconciler implements Reconciler<PersistentVolumeClaim> {
  private static final Logger log = LoggerFactory.getLogger(ClaimReconciler.class);
  private static final Duration POOL_STARTS = Duration.ofSeconds(2);
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final PoolBackends backends;
  private final NodeIdentity identity;
  private final InstantSource clock;

  public ClaimReconciler(
      KubernetesClient client, PoolBackends backends, NodeIdentity identity, InstantSource clock) {
    this.client = client;
    this.backends = backends;
    this.identity = identity;
    this.clock = clock;
  }

  /** Claims whose volumes we make. */
  public static final class Ours implements GenericFilter<PersistentVolumeClaim> {
    @Override
    public boolean accept(PersistentVolumeClaim claim) {
      return ClaimRule.concerns(claim);
    }
  }

  @Override
  public UpdateControl<PersistentVolumeClaim> reconcile(
      PersistentVolumeClaim claim, Context<PersistentVolumeClaim> context) {
    var node = ClaimRule.selectedNode(claim);
    var pool = node.flatMap(this::poolOf);
    if (pool.isEmpty()) {
      return UpdateControl.noUpdate();
    }
    var backend = backends.of(pool.get());
    if (backend.isEmpty()) {
      return UpdateControl.<PersistentVolumeClaim>noUpdate().rescheduleAfter(POOL_STARTS);
    }
    var storageClass =
        client.storage().v1().storageClasses().withName(claim.getSpec().getStorageClassName());
    var found = Optional.ofNullable(storageClass.get());
    if (found.isPresent()) {
      boolean stored = backend.get().volumes().isPresent();
      switch (ClaimRule.of(claim, found.get(), pool.get(), stored)) {
        case ClaimRule.Verdict.Make(var volume) -> make(volume);
        case ClaimRule.Verdict.Refuse(var why) -> tell(claim, node.get(), why);
      }
    }
    return UpdateControl.noUpdate();
  }

  /** Empty if it is no node of ours: another one's volume is another one's to make. */
  private Optional<String> poolOf(String node) {
    return Optional.ofNullable(client.nodes().withName(node).get())
        .map(Node::getMetadata)
        .map(metadata -> metadata.getLabels())
        .map(labels -> labels.get(NodeKeys.POOL));
  }

  private void make(PersistentVolume volume) {
    try {
      client.persistentVolumes().resource(volume).create();
      log.atInfo().addKeyValue("volume", volume.getMetadata().getName()).log("volume made");
    } catch (KubernetesClientException e) {
      // It is there, and the claim's new state on its way to us.
      if (e.getCode() != CONFLICT) {
        throw e;
      }
    }
  }

  /** As the node, which may write events where its pods are. */
  private void tell(PersistentVolumeClaim claim, String node, String why) {
    var metadata = claim.getMetadata();
    var subject =
        new ObjectReferenceBuilder()
            .withApiVersion("v1")
            .withKind("PersistentVolumeClaim")
            .withNamespace(metadata.getNamespace())
            .withName(metadata.getName())
            .withUid(metadata.getUid())
            .build();
    var event =
        OperatorEvent.about(
            subject, Optional.of(node), ClaimEventReason.PROVISIONING_FAILED, why, clock.instant());
    log.atWarn()
        .addKeyValue("claim", metadata.getNamespace() + "/" + metadata.getName())
        .addKeyValue("failure", why)
        .log("claim gets no volume");
    try {
      identity
          .client(node)
          .v1()
          .events()
          .inNamespace(metadata.getNamespace())
          .resource(event)
          .create();
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("claim", metadata.getNamespace() + "/" + metadata.getName())
          .addKeyValue("failure", e.getMessage())
          .log("event not written");
    }
  }
}
