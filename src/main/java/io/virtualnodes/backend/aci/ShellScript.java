package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.Conversation.Size;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What is typed into the shell of a container to have a command run there. Azure starts one program
 * without any argument, at a terminal, and tells no exit code: so a shell is started, and the rest
 * is up to what it is told. That it is understood by dash, bash and busybox is tested.
 *
 * <p>What the shell has to tell, it tells in {@linkplain ShellMarks marks}, which nobody else can
 * write: they begin with a secret that is made anew for each shell.
 *
 * @param first half of the secret, in hexadecimal
 * @param second half of it: where the halves are typed they stand apart, so that the terminal's
 *     echo of it is no mark
 */
record ShellScript(String first, String second) {
  /** The program that Azure is asked to start. */
  static final String SHELL = "/bin/sh";

  /** A line that says that there is no more input; what is input never looks like it. */
  static final String END_OF_INPUT = ".\n";

  /**
   * A line that lets the shell end, once all that it said was heard: a connection that is cut takes
   * what is still on its way along.
   */
  static final String FAREWELL = "..\n";

  /** How many bytes of the input go into a line. */
  static final int BYTES_IN_A_LINE = 1000;

  private static final int SECRET_BYTES = 16;
  private static final String PLAIN = " /_:,=+@";
  // What may stand between single quotes in a line.
  private static final Pattern QUOTABLE = Pattern.compile("[ -&(-~]*");
  private static final SecureRandom RANDOM = new SecureRandom();

  // A piece at a time, so that it is written as soon as it is there: dd reads once. Whoever wanted
  // larger pieces would have od begin less often, and the shell hold more.
  private static final String PASS_ON_ENCODED =
      "e(){ while x=$(dd bs=$1 count=1 2>/dev/null|od -An -v -tx1|tr -d ' \\n'|tr 0-9a-f $2)"
          + "&&[ -n \"$x\" ];do printf %s \"$x\";done;};";
  private static final String AWAIT_FAREWELL = "while IFS= read -r l&&[ \"$l\" != .. ];do :;done";
  private static final String READ_INPUT =
      "i(){ while IFS= read -r l&&[ \"$l\" != . ];do printf \"$l\"||break;done;};";

  static ShellScript random() {
    return new ShellScript(secret(), secret());
  }

  private static String secret() {
    var bytes = new byte[SECRET_BYTES];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  String secretWhole() {
    return first + second;
  }

  /**
   * The first line: puts a shell that is not interactive in the place of the one that Azure
   * started, and has it read the rest without a terminal's ways. It is shorter than what any shell
   * or terminal takes as a line. The mark {@link ShellMarks#READY} has the code of {@code stty}.
   */
  String begin() {
    // The blank keeps it out of a history.
    return " exec %s -c 'o=$(stty -g)&&stty raw -echo;printf \"\\001%%s%%s:%c%%s;\" %s %s $?;IFS= read -r s;eval \"$s\"'\n"
        .formatted(SHELL, ShellMarks.READY, first, second);
  }

  /** The second line, for a command that sees the terminal. */
  String atTerminal(List<String> words) {
    return set(words)
        + "trap : INT QUIT;stty \"$o\";"
        + mark(ShellMarks.TERMINAL, "$(tty 2>/dev/null)")
        + ";(exec \"$@\");"
        + mark(ShellMarks.EXIT, "$?")
        + ";"
        + AWAIT_FAREWELL
        + "\n";
  }

  /**
   * The second line, for a command that sees no terminal. Its output and errors come in the
   * encodings of {@link TwoOutputs}, since the terminal would mix them up and may carry text only.
   *
   * @param input whether it reads what is typed after this, as {@link #input} encodes it, up to
   *     {@link #END_OF_INPUT}
   */
  String withoutTerminal(List<String> words, boolean input) {
    var ended = mark(ShellMarks.ENDED, "");
    return set(words)
        + "for t in dd od tr;do command -v $t>/dev/null||{ "
        + mark(ShellMarks.MISSING, "$t")
        + ";"
        + AWAIT_FAREWELL
        + ";exit;};done;"
        + PASS_ON_ENCODED
        + READ_INPUT
        + "r(){ (exec \"$@\" 3>&- 4>&- 5>&-);c=$?;"
        + ended
        + ">&3;echo $c>&5;};exec 3>&1;c=$({ { { "
        + (input ? "i|r \"$@\"" : "r \"$@\" </dev/null")
        + ";} 2>&1 >&4|e 4096 g-v >&3;} 4>&1|e 49152 0-9a-f >&3;} 5>&1);"
        + mark(ShellMarks.EXIT, "$c")
        + ";"
        + AWAIT_FAREWELL
        + "\n";
  }

  /** The second line, for one that gives another terminal the sizes that are typed after this. */
  static String resizing(String terminal) {
    return "while IFS= read -r l;do stty -F " + terminal + " $l 2>/dev/null;done\n";
  }

  /** A line after {@link #resizing}. */
  static String size(Size size) {
    return "rows " + size.rows() + " cols " + size.columns() + "\n";
  }

  /** A line of input. */
  static String input(byte[] bytes, int count) {
    return encoded(bytes, count) + "\n";
  }

  private String mark(char kind, String value) {
    return "printf '\\001%s:%c%%s;' %s"
        .formatted(secretWhole(), kind, value.isEmpty() ? "''" : "\"" + value + "\"");
  }

  /** Makes words the shell's own arguments. */
  private static String set(List<String> words) {
    var set = new StringBuilder("set --;");
    for (var word : words) {
      if (QUOTABLE.matcher(word).matches()) {
        set.append("set -- \"$@\" '").append(word).append("';");
      } else {
        var bytes = word.getBytes(UTF_8);
        // The dot keeps line feeds at the end, which a shell would take away.
        set.append("a=$(printf '").append(encoded(bytes, bytes.length)).append(".');");
        set.append("set -- \"$@\" \"${a%.}\";");
      }
    }
    return set.toString();
  }

  /** As {@code printf} takes it for a format. */
  private static String encoded(byte[] bytes, int count) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      char c = (char) (bytes[i] & 0xff);
      boolean plain =
          c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || isPlain(c);
      if (plain) {
        text.append(c);
      } else {
        text.append('\\');
        text.append((char) ('0' + (c >> 6)));
        text.append((char) ('0' + (c >> 3 & 7)));
        text.append((char) ('0' + (c & 7)));
      }
    }
    return text.toString();
  }

  private static boolean isPlain(char c) {
    return PLAIN.indexOf(c) >= 0;
  }

  @Override
  public String toString() {
    return "ShellScript";
  }
}
