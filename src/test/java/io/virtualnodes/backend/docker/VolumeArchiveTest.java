package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

class VolumeArchiveTest {

  private static File file(String path, String content, int mode) {
    return new File(path, content.getBytes(StandardCharsets.UTF_8), mode);
  }

  /** Each entry of root's as {@code mode name content}. */
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
    var archive = VolumeArchive.of(List.of(volumes), group);
    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        var content = new String(tar.readAllBytes(), StandardCharsets.UTF_8);
        entries.add(
            "%d:%d %o %s %s"
                .formatted(
                    entry.getLongUserId(),
                    entry.getLongGroupId(),
                    entry.getMode() & 07777,
                    entry.getName(),
                    content)
                .strip());
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
  void foldersComeBeforeTheirFilesAndOnce() throws IOException {
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
            "644 config/plain one",
            "755 config/a/",
            "755 config/a/b/",
            "400 config/a/b/secret two",
            "755 config/a/run three",
            "777 data/");
  }

  @Test
  void aGroupMayReadFilesAndWriteToScratchVolumes() throws IOException {
    var volume =
        new Volume.Files(
            "config",
            List.of(
                file("a/secret", "two", 0400),
                new File("token", new byte[] {'t'}, 0600, Optional.of(1000L)),
                file("run", "three", 0755)));

    assertThat(
            owned(
                Optional.of(4_000_000_000L),
                volume,
                new Volume.Scratch("data", Volume.Medium.DISK, 0)))
        .containsExactly(
            "0:4000000000 2755 config/",
            "0:4000000000 2755 config/a/",
            "0:4000000000 440 config/a/secret two",
            "1000:4000000000 640 config/token t",
            "0:4000000000 755 config/run three",
            "0:4000000000 2777 data/");
  }

  @Test
  void longPathsAndOtherLettersStayWhole() throws IOException {
    var path = "n".repeat(120) + "/" + "ü".repeat(60);

    assertThat(entries(new Volume.Files("config", List.of(file(path, "x", 0600)))))
        .contains("600 config/" + path + " x");
  }
}
