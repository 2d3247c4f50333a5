package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

class VolumeArchiveTest {
  private static final Instant NOW = Instant.parse("2026-11-26T12:00:01.000000002Z");
  private static final String FOLDER = "..2026_11_26_12_00_01.000000002";

  private static File file(String path, String content, int mode) {
    return new File(path, content.getBytes(StandardCharsets.UTF_8), mode);
  }

  /** Each entry of root's as {@code mode name content}, and links as {@code ls} shows them. */
  private static List<String> entries(Volume... volumes) throws IOException {
    return owned(Optional.empty(), volumes).stream()
        .map(
            entry -> {
              assertThat(entry).startsWith("0:0 ");
              return entry.substring(4);
            })
        .toList();
  }

  /** Each entry as {@code user:group mode name content}. */
  private static List<String> owned(Optional<Long> group, Volume... volumes) throws IOException {
    var entries = new ArrayList<String>();
    var archive = VolumeArchive.of(List.of(volumes), group, NOW);
    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        var content = new String(tar.readAllBytes(), StandardCharsets.UTF_8);
        entries.add(
            "%d:%d ".formatted(entry.getLongUserId(), entry.getLongGroupId())
                + (entry.isSymbolicLink()
                    ? entry.getName() + " -> " + entry.getLinkName()
                    : "%o %s %s"
                        .formatted(entry.getMode() & 07777, entry.getName(), content)
                        .strip()));
      }
    }
    return entries;
  }

  @Test
  void aScratchVolumeIsAFolderThatIsOpenToAll() throws IOException {
    assertThat(entries(new Volume.Scratch("data", Volume.Medium.DISK, 0)))
        .containsExactly("777 data/");
  }

  @Test
  void whatIsClaimedIsLeftAsItIsButForTheGroupOfItsFolder() throws IOException {
    var volume = new Volume.Claimed("data", "pvc-1");

    assertThat(entries(volume)).isEmpty();
    assertThat(owned(Optional.of(2000L), volume)).containsExactly("0:2000 2775 data/");
  }

  @Test
  void filesLieInAHiddenFolderAndAreSeenByLinksThroughData() throws IOException {
    var volume =
        new Volume.Files(
            "config",
            List.of(
                file("plain", "one", 0644),
                file("a/b/secret", "two", 0400),
                file("a/run", "three", 0755)));

    assertThat(entries(volume, new Volume.Scratch("data", Volume.Medium.MEMORY, 0)))
        .containsExactly(
            "755 config/",
            "755 config/" + FOLDER + "/",
            "644 config/" + FOLDER + "/plain one",
            "755 config/" + FOLDER + "/a/",
            "755 config/" + FOLDER + "/a/b/",
            "400 config/" + FOLDER + "/a/b/secret two",
            "755 config/" + FOLDER + "/a/run three",
            "config/..data -> " + FOLDER,
            "config/plain -> ..data/plain",
            "config/a -> ..data/a",
            "777 data/");
  }

  @Test
  void allOfItBelongsToTheGroupAndWhatIsMadeBelowAFolderToo() throws IOException {
    var volume =
        new Volume.Files(
            "config",
            List.of(
                file("a/secret", "two", 0440),
                new File("token", new byte[] {'t'}, 0640, Optional.of(1000L))));

    assertThat(
            owned(
                Optional.of(4_000_000_000L),
                volume,
                new Volume.Scratch("data", Volume.Medium.DISK, 0)))
        .containsExactly(
            "0:4000000000 2755 config/",
            "0:4000000000 2755 config/" + FOLDER + "/",
            "0:4000000000 2755 config/" + FOLDER + "/a/",
            "0:4000000000 440 config/" + FOLDER + "/a/secret two",
            "1000:4000000000 640 config/" + FOLDER + "/token t",
            "0:4000000000 config/..data -> " + FOLDER,
            "0:4000000000 config/a -> ..data/a",
            "0:4000000000 config/token -> ..data/token",
            "0:4000000000 2777 data/");
  }

  @Test
  void longPathsAndOtherLettersStayWhole() throws IOException {
    var path = "n".repeat(120) + "/" + "ü".repeat(60);

    assertThat(entries(new Volume.Files("config", List.of(file(path, "x", 0600)))))
        .contains("600 config/" + FOLDER + "/" + path + " x");
  }
}
