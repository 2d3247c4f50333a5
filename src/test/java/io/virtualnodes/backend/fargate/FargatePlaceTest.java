package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.fargate.FargatePlace.Capacity;
import io.virtualnodes.backend.fargate.FargatePlace.CapacityOrder;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @Test
  void ofManyTasksTheShareIsTriedAtSpotFirstAndEachAlwaysTheSameWay() {
    var mixed = new CapacityOrder.Mixed(70);
    var tasks = IntStream.range(0, 1000).mapToObj(i -> "vn/pool/uid-" + i).toList();

    var atSpot = tasks.stream().filter(task -> mixed.of(task).getFirst() == Capacity.SPOT).toList();

    assertThat(atSpot).hasSizeBetween(650, 750);
    assertThat(tasks)
        .allSatisfy(task -> assertThat(mixed.of(task)).isEqualTo(mixed.of(task)).hasSize(2))
        .allSatisfy(task -> assertThat(mixed.of(task)).containsAll(mixed.kinds()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void aShareThatIsNoMixIsRefused(int percent) {
    assertThatThrownBy(() -> new CapacityOrder.Mixed(percent))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
