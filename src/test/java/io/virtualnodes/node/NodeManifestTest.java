package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.node.NodeTaints.State;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeManifestTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Taint NOT_READY =
      new TaintBuilder()
          .withKey("node.kubernetes.io/not-ready")
          .withEffect("NoExecute")
          .withTimeAdded("2026-03-01T11:00:00Z")
          .build();

  // The first write.

  @Test
  void aNewNodeHasItsLabelsFromTheFirstWrite() {
    assertThat(manifest("").newNode().getMetadata().getLabels())
        .containsExactly(
            entry("kubernetes.io/arch", "arm64"),
            entry("kubernetes.io/os", "linux"),
            entry("node-role.kubernetes.io/virtual", ""),
            entry("node.kubernetes.io/exclude-from-external-load-balancers", "true"),
            entry("virtualnodes.io/pool", "burst"));
  }

  @Test
  void aNewNodeIsTaintedFromTheFirstWrite() {
    assertThat(manifest("").newNode().getSpec().getTaints())
        .extracting(NodeTaints::id)
        .containsExactly("virtualnodes.io/pool:NoSchedule");
  }

  @Test
  void aNewNodeSaysWhoMadeItAndWhatCameFromUs() {
    var node = manifest("").newNode();

    assertThat(node.getMetadata().getName()).isEqualTo("burst-1");
    assertThat(node.getSpec().getProviderID()).isEqualTo("virtualnodes://burst/burst-1");
    assertThat(node.getMetadata().getOwnerReferences()).containsExactly(owner("pool-uid"));
    assertThat(node.getMetadata().getAnnotations())
        .containsExactly(
            entry(
                "virtualnodes.io/applied",
                "{\"labels\":[\"kubernetes.io/arch\",\"kubernetes.io/os\","
                    + "\"node-role.kubernetes.io/virtual\","
                    + "\"node.kubernetes.io/exclude-from-external-load-balancers\","
                    + "\"virtualnodes.io/pool\"],"
                    + "\"taints\":[\"virtualnodes.io/pool:NoSchedule\"]}"));
  }

  @Test
  void aNodeIsItsOwnHostIfThePoolSaysSo() {
    var pool = GivenPool.named("burst", "hostnameLabel: PerNode\nproviderID: None\n");

    var node = manifest(pool, 0).newNode();

    assertThat(node.getMetadata().getLabels()).containsEntry("kubernetes.io/hostname", "burst-0");
    assertThat(node.getSpec().getProviderID()).isNull();
  }

  @Test
  void zonesTakeTurns() {
    var pool = GivenPool.burst("zones: [east-1, east-2]\n");

    assertThat(List.of(0, 1, 2, 3))
        .extracting(index -> manifest(pool, index).labels().get("topology.kubernetes.io/zone"))
        .containsExactly("east-1", "east-2", "east-1", "east-2");
    assertThat(manifest("zones: []\n").labels()).doesNotContainKey("topology.kubernetes.io/zone");
  }

  @Test
  void labelsOfTheUserAreAddedAndTakeNoneOfOurs() {
    var manifest = manifest("labels: {team: a, virtualnodes.io/pool: other}\n");

    assertThat(manifest.labels())
        .containsEntry("team", "a")
        .containsEntry("virtualnodes.io/pool", "burst");
  }

  // Names.

  @ParameterizedTest
  @CsvSource({
    "burst-0, 0",
    "burst-49, 49",
    "burst-999999, 999999",
    "burst-1000000,",
    "burst-,",
    "burst-01,",
    "burst--1,",
    "burst-x-1,",
    "burst,",
    "other-1,",
  })
  void aNodeOfAPoolIsKnownByItsNumber(String node, Integer index) {
    var pool = GivenPool.burst("");

    assertThat(NodeManifest.index(pool, node)).isEqualTo(Optional.ofNullable(index));
    if (index != null) {
      assertThat(NodeManifest.name(pool, index)).isEqualTo(node);
    }
  }

  @Test
  void aNodeIsOursByItsLabelOrByItsOwner() {
    var manifest = manifest("");
    var owned = node(Map.of());
    owned.getMetadata().setOwnerReferences(List.of(owner("pool-uid")));
    var foreign = node(Map.of("virtualnodes.io/pool", "other"));
    foreign.getMetadata().setOwnerReferences(List.of(owner("other-uid")));

    assertThat(manifest.owns(node(Map.of("virtualnodes.io/pool", "burst")))).isTrue();
    assertThat(manifest.owns(owned)).isTrue();
    assertThat(manifest.owns(foreign)).isFalse();
    assertThat(manifest.owns(node(null))).isFalse();
  }

  // Later writes.

  @Test
  void aNodeThatIsAsItShouldBeIsLeftAlone() {
    assertThat(manifest("").patch(existing(""))).isEmpty();
  }

  @Test
  void whatOthersAddedIsLeftAlone() {
    var node =
        new NodeBuilder(existing(""))
            .editMetadata()
            .addToLabels("example.com/rack", "7")
            .addToAnnotations("example.com/note", "hello")
            .endMetadata()
            .editSpec()
            .addToTaints(NOT_READY)
            .endSpec()
            .build();

    assertThat(manifest("").patch(node)).isEmpty();
  }

  @Test
  void aLabelThatIsNoLongerOursGoesAndAChangedOneChanges() {
    var node = existing("labels: {team: a, tier: batch, gone: already}\n");
    node.getMetadata().getLabels().remove("gone");
    node.getMetadata().getLabels().put("example.com/rack", "7");

    var patch = manifest("labels: {team: b}\n").patch(node);

    assertThat(fields(patch, "metadata", "labels"))
        .containsOnly(entry("team", "b"), entry("tier", null));
  }

  @Test
  void aTaintThatIsNoLongerOursGoesAndOthersStay() {
    var node = existing("", Set.of(State.NO_CAPACITY));
    node.getSpec().setTaints(with(NOT_READY, node.getSpec().getTaints()));

    var patch = manifest("").patch(node);

    assertThat(fields(patch, "spec"))
        .containsExactly(entry("taints", List.of(NOT_READY, manifest("").taints().getFirst())));
    assertThat(fields(patch, "metadata", "annotations"))
        .isEqualTo(manifest("").newNode().getMetadata().getAnnotations());
  }

  @Test
  void everyWriteIsGuardedByTheVersionThatItWasComputedFrom() {
    var patch = manifest("labels: {team: b}\n").patch(existing(""));

    assertThat(fields(patch, "metadata")).containsEntry("resourceVersion", "42");
  }

  @Test
  void aNodeThatWeDidNotMakeIsAdopted() {
    var node = node(Map.of("virtualnodes.io/pool", "burst", "foreign", "label"));
    node.getSpec().setTaints(List.of(NOT_READY));

    var patch = manifest("").patch(node);

    assertThat(fields(patch, "metadata", "labels"))
        .containsOnlyKeys(
            "kubernetes.io/arch",
            "kubernetes.io/os",
            "node-role.kubernetes.io/virtual",
            "node.kubernetes.io/exclude-from-external-load-balancers");
    assertThat(fields(patch, "metadata"))
        .containsEntry("ownerReferences", List.of(owner("pool-uid")));
    assertThat(fields(patch, "spec"))
        .containsOnly(
            entry("taints", List.of(NOT_READY, manifest("").taints().getFirst())),
            entry("providerID", "virtualnodes://burst/burst-1"));
  }

  @Test
  void aProviderIdIsNeverChanged() {
    var node = existing("");
    node.getSpec().setProviderID("aws:///x");

    assertThat(manifest("").patch(node)).isEmpty();
  }

  @Test
  void anEarlierPoolOfTheSameNameOwnsItNoMore() {
    var node = existing("");
    var other = new OwnerReferenceBuilder().withKind("Machine").withName("m").build();
    node.getMetadata().setOwnerReferences(List.of(other, owner("0ld-uid")));

    assertThat(fields(manifest("").patch(node), "metadata"))
        .containsEntry("ownerReferences", List.of(other, owner("pool-uid")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "",
        "null",
        "[]",
        "{}",
        "{\"labels\":null,\"taints\":null}",
        "{\"labels\":[\"tier\"]}",
        "{\"labels\":[null],\"taints\":[]}",
        "{\"more\":1}",
      })
  void anAnnotationThatSomebodyEditedIsWrittenAnewAndTakesNoTaintAway(String edited) {
    var node = existing("");
    node.getMetadata().getAnnotations().put("virtualnodes.io/applied", edited);
    node.getSpec().setTaints(with(NOT_READY, node.getSpec().getTaints()));

    var patch = manifest("").patch(node);

    assertThat(fields(patch, "metadata", "annotations"))
        .isEqualTo(manifest("").newNode().getMetadata().getAnnotations());
    assertThat(fields(patch, "spec")).isEmpty();
  }

  // Draining.

  @Test
  void whenDrainingBeganIsKeptOnTheNode() {
    var draining = NodeManifest.of(GivenPool.burst(""), 1, Set.of(), Optional.of(NOON));

    assertThat(NodeManifest.drainStarted(draining.newNode())).contains(NOON);
    assertThat(NodeManifest.drainStarted(existing(""))).isEmpty();
    assertThat(fields(draining.patch(existing("")), "metadata", "annotations"))
        .containsExactly(entry("virtualnodes.io/drain-started", "2026-03-01T12:00:00Z"));
  }

  @Test
  void aNodeThatIsNoLongerDrainedForgetsWhenItBegan() {
    var draining = NodeManifest.of(GivenPool.burst(""), 1, Set.of(), Optional.of(NOON));

    assertThat(fields(manifest("").patch(read(draining)), "metadata", "annotations"))
        .containsExactly(entry("virtualnodes.io/drain-started", null));
  }

  private static NodeManifest manifest(String nodes) {
    return manifest(GivenPool.burst(nodes), 1);
  }

  private static NodeManifest manifest(VirtualNodePool pool, int index) {
    return NodeManifest.of(pool, index, Set.of(), Optional.empty());
  }

  /** The Node as it is after the manifest of such a pool was written. */
  private static Node existing(String nodes) {
    return existing(nodes, Set.of());
  }

  private static Node existing(String nodes, Set<State> states) {
    return read(NodeManifest.of(GivenPool.burst(nodes), 1, states, Optional.empty()));
  }

  private static Node read(NodeManifest manifest) {
    return new NodeBuilder(manifest.newNode())
        .editMetadata()
        .withResourceVersion("42")
        .endMetadata()
        .build();
  }

  private static Node node(Map<String, String> labels) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName("burst-1")
        .withLabels(labels)
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .build();
  }

  private static OwnerReference owner(String uid) {
    return new OwnerReferenceBuilder()
        .withApiVersion("virtualnodes.io/v1alpha1")
        .withKind("VirtualNodePool")
        .withName("burst")
        .withUid(uid)
        .withController(true)
        .build();
  }

  private static List<Taint> with(Taint first, List<Taint> others) {
    return Stream.concat(Stream.of(first), others.stream()).toList();
  }

  /** The object at this path of a patch. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> fields(Optional<Map<String, Object>> patch, String... path) {
    var fields = patch.orElseThrow();
    for (var name : path) {
      fields = (Map<String, Object>) fields.get(name);
    }
    return fields;
  }
}
