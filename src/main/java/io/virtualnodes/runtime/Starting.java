package io.virtualnodes.runtime;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.Operator;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts JOSDK's operator once the API server answers, and ends it. */
@ApplicationScoped
public class Starting {
  private static final Logger log = LoggerFactory.getLogger(Starting.class);
  private static final Duration BETWEEN_TRIES = Duration.ofSeconds(2);

  private final Operator operator;
  private final KubernetesClient client;
  private final Thread starter;
  private boolean started;
  // Without the lock, which the start holds for as long as it takes.
  private volatile boolean stopping;

  Starting(Operator operator, KubernetesClient client) {
    this.operator = operator;
    this.client = client;
    this.starter = Thread.ofPlatform().name("start").unstarted(this::start);
  }

  /** Returns at once: probes answer while the API server is waited for, and caches fill. */
  void onStart(@Observes StartupEvent event) {
    starter.start();
  }

  /** Before everything else, so that nothing is started any more. */
  void onStop(@Observes @Priority(1) ShutdownEvent event) {
    stopping = true;
    starter.interrupt();
  }

  /** Ends the operator, if it was started. */
  synchronized void stopOperator() {
    if (started) {
      operator.stop();
    }
  }

  private void start() {
    try {
      while (!answers()) {
        Thread.sleep(BETWEEN_TRIES);
      }
    } catch (InterruptedException e) {
      return;
    }
    try {
      startOperator();
    } catch (RuntimeException e) {
      if (!stopping) {
        log.error("the operator cannot be started; ending", e);
        Quarkus.asyncExit(1);
      }
    }
  }

  private synchronized void startOperator() {
    if (!stopping) {
      started = true;
      operator.start();
    }
  }

  private boolean answers() {
    try {
      client.getKubernetesVersion();
      return true;
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("address", client.getMasterUrl())
          .addKeyValue("failure", e.getMessage())
          .log("the API server does not answer; waiting for it");
      return false;
    }
  }
}
