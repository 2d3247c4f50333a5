package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** When the process that beats for a node should be started anew, and when that would not help. */
class NodeHeartbeatTest {
  private static final Instant NOON = Instant.parse("2026-05-01T12:00:00Z");
  private static final Duration JUST_LONG_ENOUGH = NodeHeartbeat.STUCK.plusMillis(1);

  @Test
  void oneThatStandsStillIsDeadAfterAMinute() {
    var never = new CountDownLatch(1);
    try (var client = clientOf(1);
        var heartbeat = heartbeat(client, () -> waitFor(never))) {
      heartbeat.start();

      assertThat(heartbeat.alive(NOON.plus(NodeHeartbeat.STUCK))).isTrue();
      assertThat(heartbeat.alive(NOON.plus(JUST_LONG_ENOUGH))).isFalse();
    }
  }

  @Test
  void oneWhoseThreadEndedIsDeadAtOnce() {
    try (var client = clientOf(1);
        var heartbeat =
            heartbeat(
                client,
                () -> {
                  throw new StackOverflowError("of this test");
                })) {
      heartbeat.start();

      // The thread ends by what it threw, as it is to.
      Awaitility.await().dontCatchUncaughtExceptions().until(() -> !heartbeat.alive(NOON));
    }
  }

  @Test
  void oneThatFailsWithADefectGoesOn() {
    var beats = new CountDownLatch(2);
    try (var client = clientOf(1);
        var heartbeat =
            heartbeat(
                client,
                () -> {
                  beats.countDown();
                  throw new IllegalStateException("of this test");
                })) {
      heartbeat.start();
      Awaitility.await().until(() -> beats.getCount() == 1);
      heartbeat.changed();

      Awaitility.await().until(() -> beats.getCount() == 0);
      assertThat(heartbeat.alive(NOON)).isTrue();
    }
  }

  /** Nobody listens there: another process would fare no better. */
  @Test
  void oneWithoutAnApiServerGoesOn() throws IOException {
    var asked = new CountDownLatch(2);
    try (var client = clientOf(closedPort());
        var heartbeat =
            heartbeat(
                client,
                () -> {
                  asked.countDown();
                  return null;
                })) {
      heartbeat.start();
      Awaitility.await().until(() -> asked.getCount() == 1);
      heartbeat.changed();

      Awaitility.await().until(() -> asked.getCount() == 0);
      assertThat(heartbeat.alive(NOON)).isTrue();
    }
  }

  @Test
  void nobodyExpectsABeatBeforeTheStartAndAfterTheEnd() {
    var never = new CountDownLatch(1);
    try (var client = clientOf(1)) {
      var heartbeat = heartbeat(client, () -> waitFor(never));
      assertThat(heartbeat.alive(NOON.plus(Duration.ofDays(1)))).isTrue();

      heartbeat.start();
      heartbeat.close();

      assertThat(heartbeat.alive(NOON.plus(Duration.ofDays(1)))).isTrue();
    }
  }

  private static NodeHeartbeat heartbeat(
      KubernetesClient client, Supplier<NodeStatusReport.Facts> facts) {
    return new NodeHeartbeat("burst-0", client, facts, InstantSource.fixed(NOON));
  }

  private static NodeStatusReport.Facts waitFor(CountDownLatch never) {
    try {
      never.await();
      throw new AssertionError("nobody counts it down");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** As a node's own: nothing is tried again. */
  private static KubernetesClient clientOf(int port) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder()
                .withMasterUrl("http://127.0.0.1:" + port)
                .withRequestRetryBackoffLimit(0)
                .build())
        .build();
  }

  private static int closedPort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
