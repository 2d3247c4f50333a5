package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.aci.ShellMarks.Piece;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShellMarksTest {
  private static final ShellScript SCRIPT = new ShellScript("aa11", "bb22");
  private static final String MARK = "\001aa11bb22:";

  @Test
  void marksAreFoundHoweverTheBytesAreCut() {
    var text = "one \001 two" + MARK + "T/dev/pts/0;three\001aa11" + MARK + "X3;";

    for (int size = 1; size <= text.length(); size++) {
      var marks = new ShellMarks(SCRIPT);
      var pieces = new ArrayList<Piece>();
      for (int from = 0; from < text.length(); from += size) {
        var part = text.substring(from, Math.min(text.length(), from + size));
        pieces.addAll(marks.read(part.getBytes(UTF_8)));
      }

      assertThat(output(pieces)).isEqualTo("one \001 twothree\001aa11");
      assertThat(pieces)
          .filteredOn(Piece.Mark.class::isInstance)
          .containsExactly(new Piece.Mark('T', "/dev/pts/0"), new Piece.Mark('X', "3"));
    }
  }

  @Test
  void nothingElseIsKeptBackThanWhatMayBecomeAMark() {
    var marks = new ShellMarks(SCRIPT);

    assertThat(output(marks.read("ls -l a".getBytes(UTF_8)))).isEqualTo("ls -l a");
    assertThat(output(marks.read("b\001aa".getBytes(UTF_8)))).isEqualTo("b");
    assertThat(output(marks.read("c".getBytes(UTF_8)))).isEqualTo("\001aac");
    assertThat(marks.read("\001aa11b".getBytes(UTF_8))).isEmpty();
    assertThat(output(marks.read("c".getBytes(UTF_8)))).isEqualTo("\001aa11bc");
  }

  @Test
  void whatIsTypedIsNoMarkWhereATerminalEchoesIt() {
    var script = ShellScript.random();
    var marks = new ShellMarks(script);

    assertThat(output(marks.read(script.begin().getBytes(UTF_8)))).isEqualTo(script.begin());
  }

  @Test
  void theSecretWithoutAMarkIsOutput() {
    var long300 = "x".repeat(300);

    assertThat(output(new ShellMarks(SCRIPT).read((MARK + ";" + MARK + long300).getBytes(UTF_8))))
        .isEqualTo(MARK + ";" + MARK + long300);
  }

  private static String output(List<Piece> pieces) {
    var output = new StringBuilder();
    for (var piece : pieces) {
      if (piece instanceof Piece.Output(var bytes)) {
        output.append(new String(bytes, UTF_8));
      }
    }
    return output.toString();
  }
}
