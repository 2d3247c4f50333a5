package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FargateSizesTest {
  private static final long MIB = 1024 * 1024;
  private static final Resources UNNAMED = new Resources(500, 512 * MIB);

  @ParameterizedTest
  @CsvSource({
    // What is asked for, and the smallest size that holds it.
    "1, 1, 256, 512",
    "250, 512, 256, 512",
    "250, 513, 256, 1024",
    "250, 1025, 256, 2048",
    "250, 2049, 512, 3072",
    "251, 512, 512, 1024",
    "500, 4097, 1024, 5120",
    "1000, 512, 1024, 2048",
    "1001, 8192, 2048, 8192",
    "4000, 30720, 4096, 30720",
    "4000, 30721, 8192, 32768",
    "8000, 16385, 8192, 20480",
    "8001, 61440, 16384, 65536",
    "16000, 122880, 16384, 122880"
  })
  void aGroupHasTheSmallestSizeThatHoldsIt(long milliCpu, long mebibytes, int cpu, int memory) {
    var group = asking(milliCpu, mebibytes);

    assertThat(FargateSizes.of(group, UNNAMED, 0)).contains(new FargateSizes(cpu, memory));
  }

  @ParameterizedTest
  @CsvSource({"16001, 512", "250, 122881"})
  void whatIsLargerThanTheLargestSizeHasNone(long milliCpu, long mebibytes) {
    assertThat(FargateSizes.of(asking(milliCpu, mebibytes), UNNAMED, 0)).isEmpty();
  }

  @Test
  void containersOfOursCountToo() {
    assertThat(FargateSizes.of(asking(250, 512), UNNAMED, 1)).contains(new FargateSizes(256, 1024));
  }

  @Test
  void initContainersCountWhereTheyAskForMoreThanAllOthers() {
    var group =
        Fargates.group()
            .resources(new Resources(2000, 512 * MIB), Resources.UNNAMED)
            .init("first", "true")
            .resources(new Resources(500, 3000 * MIB), Resources.UNNAMED)
            .script("one", "true")
            .resources(new Resources(500, 3000 * MIB), Resources.UNNAMED)
            .script("two", "true")
            .build();

    assertThat(FargateSizes.of(group, UNNAMED, 0)).contains(new FargateSizes(2048, 6144));
  }

  @Test
  void aContainerThatNamesNothingHasWhatThePoolSays() {
    var group = Fargates.group().script("one", "true").script("two", "true").build();

    assertThat(FargateSizes.of(group, UNNAMED, 0)).contains(new FargateSizes(1024, 2048));
  }

  @Test
  void sharesOfTheCpuAreNeverMoreThanTheTask() {
    var group =
        Fargates.group()
            .resources(new Resources(100, 0), Resources.UNNAMED)
            .script("one", "true")
            .resources(new Resources(150, 0), Resources.UNNAMED)
            .script("two", "true")
            .build();

    int shares =
        group.containers().stream().mapToInt(one -> FargateSizes.cpuOf(one).orElseThrow()).sum();

    assertThat(shares).isLessThanOrEqualTo(256);
  }

  private static ContainerGroup asking(long milliCpu, long mebibytes) {
    return Fargates.group()
        .resources(new Resources(milliCpu, mebibytes * MIB), Resources.UNNAMED)
        .script("main", "true")
        .build();
  }
}
