package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.Cloner;
import io.javaoperatorsdk.operator.api.config.ResolvedControllerConfiguration;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelector;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.rate.LinearRateLimiter;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupWatch;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.RegistryLogin;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the pods of one node: a light JOSDK Operator that watches exactly them, as a kubelet does.
 */
public final class PodController implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PodController.class);

  /**
   * How many pods of a node are worked on at once; more only means more open requests to the API
   * server.
   */
  private static final int CONCURRENT_PODS = 16;

  /** Every pod is looked at this often, even if nothing seems to happen. */
  private static final Duration RESYNC = Duration.ofMinutes(5);

  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(5);

  /**
   * The reconciler never changes what it is given, so that a copy for each reconcile is not needed.
   */
  private static final Cloner SAME =
      new Cloner() {
        @Override
        public <R extends HasMetadata> R clone(R resource) {
          return resource;
        }
      };

  private final PodReconciler reconciler;
  private final Operator operator;

  /**
   * @param nodeClient acts as the node
   * @param policy asked for at every step
   * @param network asked for at every launch
   * @param quietSince since when nobody else has asked the backend for groups of the node's pods
   */
  public PodController(
      NodeFacts node,
      KubernetesClient nodeClient,
      Backend backend,
      GroupWatch groups,
      Supplier<PodPolicy> policy,
      Supplier<PodNetwork> network,
      NetworkPolicies networkPolicies,
      LaunchListener launches,
      Metrics metrics,
      Instant quietSince,
      InstantSource clock) {
    this.reconciler =
        new PodReconciler(
            node,
            nodeClient,
            backend,
            groups,
            policy,
            network,
            networkPolicies,
            launches,
            quietSince,
            clock);
    this.operator =
        new Operator(
            overrider ->
                overrider
                    .withKubernetesClient(nodeClient)
                    .withCloseClientOnStop(false)
                    .withResourceCloner(SAME)
                    .withMetrics(metrics)
                    .checkingCRDAndValidateLocalModel(false)
                    // The API server may be away when we start; the informer tries again by itself.
                    .withStopOnInformerErrorDuringStartup(false)
                    .withReconciliationTerminationTimeout(STOP_WITHIN)
                    // The default ends the JVM, and with it every other node.
                    .withInformerStoppedHandler(
                        (informer, failure) -> {
                          if (failure != null) {
                            log.atError()
                                .addKeyValue("node", node.node())
                                .setCause(failure)
                                .log("watch of the node's pods ended");
                          }
                        })
                    .withExecutorService(
                        Executors.newFixedThreadPool(
                            CONCURRENT_PODS,
                            Thread.ofVirtual().name("pods-" + node.node() + "-", 0).factory())));
    operator.register(reconciler, configuration(node));
  }

  private ResolvedControllerConfiguration<Pod> configuration(NodeFacts node) {
    var informer =
        InformerConfiguration.builder(Pod.class)
            .withWatchAllNamespaces()
            .withFieldSelector(
                new FieldSelector(new FieldSelector.Field("spec.nodeName", node.node())))
            .buildForController();
    var retry =
        new GenericRetry()
            .setInitialInterval(FIRST_RETRY)
            .setIntervalMultiplier(2)
            .setMaxInterval(LAST_RETRY.toMillis())
            .withoutMaxAttempts();
    return new ResolvedControllerConfiguration<>(
        // So that what JOSDK logs names the node.
        "pods-" + node.node(),
        false,
        PodReconciler.class.getName(),
        retry,
        new LinearRateLimiter(),
        RESYNC,
        // Pods carry no finalizer of ours.
        null,
        Map.of(),
        "virtual-nodes-operator",
        operator.getConfigurationService(),
        informer,
        true,
        null);
  }

  /** Blocks until the node's pods are known. */
  public void start() {
    operator.start();
  }

  /** Whether the watch of the node's pods works. */
  public boolean healthy() {
    return operator.getRuntimeInfo().allEventSourcesAreHealthy();
  }

  /** The policy says something else than before: pods that it held up may start now. */
  public void policyChanged() {
    reconciler.policyChanged();
  }

  /**
   * As whom an image of one of the node's pods is fetched, to be tried in turn; blocks.
   *
   * @throws io.virtualnodes.backend.RegistryLogins.Unreadable if that cannot be read for now
   */
  public List<RegistryLogin> logins(String podUid, String image) {
    return reconciler.logins(podUid, image);
  }

  /** Tells the owner of one of the node's pods. */
  public void tell(Incident incident) {
    reconciler.tell(incident);
  }

  /** The node's pods as last seen. */
  public Stream<Pod> pods() {
    return reconciler.pods();
  }

  /** The node's pod of this name. */
  public Optional<Pod> pod(String namespace, String name) {
    return pods()
        .filter(pod -> pod.getMetadata().getName().equals(name))
        .filter(pod -> pod.getMetadata().getNamespace().equals(namespace))
        .findFirst();
  }

  /** The id of a pod's group, once it was seen at the backend. */
  public Optional<GroupId> group(String podUid) {
    return reconciler.groupOf(podUid);
  }

  /** Ends the work on the node's pods; their groups go on. */
  @Override
  public void close() {
    operator.stop();
    reconciler.close();
  }
}
