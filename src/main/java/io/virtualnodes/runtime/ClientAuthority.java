package io.virtualnodes.runtime;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authority that signs client certificates of this cluster, as the API server itself publishes
 * it; read again now and then, since it may be replaced.
 */
final class ClientAuthority implements Supplier<String>, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClientAuthority.class);

  // https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
  private static final String NAMESPACE = "kube-system";
  private static final String CONFIG_MAP = "extension-apiserver-authentication";
  private static final String KEY = "client-ca-file";

  private static final Duration REREAD = Duration.ofMinutes(5);
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final KubernetesClient client;
  private final Thread reader;
  private volatile String pem = "";

  ClientAuthority(KubernetesClient client) {
    this.client = client;
    this.reader = Thread.ofVirtual().name("client-authority").start(this::keepReading);
  }

  /** Certificates in PEM; empty until they were read once. */
  @Override
  public String get() {
    return pem;
  }

  private void keepReading() {
    try {
      while (true) {
        Thread.sleep(read() ? REREAD : RETRY);
      }
    } catch (InterruptedException e) {
      // close() ends it this way.
    }
  }

  private boolean read() {
    try {
      var configMap = client.configMaps().inNamespace(NAMESPACE).withName(CONFIG_MAP).get();
      if (configMap != null
          && configMap.getData() != null
          && configMap.getData().get(KEY) != null) {
        pem = configMap.getData().get(KEY);
        return true;
      }
      log.warn("the cluster publishes no client CA; nobody can be authenticated at the nodes yet");
    } catch (KubernetesClientException e) {
      log.atWarn().addKeyValue("failure", e.getMessage()).log("client CA not read yet");
    }
    return false;
  }

  @Override
  public void close() {
    reader.interrupt();
  }
}
