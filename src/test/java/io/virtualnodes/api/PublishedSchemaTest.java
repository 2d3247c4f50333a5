package io.virtualnodes.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedSchemaTest {
  private static final Path BROKEN_POOLS = Path.of("src/test/resources/broken-pools");

  @Test
  void theCommittedCrdIsWhatTheClassesYield(@TempDir Path folder) {
    new CRDGenerator()
        .customResourceClasses(VirtualNodePool.class)
        .forCRDVersions("v1")
        .withPostProcessor(new PublishedSchema())
        .inOutputDir(folder.toFile())
        .generate();

    assertThat(CommittedCrd.text())
        .as("%s differs from the classes of the resource: run make crds", CommittedCrd.FILE)
        .isEqualTo(CommittedCrd.read(folder.resolve(CommittedCrd.FILE.getFileName())));
  }

  @Test
  void everyFieldHasADescription() {
    assertThat(CommittedCrd.fields())
        .allSatisfy(
            field -> assertThat(field.schema().getDescription()).as(field.path()).isNotBlank());
  }

  @Test
  void everyRuleIsThereOnceAndItsMessageNamesAField() {
    var messages = CommittedCrd.rules().stream().map(ValidationRule::getMessage).toList();

    assertThat(messages).isNotEmpty().doesNotHaveDuplicates();
    assertThat(messages).allSatisfy(message -> assertThat(message).matches("(spec|metadata)\\..+"));
  }

  @Test
  void forEveryRuleThereIsABrokenPool() throws IOException {
    String refusals;
    try (var files = Files.list(BROKEN_POOLS)) {
      refusals = String.join("\n", files.map(CommittedCrd::read).toList());
    }

    assertThat(CommittedCrd.rules())
        .allSatisfy(
            rule ->
                assertThat(refusals)
                    .as("a file in %s that is refused with this message", BROKEN_POOLS)
                    .contains("# refused: " + rule.getMessage() + "\n"));
  }
}
