package io.virtualnodes.volume;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.pod.ClaimKeys;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what a claim has left, where its volume is to be deleted and not retained: the content
 * first, then the PersistentVolume, which a finalizer keeps until then.
 */
@ControllerConfiguration(
    name = "volume",
    finalizerName = ClaimKeys.FINALIZER,
    // A phase makes no new generation.
    generationAwareEventProcessing = false,
    informer = @Informer(labelSelector = ClaimKeys.POOL))
@GradualRetry(initialInterval = 500, intervalMultiplier = 2, maxInterval = 30_000, maxAttempts = -1)
public final class VolumeReconciler
    implements Reconciler<PersistentVolume>, Cleaner<PersistentVolume> {
  private static final Logger log = LoggerFactory.getLogger(VolumeReconciler.class);
  private static final Duration POOL_STARTS = Duration.ofSeconds(5);

  /** A pod that ended keeps its volume for as long as its logs are kept. */
  private static final Duration IN_USE = Duration.ofSeconds(15);

  private final KubernetesClient client;
  private final PoolBackends backends;

  public VolumeReconciler(KubernetesClient client, PoolBackends backends) {
    this.client = client;
    this.backends = backends;
  }

  @Override
  public UpdateControl<PersistentVolume> reconcile(
      PersistentVolume volume, Context<PersistentVolume> context) {
    if (VolumeRule.toBeDeleted(volume)) {
      client.persistentVolumes().withName(volume.getMetadata().getName()).delete();
    }
    return UpdateControl.noUpdate();
  }

  @Override
  public DeleteControl cleanup(PersistentVolume volume, Context<PersistentVolume> context) {
    return switch (VolumeRule.end(volume)) {
      case RETAIN -> DeleteControl.defaultDelete();
      case WAIT -> DeleteControl.noFinalizerRemoval();
      case DELETE -> delete(volume);
    };
  }

  private DeleteControl delete(PersistentVolume volume) {
    var pool = volume.getMetadata().getLabels().get(ClaimKeys.POOL);
    var name = volume.getMetadata().getName();
    var backend = backends.of(pool);
    if (backend.isEmpty() && client.resources(VirtualNodePool.class).withName(pool).get() != null) {
      return again(POOL_STARTS);
    }
    var stored = backend.flatMap(Backend::volumes);
    if (stored.isEmpty()) {
      log.atWarn()
          .addKeyValue("volume", name)
          .addKeyValue("pool", pool)
          .log("content of a volume stays where it is: its pool is gone");
      return DeleteControl.defaultDelete();
    }
    try {
      stored.get().delete(name);
      log.atInfo().addKeyValue("volume", name).log("volume removed");
      return DeleteControl.defaultDelete();
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("volume", name)
          .addKeyValue("failure", e.getMessage())
          .log("content of a volume not removed yet");
      return again(IN_USE);
    }
  }

  private static DeleteControl again(Duration wait) {
    return DeleteControl.noFinalizerRemoval().rescheduleAfter(wait.toMillis());
  }
}
