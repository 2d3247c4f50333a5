package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

class FileArchiveTest {
  private static final List<Volume> VOLUMES =
      List.of(
          new Volume.Scratch("tmp", Volume.Medium.DISK, 0),
          new Volume.Files(
              "files",
              List.of(
                  new File("plain", "one".getBytes(), 0644),
                  new File("folder/deep", "two".getBytes(), 0400, Optional.of(1000L)))));

  @Test
  void filesLieAsAKubeletLaysThem() throws IOException {
    assertThat(entries(FileArchive.of(VOLUMES, Optional.empty())))
        .containsExactly(
            "0/ 777 0:0",
            "1/ 755 0:0",
            "1/..files/ 755 0:0",
            "1/..files/plain 644 0:0 one",
            "1/..files/folder/ 755 0:0",
            "1/..files/folder/deep 400 1000:0 two",
            "1/..data -> ..files",
            "1/plain -> ..data/plain",
            "1/folder -> ..data/folder");
  }

  @Test
  void allBelongsToTheGroupThatThePodNames() throws IOException {
    assertThat(entries(FileArchive.of(VOLUMES, Optional.of(2000L))))
        .contains("0/ 2777 0:2000", "1/..files/plain 644 0:2000 one");
  }

  @Test
  void theSameFilesAreTheSameTextAndOthersAnother() {
    var text = FileArchive.of(VOLUMES, Optional.empty());

    assertThat(FileArchive.of(VOLUMES, Optional.empty())).isEqualTo(text);
    assertThat(FileArchive.of(VOLUMES, Optional.of(1L))).isNotEqualTo(text);
  }

  @Test
  void whatIsLargeIsInPiecesThatFit() {
    var random = new java.util.Random(1);
    var content = new byte[200_000];
    random.nextBytes(content);
    var group =
        Fargates.group()
            .volume(new Volume.Files("files", List.of(new File("large", content, 0644))))
            .mount("files", "/files", true)
            .script("main", "true")
            .build();

    var secrets = GroupSecrets.of(group, Map.of());

    assertThat(secrets.texts())
        .hasSizeGreaterThan(3)
        .allSatisfy(text -> assertThat(text).hasSizeLessThanOrEqualTo(65_536));
    assertThat(secrets.files()).hasSizeLessThan(GroupSecrets.MOST_PIECES).hasSizeGreaterThan(8);
  }

  private static List<String> entries(String text) throws IOException {
    var entries = new ArrayList<String>();
    try (var tar =
        new TarArchiveInputStream(
            new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(text))))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        entries.add(
            entry.isSymbolicLink()
                ? entry.getName() + " -> " + entry.getLinkName()
                : "%s %o %d:%d %s"
                    .formatted(
                        entry.getName(),
                        entry.getMode() & 07777,
                        entry.getLongUserId(),
                        entry.getLongGroupId(),
                        new String(tar.readAllBytes()))
                    .strip());
      }
    }
    return entries;
  }
}
