package io.virtualnodes.emulator.arm;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.Conversation.Caller;
import io.virtualnodes.backend.Conversation.Size;
import io.virtualnodes.emulator.arm.WebSocketServer.Wire;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Conversations with containers: each is asked for, which is answered with an address and a
 * password, and is then held once by whoever comes there with it. A command's password is its first
 * message; that of an attachment is the header {@code Authorization}.
 */
final class ContainerTalks implements WebSocketServer.Guests, AutoCloseable {
  /** Azure does not publish it: an assumption. */
  static final Duration VALID = Duration.ofMinutes(1);

  private static final int NORMAL = 1000;
  private static final int POLICY = 1008;
  private static final int FAILED = 1011;
  private static final String ATTACH = "/attach/";
  private static final String EXEC = "/exec/";

  private final InstantSource clock;
  private final Faults faults;
  private final WebSocketServer server = new WebSocketServer(this);
  private final Map<String, Expected> expected = new ConcurrentHashMap<>();
  private final AtomicInteger begun = new AtomicInteger();

  private record Expected(String password, Instant until, Conversation conversation, Size size) {}

  ContainerTalks(InstantSource clock, Faults faults) {
    this.clock = clock;
    this.faults = faults;
  }

  static Size size(JsonNode asked) {
    var size = asked.path("terminalSize");
    return new Size(size.path("cols").asInt(80), size.path("rows").asInt(24));
  }

  ObjectNode exec(Conversation conversation, Size size) {
    return expect(EXEC, conversation, size);
  }

  ObjectNode attach(Conversation conversation) {
    return expect(ATTACH, conversation, new Size(1, 1));
  }

  private ObjectNode expect(String kind, Conversation conversation, Size size) {
    var path = kind + UUID.randomUUID();
    var bytes = new byte[18];
    new SecureRandom().nextBytes(bytes);
    var password = Base64.getEncoder().encodeToString(bytes);
    expected.put(path, new Expected(password, clock.instant().plus(VALID), conversation, size));
    var address =
        server.address(path)
            + "?api-version=1.0&rows=%d&cols=%d".formatted(size.rows(), size.columns());
    return JsonNodeFactory.instance
        .objectNode()
        .put("webSocketUri", address)
        .put("password", password);
  }

  /** How many conversations were begun, with the right password. */
  int begun() {
    return begun.get();
  }

  @Override
  public Optional<Integer> refuse(String path, Map<String, String> headers) {
    var known = Optional.ofNullable(expected.get(path));
    if (known.filter(one -> clock.instant().isBefore(one.until())).isEmpty()) {
      expected.remove(path);
      return Optional.of(404);
    }
    return path.startsWith(ATTACH) && !known.get().password().equals(headers.get("authorization"))
        ? Optional.of(401)
        : Optional.empty();
  }

  @Override
  public void receive(String path, Wire wire) throws IOException, InterruptedException {
    var talk = expected.remove(path);
    if (talk == null) {
      // Somebody else was faster.
      wire.end(POLICY);
      return;
    }
    boolean attaches = path.startsWith(ATTACH);
    if (!attaches) {
      var password = wire.read().map(bytes -> new String(bytes, UTF_8));
      if (!password.equals(Optional.of(talk.password()))) {
        wire.end(POLICY);
        return;
      }
    }
    begun.incrementAndGet();
    if (faults.isWithoutShells() && !attaches) {
      var words = "OCI runtime exec failed: exec failed: no such file or directory\r\n";
      wire.write(words.getBytes(UTF_8), words.length());
      wire.end(NORMAL);
      return;
    }
    hold(talk, attaches, wire);
  }

  private static void hold(Expected talk, boolean attaches, Wire wire)
      throws IOException, InterruptedException {
    var holder = Thread.currentThread();
    var watch =
        Thread.ofVirtual()
            .unstarted(
                () -> {
                  try (var input = new Typed(wire)) {
                    input.transferTo(OutputStream.nullOutputStream());
                  } catch (IOException e) {
                    holder.interrupt();
                  }
                });
    if (attaches) {
      watch.start();
    }
    var input = attaches ? InputStream.nullInputStream() : new Typed(wire);
    var output = new Shown(wire);
    var sizes = new java.util.ArrayDeque<>(java.util.List.of(talk.size()));
    try {
      talk.conversation()
          .hold(new Caller(input, output, output, () -> Optional.ofNullable(sizes.poll())));
      wire.end(NORMAL);
    } catch (BackendException e) {
      wire.end(FAILED);
    }
  }

  @Override
  public void close() {
    server.close();
  }

  /** What comes over a wire; its end is that of a terminal, by which a program is hung up. */
  private static final class Typed extends InputStream {
    private final Wire wire;
    private byte[] bytes = {};
    private int position;

    Typed(Wire wire) {
      this.wire = wire;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      read(one, 0, 1);
      return one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      while (position == bytes.length) {
        bytes = wire.read().orElseThrow(() -> new IOException("hung up"));
        position = 0;
      }
      int count = Math.min(length, bytes.length - position);
      System.arraycopy(bytes, position, target, offset, count);
      position += count;
      return count;
    }
  }

  /** What goes over a wire, in messages of an odd length, so that nobody relies on a good one. */
  private static final class Shown extends OutputStream {
    private static final int MESSAGE = 997;

    private final Wire wire;

    Shown(Wire wire) {
      this.wire = wire;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      for (int done = 0; done < length; done += MESSAGE) {
        int count = Math.min(MESSAGE, length - done);
        wire.write(
            java.util.Arrays.copyOfRange(bytes, offset + done, offset + done + count), count);
      }
    }
  }
}
