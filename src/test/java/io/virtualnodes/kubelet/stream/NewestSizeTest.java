package io.virtualnodes.kubelet.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Conversation.Size;
import java.io.ByteArrayInputStream;
import org.junit.jupiter.api.Test;

class NewestSizeTest {
  private final NewestSize sizes = new NewestSize();

  @Test
  void onlyTheNewestIsHandedOut() throws Exception {
    read(
        "{\"Width\":80,\"Height\":24}\n{\"Width\":100,\"Height\":30}{\"Height\":40,\"Width\":120}");

    assertThat(sizes.next()).contains(new Size(120, 40));
    assertThat(sizes.next()).isEmpty();
  }

  @Test
  void aWindowWithoutAnExtentIsNone() throws Exception {
    read("{\"Width\":80,\"Height\":24}{\"Width\":0,\"Height\":0}{}");

    assertThat(sizes.next()).contains(new Size(80, 24));
    assertThat(sizes.next()).isEmpty();
  }

  @Test
  void whatIsNoSizeEndsThem() throws Exception {
    read("{\"Width\":80,\"Height\":24} rubbish {\"Width\":1,\"Height\":1}");

    assertThat(sizes.next()).contains(new Size(80, 24));
    assertThat(sizes.next()).isEmpty();
  }

  @Test
  void withoutAnyThereIsNothingToWaitFor() throws Exception {
    read("");

    assertThat(sizes.next()).isEmpty();
  }

  private void read(String told) {
    sizes.read(new ByteArrayInputStream(told.getBytes(UTF_8)));
  }
}
