package io.virtualnodes.backend.simulated;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * What a terminal does between one who types and a program: it shows what is typed, hands it over
 * line by line, lets the last character be taken back, and knows two keys that mean something.
 */
final class SimulatedTerminal extends InputStream {
  private static final int INTERRUPT = 3;
  private static final int END = 4;
  private static final int BACKSPACE = 8;
  private static final int DELETE = 127;
  private static final int FIRST_VISIBLE = 32;
  private static final byte[] NEW_LINE = {'\r', '\n'};
  private static final byte[] TAKEN_BACK = {'\b', ' ', '\b'};

  private final InputStream keys;
  private final OutputStream screen;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private byte[] whole = {};
  private int position;

  /** The key by which a program is broken off was typed. */
  static final class Break extends IOException {
    private static final long serialVersionUID = 1L;

    Break() {
      super("broken off");
    }
  }

  SimulatedTerminal(InputStream keys, OutputStream screen) {
    this.keys = keys;
    this.screen = screen;
  }

  /** Where a program writes: a terminal begins a line where one begins. */
  OutputStream output() {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        if (one == '\n') {
          screen.write('\r');
        }
        screen.write(one);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        var shown = new ByteArrayOutputStream();
        for (int i = offset; i < offset + length; i++) {
          if (bytes[i] == '\n') {
            shown.write('\r');
          }
          shown.write(bytes[i]);
        }
        shown.writeTo(screen);
      }

      @Override
      public void flush() throws IOException {
        screen.flush();
      }
    };
  }

  @Override
  public int read() throws IOException {
    if (position == whole.length && !next()) {
      return -1;
    }
    return whole[position++] & 0xff;
  }

  /** A line at most, as a program gets it from a terminal. */
  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position == whole.length && !next()) {
      return -1;
    }
    int count = Math.min(length, whole.length - position);
    System.arraycopy(whole, position, target, offset, count);
    position += count;
    return count;
  }

  /** Whether there is more. */
  private boolean next() throws IOException {
    while (true) {
      int key = keys.read();
      switch (key) {
        case -1, END -> {
          // In the midst of a line it only hands over what is there.
          return handOver();
        }
        case '\r', '\n' -> {
          show(NEW_LINE);
          line.write('\n');
          return handOver();
        }
        case INTERRUPT -> {
          show("^C\r\n".getBytes(UTF_8));
          line.reset();
          throw new Break();
        }
        case BACKSPACE, DELETE -> takeBack();
        default -> {
          if (key >= FIRST_VISIBLE || key == '\t') {
            line.write(key);
            show(new byte[] {(byte) key});
          }
        }
      }
    }
  }

  private void takeBack() throws IOException {
    var typed = line.toByteArray();
    if (typed.length > 0) {
      line.reset();
      line.write(typed, 0, typed.length - 1);
      show(TAKEN_BACK);
    }
  }

  private boolean handOver() {
    whole = line.toByteArray();
    position = 0;
    line.reset();
    return whole.length > 0;
  }

  private void show(byte[] bytes) throws IOException {
    screen.write(bytes);
    screen.flush();
  }
}
