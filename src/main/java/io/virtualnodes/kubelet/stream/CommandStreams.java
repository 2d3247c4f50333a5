package io.virtualnodes.kubelet.stream;

import io.virtualnodes.backend.Channels;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The streams of one conversation with a process, by what is said on them. */
final class CommandStreams {
  /** The header that tells what a stream is for. */
  static final String TYPE = "streamtype";

  static final String INPUT = "stdin";
  static final String OUTPUT = "stdout";
  static final String ERRORS = "stderr";

  /** Tells how it ended. */
  static final String END = "error";

  static final String SIZES = "resize";

  private final Map<String, ByteStream> streams;

  private CommandStreams(Map<String, ByteStream> streams) {
    this.streams = Map.copyOf(streams);
  }

  /**
   * Waits until the client has opened all of them.
   *
   * @throws IOException if it did not in time, or is gone
   */
  static CommandStreams opened(
      StreamConnection connection, Channels channels, Protocol protocol, Duration wait)
      throws IOException, InterruptedException {
    var expected = expected(channels, protocol);
    var opened = new HashMap<String, ByteStream>();
    long deadline = System.nanoTime() + wait.toNanos();
    while (opened.size() < expected.size()) {
      var left = Duration.ofNanos(deadline - System.nanoTime());
      var stream =
          connection
              .next(left)
              .orElseThrow(
                  () -> new IOException("the client did not open its streams within " + wait));
      var type = stream.header(TYPE).orElse("");
      if (expected.contains(type) && !opened.containsKey(type)) {
        stream.accept();
        opened.put(type, stream);
      } else {
        stream.reset();
      }
    }
    return new CommandStreams(opened);
  }

  private static Set<String> expected(Channels channels, Protocol protocol) {
    var expected = new HashSet<String>();
    expected.add(END);
    if (channels.input()) {
      expected.add(INPUT);
    }
    if (channels.output()) {
      expected.add(OUTPUT);
    }
    if (channels.errors()) {
      expected.add(ERRORS);
    }
    if (channels.terminal() && protocol.tellsSize()) {
      expected.add(SIZES);
    }
    return expected;
  }

  InputStream input() {
    return streams.containsKey(INPUT) ? streams.get(INPUT).input() : InputStream.nullInputStream();
  }

  OutputStream output() {
    return sink(OUTPUT);
  }

  OutputStream errors() {
    return sink(ERRORS);
  }

  private OutputStream sink(String type) {
    return streams.containsKey(type) ? streams.get(type).output() : OutputStream.nullOutputStream();
  }

  /** Empty at once if the client tells none. */
  InputStream sizes() {
    return streams.containsKey(SIZES) ? streams.get(SIZES).input() : InputStream.nullInputStream();
  }

  /** Ends what the process wrote, then tells how it ended. */
  void end(String words) throws IOException {
    closeOutputs();
    try (var end = streams.get(END).output()) {
      end.write(words.getBytes(StandardCharsets.UTF_8));
    }
  }

  private void closeOutputs() throws IOException {
    for (var type : new String[] {OUTPUT, ERRORS}) {
      if (streams.containsKey(type)) {
        streams.get(type).output().close();
      }
    }
  }
}
