package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tells what a command writes from the marks of a {@link ShellScript} among it, however the bytes
 * are cut into pieces. Nothing else is kept back than what may be the beginning of a mark, and a
 * mark begins with a byte that hardly anybody writes: whoever types sees each letter at once.
 *
 * <p>A mark is the byte 1, the secret, a colon, a letter for its kind, some text and a semicolon.
 */
final class ShellMarks {
  /** The shell takes the script; the text is the code of {@code stty}, 0 if all is well. */
  static final char READY = 'R';

  /** The terminal is as it was; the text is its path, or nothing where that is not known. */
  static final char TERMINAL = 'T';

  /** The command has ended and reads no more; it may still be heard. */
  static final char ENDED = 'E';

  /** A program is missing that the script needs; the text is its name. */
  static final char MISSING = 'M';

  /** All was said; the text is the exit code of the command. */
  static final char EXIT = 'X';

  // A path of a terminal is the longest text of a mark.
  private static final int LONGEST_TEXT = 256;
  private static final byte END = ';';

  private final byte[] beginning;
  // What may be the beginning of a mark. A command's last bytes are never left here, since the mark
  // of its exit code follows them; if the connection breaks before, it is half a mark and nobody's
  // output.
  private byte[] kept = {};

  /** A part of what came. */
  sealed interface Piece {
    record Output(byte[] bytes) implements Piece {}

    record Mark(char kind, String text) implements Piece {}
  }

  ShellMarks(ShellScript script) {
    this.beginning = ("\001" + script.secretWhole() + ":").getBytes(US_ASCII);
  }

  /** What follows from all that came until now, in its order; each is handed out once. */
  List<Piece> read(byte[] bytes) {
    var all = Arrays.copyOf(kept, kept.length + bytes.length);
    System.arraycopy(bytes, 0, all, kept.length, bytes.length);
    kept = new byte[0];
    var pieces = new ArrayList<Piece>();
    int from = 0;
    for (int at = next(all, 0); at < all.length; at = next(all, from)) {
      int text = at + beginning.length;
      int end = text;
      while (end < all.length && all[end] != END && end - text <= LONGEST_TEXT) {
        end++;
      }
      addOutput(pieces, all, from, at);
      if (end >= all.length) {
        kept = Arrays.copyOfRange(all, at, all.length);
        return pieces;
      }
      if (end == text || all[end] != END) {
        // Whoever writes the secret and no mark has read it from the shell's own memory.
        addOutput(pieces, all, at, text);
        from = text;
        continue;
      }
      pieces.add(
          new Piece.Mark((char) all[text], new String(all, text + 1, end - text - 1, US_ASCII)));
      from = end + 1;
    }
    addOutput(pieces, all, from, all.length);
    return pieces;
  }

  /** Where a mark begins, or may begin; the end if none does. */
  private int next(byte[] all, int from) {
    for (int at = from; at < all.length; at++) {
      int length = Math.min(beginning.length, all.length - at);
      if (Arrays.equals(all, at, at + length, beginning, 0, length)) {
        return at;
      }
    }
    return all.length;
  }

  private static void addOutput(List<Piece> pieces, byte[] all, int from, int to) {
    if (from < to) {
      pieces.add(new Piece.Output(Arrays.copyOfRange(all, from, to)));
    }
  }
}
