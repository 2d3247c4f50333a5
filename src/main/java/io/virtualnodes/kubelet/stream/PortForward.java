package io.virtualnodes.kubelet.stream;

import io.virtualnodes.backend.Streams;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects pairs of a client's streams with ports, any number one after the other and a limited one
 * at once.
 */
final class PortForward {
  private static final Logger log = LoggerFactory.getLogger(PortForward.class);

  private final Streams.Ports ports;
  private final StreamLimits limits;
  private final Set<Forward> running = ConcurrentHashMap.newKeySet();

  PortForward(Streams.Ports ports, StreamLimits limits) {
    this.ports = ports;
    this.limits = limits;
  }

  /** Until its end, whoever brings that about. The session is settled then. */
  void hold(StreamConnection connection, Session session) {
    var threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("kubelet-port-", 0).factory());
    try {
      serve(connection, threads);
    } catch (IOException e) {
      log.debug("a client that forwards ports is gone", e);
    } catch (InterruptedException _) {
      // Told to end, by the reason that the session knows.
      log.debug("a session that forwards ports was ended");
    } finally {
      var ending = session.settle();
      running.forEach(Forward::cut);
      threads.shutdownNow();
      await(threads);
      connection.finish(ending);
    }
  }

  private void serve(StreamConnection connection, ExecutorService threads)
      throws IOException, InterruptedException {
    var streams = new ForwardStreams(limits.creation());
    // What cannot grow has all of its streams already.
    var wait = connection.extensible() ? limits.creation() : Duration.ZERO;
    var stream = connection.next(wait);
    while (stream.isPresent() || connection.extensible()) {
      stream.flatMap(streams::add).ifPresent(pair -> start(pair, threads));
      streams.giveUpOld();
      stream = connection.next(wait);
    }
    threads.shutdown();
    threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }

  private void start(ForwardStreams.Pair pair, ExecutorService threads) {
    if (running.size() >= limits.forwards()) {
      pair.data().reset();
      pair.error().reset();
      return;
    }
    var forward = new Forward(ports, pair, limits.leave());
    running.add(forward);
    threads.execute(
        () -> {
          try {
            forward.run();
          } finally {
            running.remove(forward);
          }
        });
  }

  private void await(ExecutorService threads) {
    try {
      if (!threads.awaitTermination(limits.leave().toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("connections to ports outlive the session that they belong to");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
