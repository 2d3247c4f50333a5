package io.virtualnodes.install;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Probe;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One of a container's probes, asked for as the manifest says. Used by one thread.
 *
 * <p>A probe has passed or failed once it did so often enough in a row; until then it is as it was.
 */
final class Probing {
  private final HttpClient client;
  private final Probe probe;
  private final URI uri;
  private Instant next;
  private int inARow;
  private boolean latest;
  private boolean passed;
  private boolean failed;

  private Probing(HttpClient client, Probe probe, URI uri, Instant start) {
    this.client = client;
    this.probe = probe;
    this.uri = uri;
    this.next = start.plusSeconds(seconds(probe.getInitialDelaySeconds(), 0));
  }

  static Probing of(
      HttpClient client, Container container, Probe probe, String address, Instant start) {
    var get = probe.getHttpGet();
    int port =
        Optional.ofNullable(get.getPort().getIntVal())
            .orElseGet(
                () ->
                    container.getPorts().stream()
                        .filter(named -> named.getName().equals(get.getPort().getStrVal()))
                        .map(ContainerPort::getContainerPort)
                        .findFirst()
                        .orElseThrow());
    return new Probing(
        client, probe, URI.create("http://" + address + ":" + port + get.getPath()), start);
  }

  /** Asks, if its time has come. */
  void ask(Instant now) throws InterruptedException {
    if (now.isBefore(next)) {
      return;
    }
    next = now.plusSeconds(seconds(probe.getPeriodSeconds(), 10));
    boolean answer = answers();
    inARow = answer == latest ? inARow + 1 : 1;
    latest = answer;
    if (answer && inARow >= seconds(probe.getSuccessThreshold(), 1)) {
      passed = true;
      failed = false;
    } else if (!answer && inARow >= seconds(probe.getFailureThreshold(), 3)) {
      passed = false;
      failed = true;
    }
  }

  boolean passed() {
    return passed;
  }

  boolean failed() {
    return failed;
  }

  private boolean answers() throws InterruptedException {
    var request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(seconds(probe.getTimeoutSeconds(), 1)))
            .build();
    try {
      int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      return status >= 200 && status < 400;
    } catch (IOException e) {
      return false; // which is what a kubelet takes it for
    }
  }

  private static int seconds(Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }
}
