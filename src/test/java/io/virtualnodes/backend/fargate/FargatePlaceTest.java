package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class FargatePlaceTest {
  private final FargatePlace place = Fargates.place();

  @Test
  void aRoleOfAServiceAccountIsThatOfNoOther() {
    assertThat(place.taskRole("team-a", "importer"))
        .contains("arn:aws:iam::123456789012:role/importer");
    assertThat(place.taskRole("team-a", "default")).isEmpty();
    assertThat(place.taskRole("team-c", "importer")).isEmpty();
  }

  @Test
  void theRoleOfANamespaceIsThatOfAccountsThatHaveNoneOfTheirOwn() {
    var namespace = Optional.of("arn:aws:iam::123456789012:role/team-b");

    assertThat(place.taskRole("team-b", "default")).isEqualTo(namespace);
    assertThat(place.taskRole("team-b", "importer")).isEqualTo(namespace);
    assertThat(place.taskRole("team-b", "exporter"))
        .contains("arn:aws:iam::123456789012:role/exporter");
  }
}
