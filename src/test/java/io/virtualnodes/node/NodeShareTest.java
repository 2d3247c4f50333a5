package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.virtualnodes.api.Capacity;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NodeShareTest {

  @Test
  void theWholeIsReadFromQuantities() {
    var capacity = new Capacity(new Quantity("1500m"), new Quantity("2Gi"), new Quantity("1k"));

    assertThat(NodeShare.whole(capacity)).isEqualTo(new NodeShare(1500, 2L << 30, 1000));
  }

  @Test
  void partsAddUpAndTheFirstHaveTheRest() {
    var whole = new NodeShare(1000, 1000, 110);

    var parts = IntStream.range(0, 3).mapToObj(index -> whole.of(index, 3)).toList();

    assertThat(parts)
        .containsExactly(
            new NodeShare(334, 334, 37), new NodeShare(333, 333, 37), new NodeShare(333, 333, 36));
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
}
