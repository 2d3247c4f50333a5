package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class StartRefusalTest {
  private static final String SENTENCE =
      "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nope\":"
          + " executable file not found in $PATH: unknown\r\n";

  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
  private final StartRefusal output = new StartRefusal(heard);

  private void write(String text) throws IOException {
    output.write(text.getBytes(UTF_8));
    output.flush();
  }

  @Test
  void whatTheEngineSaysInACommandsSteadIsKeptBack() throws IOException {
    write(SENTENCE.substring(0, 5));
    write(SENTENCE.substring(5));

    assertThat(heard.size()).isZero();
    assertThat(output.sentence(126)).contains(SENTENCE);
    assertThat(output.sentence(127)).contains(SENTENCE);
  }

  @Test
  void aCommandMaySayTheSame() throws IOException {
    write(SENTENCE);

    assertThat(output.sentence(0)).isEmpty();
    output.release();

    assertThat(heard.toString(UTF_8)).isEqualTo(SENTENCE);
  }

  @Test
  void whatACommandSaysIsNotHeldUp() throws IOException {
    write("O");
    assertThat(heard.toString(UTF_8)).isEmpty();
    write("K\n");
    assertThat(heard.toString(UTF_8)).isEqualTo("OK\n");
    write(SENTENCE);

    assertThat(heard.toString(UTF_8)).isEqualTo("OK\n" + SENTENCE);
    assertThat(output.sentence(126)).isEmpty();
  }

  @Test
  void noMoreIsKeptThanASentence() throws IOException {
    write(SENTENCE + "x".repeat(10_000));

    assertThat(heard.size()).isEqualTo(SENTENCE.length() + 10_000);
  }

  @Test
  void theCodeIsAShells() {
    assertThat(StartRefusal.code(SENTENCE)).isEqualTo(127);
    assertThat(
            StartRefusal.code("OCI runtime exec failed: exec: \"/x\": no such file or directory"))
        .isEqualTo(127);
    assertThat(StartRefusal.code("OCI runtime exec failed: exec: \"/x\": permission denied"))
        .isEqualTo(126);
  }
}
