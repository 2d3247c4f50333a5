package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventOutboxTest {
  private static final int MORE_THAN_IT_HOLDS = 1500;

  private record Written(String message, long nanos) {}

  private final BlockingQueue<Written> written = new LinkedBlockingQueue<>();
  private final CountDownLatch open = new CountDownLatch(1);
  private HttpServer server;
  private KubernetesClient client;
  private EventOutbox outbox;
  private volatile int code = 201;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/v1/namespaces/shop/events",
        exchange -> {
          var body = exchange.getRequestBody().readAllBytes();
          awaitOpen();
          var message =
              Serialization.unmarshal(new ByteArrayInputStream(body), Event.class).getMessage();
          written.add(new Written(message, System.nanoTime()));
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(code, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    var config = Config.empty();
    config.setMasterUrl("http://127.0.0.1:" + server.getAddress().getPort());
    config.setRequestRetryBackoffLimit(0);
    client = new KubernetesClientBuilder().withConfig(config).build();
    outbox = new EventOutbox("burst-0", client);
  }

  @AfterEach
  void stop() {
    outbox.close();
    open.countDown();
    client.close();
    server.stop(0);
  }

  @Test
  void eventsAreWrittenInTheirOrder() throws InterruptedException {
    open.countDown();
    IntStream.range(0, 5).forEach(number -> outbox.add(event(number)));

    assertThat(first(5)).extracting(Written::message).containsExactly("0", "1", "2", "3", "4");
  }

  @Test
  void afterTheFirstHundredTheyAreWrittenAtAKubeletsPace() throws InterruptedException {
    open.countDown();
    IntStream.range(0, 130).forEach(number -> outbox.add(event(number)));

    var all = first(130);
    assertThat(Duration.ofNanos(all.getLast().nanos() - all.getFirst().nanos()))
        .isGreaterThan(Duration.ofMillis(500));
  }

  @Test
  void anApiServerThatDoesNotAnswerHoldsUpNobodyAndWhatIsTooMuchIsDropped()
      throws InterruptedException {
    IntStream.range(0, MORE_THAN_IT_HOLDS).forEach(number -> outbox.add(event(number)));

    open.countDown();
    assertThat(first(1).getFirst().message()).isEqualTo("0");
  }

  @Test
  void oneThatIsRefusedDoesNotKeepTheNextFromBeingWritten() throws InterruptedException {
    open.countDown();
    code = 403;
    outbox.add(event(0));
    first(1);
    code = 201;
    outbox.add(event(1));

    assertThat(first(1).getFirst().message()).isEqualTo("1");
  }

  private void awaitOpen() {
    try {
      open.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Written> first(int count) throws InterruptedException {
    var first = new ArrayList<Written>();
    while (first.size() < count) {
      first.add(Optional.ofNullable(written.poll(30, TimeUnit.SECONDS)).orElseThrow());
    }
    return first;
  }

  private static Event event(int number) {
    var subject =
        new ObjectReferenceBuilder()
            .withKind("Pod")
            .withNamespace("shop")
            .withName("web-" + number)
            .build();
    return OperatorEvent.about(
        subject, Optional.of("burst-0"), PodEventReason.LAUNCHED, "" + number, Instant.now());
  }
}
