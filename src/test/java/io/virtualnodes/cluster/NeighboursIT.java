package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What one engine runs besides a pool's own groups is none of the pool's business. */
class NeighboursIT {
  private static final List<String> FOREIGN = new ArrayList<>();

  private static Cluster cluster;
  private static Place place;
  private static TestPool one;
  private static TestPool other;

  @BeforeAll
  static void twoPoolsOnOneEngine() {
    cluster = Cluster.of(NeighboursIT.class);
    place = cluster.place(NeighboursIT.class);
    cluster.operator();
    one = TestPool.of(place, "one").apply("nodes: { count: 1 }");
    other = TestPool.of(place, "other").apply("nodes: { count: 1 }");
    one.awaitReady();
    other.awaitReady();
  }

  @AfterAll
  static void remove() {
    FOREIGN.forEach(cluster.engine()::remove);
    if (other != null) {
      place.kubectl().run("delete", "pods", "--all");
      one.delete();
      other.delete();
      cluster.client().namespaces().withName(place.namespace()).delete();
    }
  }

  @Test
  void aDeletedPoolTakesItsOwnGroupsAndNothingElse() {
    one.run("of-one");
    var ofOther = other.run("of-other");
    eventually(
        () -> {
          assertThat(groups(one)).isEqualTo(1);
          assertThat(groups(other)).isEqualTo(1);
        });
    String group = one.pod("of-one").getMetadata().getUid() + "-0";
    var labels = one.containers("of-one").getFirst().getLabels();
    var foreign =
        List.of(
            container("no-labels", Map.of()),
            // As one of ours is called.
            container("vn_" + one.name() + "_" + group + "_twin_0", Map.of()),
            // An image can carry any label, which its containers inherit.
            container("one-label", Map.of("virtualnodes.io/pool", one.name())),
            container("other-label", Map.of("virtualnodes.io/pool", "nobodys")),
            container(
                "all-but-the-pool",
                labels.entrySet().stream()
                    .filter(label -> !label.getKey().equals("virtualnodes.io/pool"))
                    .collect(
                        java.util.stream.Collectors.toMap(
                            Map.Entry::getKey, Map.Entry::getValue))));

    one.delete();

    assertThat(one.containers("of-one")).isEmpty();
    assertThat(one.node(0)).isNull();
    for (String id : foreign) {
      assertThat(cluster.engine().client().inspectContainerCmd(id).exec().getState().getRunning())
          .isTrue();
    }
    assertThat(other.pod("of-other").getStatus()).isEqualTo(ofOther.getStatus());
    assertThat(other.containers("of-other"))
        .singleElement()
        .satisfies(found -> assertThat(found.getState()).isEqualTo("running"));
    assertThat(other.condition("Ready").getStatus()).isEqualTo("True");
    assertThat(groups(other)).isEqualTo(1);
  }

  /** How many groups the pool says that its backend holds. */
  private static int groups(TestPool pool) {
    return pool.resource().getStatus().backends().getFirst().groups();
  }

  private static String container(String name, Map<String, String> labels) {
    var engine = cluster.engine().client();
    var id =
        engine
            .createContainerCmd("virtualnodes/busybox:latest")
            .withName(name.startsWith("vn_") ? name : place.pool(name))
            .withLabels(labels)
            .withCmd("sleep", "600")
            .exec()
            .getId();
    FOREIGN.add(id);
    engine.startContainerCmd(id).exec();
    return id;
  }
}
