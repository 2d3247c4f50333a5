package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class TwoOutputsTest {
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final TwoOutputs both = new TwoOutputs(output, errors);

  @Test
  void outputAndErrorsAreToldApartHoweverTheyAreMixed() throws IOException {
    // 4a ff on one side and 45 0a on the other, and half a byte more.
    take("4k");
    take("laf");
    take("gfq4");

    assertThat(output.toByteArray()).containsExactly(0x4a, (byte) 0xff);
    assertThat(errors.toByteArray()).containsExactly(0x45, 0x0a);
    assertThat(both.areWhole()).isFalse();
  }

  @Test
  void everyByteComesThrough() throws IOException {
    var encoded = new StringBuilder();
    var shifted = new StringBuilder();
    for (int value = 0; value < 256; value++) {
      encoded.append("%02x".formatted(value));
      shifted.append((char) ('g' + (value >> 4))).append((char) ('g' + (value & 15)));
    }

    take(encoded.toString());
    take(shifted.toString());

    assertThat(output.toByteArray()).hasSize(256).isEqualTo(errors.toByteArray());
    assertThat(output.toByteArray()[255]).isEqualTo((byte) 255);
    assertThat(both.areWhole()).isTrue();
  }

  @Test
  void whatIsWrittenBesideTheEncodingsIsNotTakenForOutput() {
    assertThatThrownBy(() -> take("41Password: "))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("wrote to the terminal itself")
        .hasMessageContaining("-it");
  }

  private void take(String text) throws IOException {
    both.take(text.getBytes(UTF_8));
  }
}
