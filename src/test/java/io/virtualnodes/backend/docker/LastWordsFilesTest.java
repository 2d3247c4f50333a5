package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

class LastWordsFilesTest {

  @Test
  void aLabelTellsWhereTheyAre() {
    for (var words : new LastWords[] {LastWords.USUAL, new LastWords("/work/words", true)}) {
      var label = LastWordsFiles.label(words);

      assertThat(LastWordsFiles.of(label)).contains(words);
      assertThat(
              LastWordsFiles.labelOf(
                  Map.of(
                      "other",
                      "1",
                      label.keySet().iterator().next(),
                      label.values().iterator().next())))
          .isEqualTo(label);
    }
    assertThat(LastWordsFiles.of(Map.of("other", "1"))).isEmpty();
    assertThat(LastWordsFiles.labelOf(Map.of("other", "1"))).isEmpty();
  }

  @Test
  void eachInstanceHasAFileOfItsOwn() {
    var folder = "/engine/volumes/vn_burst_uid-0_last.words/_data";
    var former =
        HostConfig.newHostConfig()
            .withBinds(
                Bind.parse("/srv/app.0:/data:rw"),
                Bind.parse(folder + "/app.0:/dev/termination-log:rw"));

    assertThat(LastWordsFiles.next(former, "app", 1).getBinds())
        .extracting(Bind::toString)
        .containsExactly("/srv/app.0:/data:rw", folder + "/app.1:/dev/termination-log:rw");
  }

  @Test
  void aContainerThatLeavesNoneKeepsWhatWasBound() {
    assertThat(LastWordsFiles.next(HostConfig.newHostConfig(), "app", 1).getBinds()).isEmpty();
  }

  @Test
  void anyUserMayWriteToTheFiles() throws IOException {
    var archive = LastWordsFiles.archive(Stream.of("app.0", "side.0"));

    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (var name : new String[] {"last.words/app.0", "last.words/side.0"}) {
        var entry = tar.getNextEntry();
        assertThat(entry.getName()).isEqualTo(name);
        assertThat(entry.getMode() & 0777).isEqualTo(0666);
        assertThat(entry.getSize()).isZero();
      }
      assertThat(tar.getNextEntry()).isNull();
    }
  }

  @Test
  void theEndOfALongFileCounts() throws IOException {
    var text = "x".repeat(100_000) + "the end";

    assertThat(LastWordsReader.end(stream(text), 4096)).hasSize(4096).endsWith("xthe end");
    assertThat(LastWordsReader.end(stream("short"), 4096)).isEqualTo("short");
    assertThat(LastWordsReader.end(stream(""), 4096)).isEmpty();
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }
}
