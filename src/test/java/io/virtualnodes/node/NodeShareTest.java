package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.virtualnodes.api.Capacity;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NodeShareTest {

  @ParameterizedTest
  @CsvSource({
    "400, 1600Gi, 1000, 400000, 1717986918400, 1000",
    "500m, 1.5Gi, 3, 500, 1610612736, 3",
    "0.0019, 1500m, 1, 1, 1, 1", // what is not whole is not there
    "0, 0, 0, 0, 0, 0",
    "1k, 1e3, 2, 1000000, 1000, 2",
  })
  void quantitiesBecomeNumbers(
      Quantity cpu, Quantity memory, Quantity pods, long milliCpu, long bytes, long count) {
    assertThat(NodeShare.whole(new Capacity(cpu, memory, pods)))
        .isEqualTo(new NodeShare(milliCpu, bytes, count));
  }

  @Test
  void theFirstNodesHaveWhatCannotBeDivided() {
    var whole = new NodeShare(10, 7, 2);

    assertThat(IntStream.range(0, 3).mapToObj(index -> whole.of(index, 3)))
        .containsExactly(new NodeShare(4, 3, 1), new NodeShare(3, 2, 1), new NodeShare(3, 2, 0));
  }

  static List<NodeShare> wholes() {
    return List.of(
        new NodeShare(0, 0, 0),
        new NodeShare(1, 1, 1),
        new NodeShare(400_000, 1_717_986_918_400L, 1000),
        new NodeShare(49, 50, 51),
        new NodeShare(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE));
  }

  @ParameterizedTest
  @MethodSource("wholes")
  void partsAddUpToTheWholeAndDifferByOneAtMost(NodeShare whole) {
    for (int count = 1; count <= 50; count++) {
      var parts = new NodeShare[count];
      for (int index = 0; index < count; index++) {
        parts[index] = whole.of(index, count);
      }

      assertEven(whole.milliCpu(), IntStream.range(0, count).mapToLong(i -> parts[i].milliCpu()));
      assertEven(
          whole.memoryBytes(), IntStream.range(0, count).mapToLong(i -> parts[i].memoryBytes()));
      assertEven(whole.pods(), IntStream.range(0, count).mapToLong(i -> parts[i].pods()));
    }
  }

  @Test
  void whatANodeAdvertisesIsReadBack() {
    var node =
        new NodeBuilder()
            .withNewStatus()
            .addToCapacity("cpu", new Quantity("667m"))
            .addToCapacity("memory", new Quantity("3Ki"))
            .addToCapacity("pods", new Quantity("37"))
            .endStatus()
            .build();

    assertThat(NodeShare.advertised(node)).isEqualTo(new NodeShare(667, 3072, 37));
  }

  @Test
  void aNodeThatSaidNothingYetAdvertisesNothing() {
    assertThat(NodeShare.advertised(new NodeBuilder().build())).isEqualTo(new NodeShare(0, 0, 0));
  }

  private static void assertEven(long whole, LongStream parts) {
    var statistics = parts.summaryStatistics();
    assertThat(statistics.getSum()).isEqualTo(whole);
    assertThat(statistics.getMax() - statistics.getMin()).isBetween(0L, 1L);
  }
}
