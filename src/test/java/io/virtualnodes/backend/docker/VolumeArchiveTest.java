package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

class VolumeArchiveTest {

  private static File file(String path, String content, int mode) {
    return new File(path, content.getBytes(StandardCharsets.UTF_8), mode);
  }

  /** Each entry as {@code mode name content}. */
  private static List<String> entries(Volume... volumes) throws IOException {
    var entries = new ArrayList<String>();
    try (var tar =
        new TarArchiveInputStream(new ByteArrayInputStream(VolumeArchive.of(List.of(volumes))))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        var content = new String(tar.readAllBytes(), StandardCharsets.UTF_8);
        assertThat(entry.getLongUserId()).isZero();
        assertThat(entry.getLongGroupId()).isZero();
        entries.add(
            "%o %s %s".formatted(entry.getMode() & 07777, entry.getName(), content).strip());
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
  void longPathsAndOtherLettersStayWhole() throws IOException {
    var path = "n".repeat(120) + "/" + "ü".repeat(60);

    assertThat(entries(new Volume.Files("config", List.of(file(path, "x", 0600)))))
        .contains("600 config/" + path + " x");
  }
}
