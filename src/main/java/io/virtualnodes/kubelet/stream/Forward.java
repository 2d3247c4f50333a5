package io.virtualnodes.kubelet.stream;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.Streams;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One forwarded connection. Each direction ends for itself. Its error stream gets a word only if
 * the port could not be reached at all: kubectl gives up all of its connections over a word on one
 * of them.
 */
final class Forward {
  private static final Logger log = LoggerFactory.getLogger(Forward.class);

  private final Streams.Ports ports;
  private final ForwardStreams.Pair pair;
  private final Duration leave;
  private volatile Optional<Link> link = Optional.empty();

  /**
   * @param leave how long the client may take to end, once the port has
   */
  Forward(Streams.Ports ports, ForwardStreams.Pair pair, Duration leave) {
    this.ports = ports;
    this.pair = pair;
    this.leave = leave;
  }

  /** Connects and copies until both directions have ended, or the thread is interrupted. */
  void run() {
    try {
      var connected = ports.connect(pair.port());
      link = Optional.of(connected);
      pair.data().onCut(() -> close(connected));
      copy(connected);
    } catch (IOException | BackendException e) {
      tell(e.getMessage());
    } catch (InterruptedException _) {
      // The session ends, and this with it.
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("a connection to a port failed", e);
      tell("the virtual node failed inside");
    } finally {
      cut();
      pair.data().reset();
      pair.error().reset();
    }
  }

  /** Ends what is connected. Whoever copies is told by failing. */
  void cut() {
    link.ifPresent(Forward::close);
  }

  private void copy(Link connected) throws InterruptedException {
    var up = Thread.ofVirtual().name("kubelet-to-port").start(() -> toPort(connected));
    fromPort(connected);
    up.join(leave);
  }

  private void fromPort(Link connected) {
    var data = pair.data().output();
    try {
      pour(connected.input(), data);
      close(data);
    } catch (IOException e) {
      // Not a regular end, so that nobody takes what came for all.
      log.debug("a connection to a port broke off", e);
      pair.data().reset();
    }
    close(pair.error().output());
  }

  private void toPort(Link connected) {
    try {
      pour(pair.data().input(), connected.output());
      connected.endOutput();
    } catch (IOException e) {
      log.debug("a connection to a port takes no more", e);
    }
    // What the client still sends must not keep its other connections waiting.
    close(pair.data().input());
  }

  private static void pour(InputStream from, OutputStream to) throws IOException {
    var piece = new byte[Flow.PIECE];
    for (int count = from.read(piece); count >= 0; count = from.read(piece)) {
      to.write(piece, 0, count);
    }
  }

  private void tell(String sentence) {
    try (var error = pair.error().output()) {
      error.write(sentence.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      log.debug("a client did not hear why a port cannot be reached: {}", sentence, e);
    }
  }

  private static void close(AutoCloseable one) {
    try {
      one.close();
    } catch (Exception e) {
      // Nothing is lost: both directions are over, or are to be.
      log.debug("an end of a connection to a port did not close cleanly", e);
    }
  }
}
