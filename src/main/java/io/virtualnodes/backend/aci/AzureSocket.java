package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.BackendException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A WebSocket to a container, read and written by threads that block. It is read only as fast as
 * {@link #next} is called. One thread reads; many may write.
 */
final class AzureSocket implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(20);
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final Arrivals arrivals;
  private final WebSocket socket;
  private final Lock sending = new ReentrantLock();
  private boolean asked;

  /** What came over the connection. */
  sealed interface Arrival {
    record Bytes(byte[] bytes) implements Arrival {}

    /** The other side ended it. */
    record End() implements Arrival {}

    record Failure(Throwable cause) implements Arrival {}
  }

  private AzureSocket(Arrivals arrivals, WebSocket socket) {
    this.arrivals = arrivals;
    this.socket = socket;
  }

  /**
   * Connects. Neither the address nor the password is in any failure.
   *
   * @param password whether the password goes in the head of the request; if not it is to be sent
   *     first
   */
  static AzureSocket open(HttpClient client, Invitation invitation, boolean password)
      throws InterruptedException {
    var arrivals = new Arrivals();
    var builder = client.newWebSocketBuilder().connectTimeout(CONNECT);
    if (password) {
      builder.header("Authorization", invitation.password());
    }
    var connecting = builder.buildAsync(invitation.address(), arrivals);
    try {
      return new AzureSocket(arrivals, connecting.get(CONNECT.toSeconds(), TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      throw new BackendException.Unavailable(
          "the connection to the container could not be made: " + inWords(e.getCause()),
          e.getCause());
    } catch (TimeoutException e) {
      connecting.thenAccept(WebSocket::abort);
      throw new BackendException.Unavailable(
          "the connection to the container could not be made in time", e);
    } catch (InterruptedException e) {
      connecting.thenAccept(WebSocket::abort);
      throw e;
    }
  }

  private static String inWords(Throwable cause) {
    return cause instanceof WebSocketHandshakeException refused && refused.getResponse() != null
        ? "HTTP " + refused.getResponse().statusCode()
        : cause.getClass().getSimpleName();
  }

  /** Waits for what comes next. After an end or a failure nothing does. */
  Arrival next() throws InterruptedException {
    ask();
    return arrived(arrivals.queue.take());
  }

  /**
   * As {@link #next}.
   *
   * @return empty if nothing came in that time
   */
  Optional<Arrival> next(Duration patience) throws InterruptedException {
    ask();
    return Optional.ofNullable(arrivals.queue.poll(patience.toMillis(), TimeUnit.MILLISECONDS))
        .map(this::arrived);
  }

  private void ask() {
    if (!asked) {
      asked = true;
      socket.request(1);
    }
  }

  private Arrival arrived(Arrival arrival) {
    asked = false;
    return arrival;
  }

  /** Blocks until the connection has taken it. */
  void send(byte[] bytes) throws IOException, InterruptedException {
    sending.lockInterruptibly();
    try {
      var text = text(bytes);
      var sent =
          text.isPresent()
              ? socket.sendText(text.get(), true)
              : socket.sendBinary(ByteBuffer.wrap(bytes), true);
      sent.get();
    } catch (ExecutionException e) {
      throw new IOException("the connection to the container broke", e.getCause());
    } finally {
      sending.unlock();
    }
  }

  // Azure's own programs send text. What is none, such as half a letter, goes as bytes.
  private static Optional<CharSequence> text(byte[] bytes) {
    try {
      return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)));
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** Takes leave of the other side, as far as that takes no time. */
  @Override
  public void close() {
    socket
        .sendClose(WebSocket.NORMAL_CLOSURE, "")
        .orTimeout(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((_, _) -> socket.abort());
  }

  /** Ends it at once, and whoever is blocked in it. */
  void abort() {
    socket.abort();
    arrivals.queue.add(new Arrival.Failure(new IOException("broken off")));
  }

  /** Whether nothing more can be said. */
  boolean isOver() {
    return socket.isOutputClosed();
  }

  /** At most one is there, since one is asked for at a time, and a failure. */
  private static final class Arrivals implements WebSocket.Listener {
    private final BlockingQueue<Arrival> queue = new LinkedBlockingQueue<>();

    @Override
    public void onOpen(WebSocket webSocket) {
      // Nothing is asked for before somebody reads.
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      queue.add(new Arrival.Bytes(data.toString().getBytes(UTF_8)));
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
      var bytes = new byte[data.remaining()];
      data.get(bytes);
      queue.add(new Arrival.Bytes(bytes));
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
      queue.add(new Arrival.End());
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      // How the JDK puts an end without a farewell that comes while nothing was asked for.
      queue.add(error instanceof InternalError ? new Arrival.End() : new Arrival.Failure(error));
    }
  }
}
