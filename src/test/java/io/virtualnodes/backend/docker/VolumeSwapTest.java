package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.docker.VolumeSwap.Change;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

class VolumeSwapTest {
  private static final Instant BEFORE = Instant.parse("2026-11-26T12:00:00Z");
  private static final Instant NOW = Instant.parse("2026-11-26T12:01:00Z");
  private static final String FORMER = "..2026_11_26_12_00_00.000000000";
  private static final String NEW = "..2026_11_26_12_01_00.000000000";

  private static File file(String path, String content, int mode) {
    return new File(path, content.getBytes(StandardCharsets.UTF_8), mode);
  }

  private static Volume.Files config(File... files) {
    return new Volume.Files("config", List.of(files));
  }

  /** As the engine tells what was written at {@link #BEFORE}. */
  private static VolumeContent written(Volume volume) {
    return VolumeContent.of(VolumeArchive.of(List.of(volume), Optional.empty(), BEFORE))
        .orElseThrow();
  }

  private static List<String> names(byte[] archive) throws IOException {
    var names = new ArrayList<String>();
    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        names.add(entry.getName() + (entry.isSymbolicLink() ? " -> " + entry.getLinkName() : ""));
      }
    }
    return names;
  }

  @Test
  void whatWasWrittenIsReadAgainWithItsModes() {
    var volume = config(file("plain", "one", 0644), file("a/b/secret", "two", 0400));

    var content = written(volume);

    assertThat(content.folder()).isEqualTo(FORMER);
    assertThat(content.files()).isEqualTo(volume.files());
    assertThat(content.holds(volume)).isTrue();
    assertThat(content.holds(config(file("plain", "one", 0600), file("a/b/secret", "two", 0400))))
        .isFalse();
    assertThat(content.holds(config(file("plain", "one", 0644)))).isFalse();
    assertThat(content.holds(config(file("plain", "two", 0644), file("a/b/secret", "two", 0400))))
        .isFalse();
  }

  @Test
  void aVolumeThatWasNeverFilledHasNoContent() {
    var archive =
        VolumeArchive.of(List.of(new Volume.Scratch("config", null, 0)), Optional.empty(), BEFORE);

    assertThat(VolumeContent.of(archive)).isEmpty();
  }

  @Test
  void oneRenameShowsAllThatIsNewAndWhatIsOldGoesAfterIt() throws IOException {
    var from = written(config(file("stays", "1", 0644), file("goes/deep", "1", 0644)));

    var swap =
        VolumeSwap.of(
            List.of(new Change(from, config(file("stays", "2", 0644), file("new", "2", 0644)))),
            new byte[] {1},
            NOW);

    assertThat(names(swap.archive()))
        .containsExactly(
            "virtualnodes-swap",
            "volumes/config/" + NEW + "/",
            "volumes/config/" + NEW + "/stays",
            "volumes/config/" + NEW + "/new",
            "volumes/config/..data_tmp -> " + NEW,
            // One that is there is not written again: that would take it away for a moment.
            "volumes/config/new -> ..data/new");
    assertThat(swap.steps())
        .containsExactly(
            "/volumes/config/..data_tmp",
            "/volumes/config/..data",
            "/volumes/config/goes",
            "",
            "/volumes/config/" + FORMER + "/goes/deep",
            "",
            "/volumes/config/" + FORMER + "/goes",
            "",
            "/volumes/config/" + FORMER + "/stays",
            "",
            "/volumes/config/" + FORMER,
            "");
  }

  @Test
  void whatACutOffSwapLeftIsRemovedWithTheNext() {
    var from =
        new VolumeContent(
            FORMER,
            Optional.empty(),
            List.of(),
            List.of(FORMER, "..left", "..left/key", "..data", "..data_tmp", "key"));

    var swap =
        VolumeSwap.of(List.of(new Change(from, config(file("key", "2", 0644)))), new byte[0], NOW);

    assertThat(swap.steps().subList(2, swap.steps().size()))
        .containsExactly(
            "/volumes/config/..left/key",
            "",
            "/volumes/config/..left",
            "",
            "/volumes/config/" + FORMER,
            "");
  }

  @Test
  void noMoreIsRemovedAtOnceThanTheKernelTakesArguments() {
    var many = IntStream.range(0, 20_000).mapToObj(n -> "..left/" + "k".repeat(200) + n).toList();
    var from = new VolumeContent(FORMER, Optional.empty(), List.of(), many);

    var swap =
        VolumeSwap.of(List.of(new Change(from, config(file("key", "2", 0644)))), new byte[0], NOW);

    assertThat(swap.steps().stream().mapToInt(String::length).sum())
        .isBetween(1_000_000, 1_100_000);
    assertThat(swap.steps().subList(0, 2))
        .containsExactly("/volumes/config/..data_tmp", "/volumes/config/..data");
  }
}
