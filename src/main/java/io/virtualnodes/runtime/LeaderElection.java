package io.virtualnodes.runtime;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
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

  private volatile boolean stopping;

  void onStop(@Observes @Priority(1) ShutdownEvent event) {
    stopping = true;
  }

  @Produces
  @Singleton
  LeaderElectionConfiguration configuration(KubernetesClient client) {
    return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
        .withLeaseNamespace(
            Optional.ofNullable(client.getConfiguration().getNamespace()).orElse(DEFAULT_NAMESPACE))
        .withLeaseDuration(LEASE_DURATION)
        .withRenewDeadline(RENEW_DEADLINE)
        .withRetryPeriod(RETRY_PERIOD)
        .withLeaderCallbacks(
            new LeaderCallbacks(
                () -> log.info("leading"),
                this::lost,
                leader -> log.atInfo().addKeyValue("leader", leader).log("leader seen")))
        .build();
  }

  private void lost() {
    if (!stopping) {
      log.error("the lead was lost; ending, so that no two replicas work on the same pods");
      Runtime.getRuntime().halt(1);
    }
  }
}
