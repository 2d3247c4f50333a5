package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Tells whether what comes as the first output of a command is its own, or what the engine says in
 * the stead of one that it could not begin. Everything else is passed on as it comes.
 */
final class StartRefusal extends OutputStream {
  /** How the runtime's sentence begins. */
  static final String BEGINNING = "OCI runtime exec failed";

  /** A shell's for what cannot be executed, and for what is not there. */
  static final int NOT_EXECUTABLE = 126;

  static final int NOT_FOUND = 127;
  private static final Set<Integer> CODES = Set.of(NOT_EXECUTABLE, NOT_FOUND);
  private static final byte[] PREFIX = BEGINNING.getBytes(UTF_8);
  private static final int LONGEST_SENTENCE = 8 << 10;

  private final OutputStream target;
  // What may be such a sentence; nothing once it is known that it is none.
  private Optional<ByteArrayOutputStream> kept = Optional.of(new ByteArrayOutputStream());

  StartRefusal(OutputStream target) {
    this.target = target;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (kept.isEmpty()) {
      target.write(bytes, offset, length);
      return;
    }
    kept.get().write(bytes, offset, length);
    if (!mayBeOne(kept.get().toByteArray())) {
      release();
    }
  }

  private static boolean mayBeOne(byte[] bytes) {
    int common = Math.min(bytes.length, PREFIX.length);
    return bytes.length <= LONGEST_SENTENCE && Arrays.equals(bytes, 0, common, PREFIX, 0, common);
  }

  @Override
  public void flush() throws IOException {
    if (kept.isEmpty()) {
      target.flush();
    }
  }

  /** What was kept back is the command's own. */
  void release() throws IOException {
    if (kept.isPresent()) {
      kept.get().writeTo(target);
      kept = Optional.empty();
      target.flush();
    }
  }

  /**
   * The sentence, if a command that ended so never began.
   *
   * @param code as the engine has it
   */
  Optional<String> sentence(int code) {
    return kept.map(bytes -> bytes.toString(UTF_8))
        .filter(text -> CODES.contains(code) && text.startsWith(BEGINNING));
  }

  /** The code that a shell has for it: engines tell them apart differently. */
  static int code(String sentence) {
    var words = sentence.toLowerCase(Locale.ROOT);
    return words.contains("executable file not found") || words.contains("no such file")
        ? NOT_FOUND
        : NOT_EXECUTABLE;
  }
}
