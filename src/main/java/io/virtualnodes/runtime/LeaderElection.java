package io.virtualnodes.runtime;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.virtualnodes.metrics.Meters;
import io.virtualnodes.metrics.Metric;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides which replica runs pools: the one that holds a lease in the operator's namespace. */
@ApplicationScoped
public class LeaderElection {
  private static final Logger log = LoggerFactory.getLogger(LeaderElection.class);

  private static final String LEASE = "virtual-nodes-operator";
  private static final String DEFAULT_NAMESPACE = "virtual-nodes";

  // Well below the 40 seconds of a node's lease, so that nodes stay ready over a hand-over.
  private static final Duration LEASE_DURATION = Duration.ofSeconds(15);
  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);

  // In a cluster the pod's name, so that its container, started again, goes on with its own lease.
  private final String identity =
      Optional.ofNullable(System.getenv("HOSTNAME"))
          .filter(name -> !name.isBlank())
          .orElseGet(() -> UUID.randomUUID().toString());

  private volatile boolean stopping;
  // Held here, since whoever shows it does not.
  private final AtomicBoolean leading = new AtomicBoolean();

  LeaderElection(MeterRegistry registry) {
    new Meters(registry).gauge(Metric.LEADER, leading, state -> state.get() ? 1 : 0);
  }

  void onStop(@Observes @Priority(1) ShutdownEvent event) {
    stopping = true;
  }

  @Produces
  @Singleton
  LeaderElectionConfiguration configuration(KubernetesClient client) {
    return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
        .withLeaseNamespace(namespace(client))
        .withIdentity(identity)
        .withLeaseDuration(LEASE_DURATION)
        .withRenewDeadline(RENEW_DEADLINE)
        .withRetryPeriod(RETRY_PERIOD)
        .withLeaderCallbacks(
            new LeaderCallbacks(
                this::won,
                this::lost,
                leader -> log.atInfo().addKeyValue("leader", leader).log("leader seen")))
        .build();
  }

  /**
   * Gives the lead away, so that the next replica need not wait until the lease runs out. Only for
   * when nothing of this process works on pods any more and the election has ended.
   */
  void release(KubernetesClient client) {
    var lock = new LeaseLock(namespace(client), LEASE, identity);
    try {
      var record = lock.get(client);
      if (record != null && identity.equals(record.getHolderIdentity())) {
        lock.update(client, nobody(record.getLeaderTransitions()));
        log.info("lead given away");
      }
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("failure", e.getMessage())
          .log("lead not given away; the next replica waits until the lease runs out");
    }
  }

  /** What client-go writes. Null would be left out of the patch, and the holder stay. */
  private static LeaderElectionRecord nobody(int transitions) {
    var now = ZonedDateTime.now(ZoneOffset.UTC);
    return new LeaderElectionRecord("", Duration.ofSeconds(1), now, now, transitions);
  }

  private static String namespace(KubernetesClient client) {
    return Optional.ofNullable(client.getConfiguration().getNamespace()).orElse(DEFAULT_NAMESPACE);
  }

  private void won() {
    leading.set(true);
    log.info("leading");
    // After as long the election gives up, too.
    Standstill.watch(RENEW_DEADLINE);
  }

  private void lost() {
    leading.set(false);
    if (!stopping) {
      log.error("the lead was lost; ending, so that no two replicas work on the same pods");
      Runtime.getRuntime().halt(1);
    }
  }
}
