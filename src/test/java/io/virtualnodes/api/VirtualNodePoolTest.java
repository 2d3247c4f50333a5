package io.virtualnodes.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualNodePoolTest {
  private static final Path ALL_FIELDS = Path.of("src/test/resources/valid-pools/all-fields.yaml");

  @Test
  void aNewPoolHasNoSpecThatItsAuthorDidNotWrite() {
    // The framework applies such an object to add its finalizer: a spec in it would be taken as
    // wanted, and undo what the user has set.
    var fields = Serialization.asJson(new VirtualNodePool());

    assertThat(fields).doesNotContain("spec", "status");
  }

  @Test
  void whatTheAuthorLeftOutStaysLeftOut() {
    var text =
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata:
          name: burst
        spec:
          backends:
          - name: local
            docker: {}
        """;

    var pool = Serialization.unmarshal(text, VirtualNodePool.class);

    assertThat(tree(Serialization.asYaml(pool))).isEqualTo(tree(text));
  }

  @Test
  void everyFieldComesBackAsItWasWritten() {
    var text = CommittedCrd.read(ALL_FIELDS);

    var pool = Serialization.unmarshal(text, VirtualNodePool.class);

    assertThat(tree(Serialization.asYaml(pool))).isEqualTo(tree(text));
  }

  @Test
  void theStatusComesBackAsItWasWritten() {
    var status =
        new VirtualNodePoolStatus(
            3L,
            2,
            1,
            "virtualnodes.io/pool=burst",
            new VirtualNodePoolStatus.Pods(4, 3, 2, 1),
            List.of(new VirtualNodePoolStatus.BackendStatus("local", "Unavailable", "refused", 7)),
            List.of(
                new ConditionBuilder()
                    .withType("Ready")
                    .withStatus("False")
                    .withReason("Unavailable")
                    .withMessage("The backend does not answer")
                    .withObservedGeneration(3L)
                    .withLastTransitionTime("2026-01-01T00:00:00Z")
                    .build()));

    var back = Serialization.unmarshal(Serialization.asJson(status), VirtualNodePoolStatus.class);

    assertThat(back).isEqualTo(status);
  }

  private static JsonNode tree(String yaml) {
    return Serialization.unmarshal(yaml, JsonNode.class);
  }
}
