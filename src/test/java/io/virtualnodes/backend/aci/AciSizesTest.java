package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.GroupBuilder;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class AciSizesTest {
  private static final long MIB = 1 << 20;
  private static final Resources UNNAMED = new Resources(500, 500_000_000);

  @Test
  void amountsAreRoundedUp() {
    var sizes =
        sizes(
            group()
                .resources(new Resources(2001, 2048 * MIB), Resources.UNNAMED)
                .script("large", "true")
                .resources(new Resources(1, 128 * MIB), Resources.UNNAMED)
                .script("small", "true"));

    assertThat(sizes.containers().get("large").cores()).isEqualTo(2.01);
    assertThat(sizes.containers().get("large").gigabytes()).isEqualTo(2.2);
    assertThat(sizes.containers().get("small").cores()).isEqualTo(0.01);
    // 128 Mi are 134 MB, and 0.1 GB would be a quarter less.
    assertThat(sizes.containers().get("small").gigabytes()).isEqualTo(0.2);
  }

  @Test
  void whatIsMissingToAzuresLeastGroupIsGivenToTheFirst() {
    var sizes =
        sizes(
            group()
                .resources(new Resources(100, 200 * MIB), Resources.UNNAMED)
                .script("one", "true")
                .resources(new Resources(200, 200 * MIB), Resources.UNNAMED)
                .script("two", "true"));

    assertThat(sizes.cores()).isEqualTo(1);
    assertThat(sizes.gigabytes()).isEqualTo(1);
    assertThat(sizes.containers().get("one").cores()).isEqualTo(0.8);
    assertThat(sizes.containers().get("two").cores()).isEqualTo(0.2);
  }

  @Test
  void whoRequestsNothingGetsItsLimitOrThePoolsAmount() {
    var sizes =
        sizes(
            group()
                .resources(Resources.UNNAMED, new Resources(1500, 3_000_000_000L))
                .script("limited", "true")
                .script("silent", "true"));

    assertThat(sizes.containers().get("limited").cores()).isEqualTo(1.5);
    assertThat(sizes.containers().get("limited").gigabytes()).isEqualTo(3);
    assertThat(sizes.containers().get("silent").cores()).isEqualTo(0.5);
    assertThat(sizes.containers().get("silent").gigabytes()).isEqualTo(0.5);
  }

  @Test
  void aLimitAboveWhatTheGroupHasIsCutOff() {
    var sizes =
        sizes(
            group()
                .resources(new Resources(1000, 1_000_000_000), new Resources(8000, 400_000_000))
                .script("bursts", "true")
                .resources(new Resources(1000, 1_000_000_000), Resources.UNNAMED)
                .script("other", "true"));

    assertThat(sizes.containers().get("bursts").cpuLimit()).isEqualTo(OptionalLong.of(200));
    // And none lies below the request, which Azure refuses too.
    assertThat(sizes.containers().get("bursts").memoryLimit()).isEqualTo(OptionalLong.of(10));
  }

  @Test
  void whoHasNoLimitMayUseWhatTheGroupHas() {
    var both =
        sizes(
            group()
                .resources(new Resources(1000, 1_000_000_000), Resources.UNNAMED)
                .script("one", "true")
                .resources(new Resources(500, 1_000_000_000), Resources.UNNAMED)
                .script("two", "true"));
    var alone =
        sizes(
            group()
                .resources(new Resources(1000, 1_000_000_000), Resources.UNNAMED)
                .script("one", "true"));

    assertThat(both.containers().get("two").cpuLimit()).isEqualTo(OptionalLong.of(150));
    assertThat(alone.containers().get("one").cpuLimit()).isEmpty();
  }

  private static GroupBuilder group() {
    return new GroupBuilder("burst");
  }

  private static AciSizes sizes(GroupBuilder group) {
    return AciSizes.of(group.build(), UNNAMED);
  }
}
