package io.virtualnodes.backend.aci;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Takes a command's output and its errors apart, which come over one terminal. Each has an alphabet
 * of its own, {@code 0-9a-f} and {@code g-v}, of which two letters are a byte: so it does not
 * matter how the two are mixed, nor whether the way carries anything but text.
 */
final class TwoOutputs {
  private static final int PIECE = 8 << 10;

  private final Half output;
  private final Half errors;

  TwoOutputs(OutputStream output, OutputStream errors) {
    this.output = new Half(output);
    this.errors = new Half(errors);
  }

  /**
   * Hands on what is in this, and blocks as long as nobody takes it.
   *
   * @throws IOException if there is something else among it, or nobody listens any more
   */
  void take(byte[] encoded) throws IOException {
    for (byte letter : encoded) {
      if (letter >= '0' && letter <= '9') {
        output.add(letter - '0');
      } else if (letter >= 'a' && letter <= 'f') {
        output.add(letter - 'a' + 10);
      } else if (letter >= 'g' && letter <= 'v') {
        errors.add(letter - 'g');
      } else {
        throw new IOException(
            "the command wrote to the terminal itself, which cannot be told from its output here;"
                + " run it with a terminal (-it)");
      }
    }
    output.pass();
    errors.pass();
  }

  /** Whether no byte is there by half. */
  boolean areWhole() {
    return output.high < 0 && errors.high < 0;
  }

  private static final class Half {
    private final OutputStream target;
    private final byte[] bytes = new byte[PIECE];
    private int count;
    // The first letter of a byte of which the second has not come; below 0 if there is none.
    private int high = -1;

    Half(OutputStream target) {
      this.target = target;
    }

    void add(int value) throws IOException {
      if (high < 0) {
        high = value;
        return;
      }
      bytes[count++] = (byte) (high << 4 | value);
      high = -1;
      if (count == PIECE) {
        pass();
      }
    }

    void pass() throws IOException {
      if (count > 0) {
        target.write(bytes, 0, count);
        target.flush();
        count = 0;
      }
    }
  }
}
