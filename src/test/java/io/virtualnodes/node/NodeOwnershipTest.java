package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeOwnershipTest {
  private static final Taint OURS =
      new TaintBuilder().withKey(NodeKeys.POOL).withValue("burst").withEffect("NoSchedule").build();
  private static final Taint THEIRS =
      new TaintBuilder().withKey("example.com/maintenance").withEffect("NoSchedule").build();

  @Test
  void aNodeThatIsAsItShouldBeIsNotWritten() {
    assertThat(manifest(Map.of("tier", "one")).patch(manifest(Map.of("tier", "one")).newNode()))
        .isEmpty();
  }

  @Test
  void whatWeNoLongerWantGoesAndWhatOthersWroteStays() {
    var node =
        new NodeBuilder(manifest(Map.of("tier", "one", "rest", "same")).newNode())
            .editMetadata()
            .addToLabels("example.com/rack", "r1")
            .withResourceVersion("7")
            .endMetadata()
            .editSpec()
            .addToTaints(THEIRS)
            .endSpec()
            .build();

    var patch = manifest(Map.of("rest", "same"), List.of()).patch(node).orElseThrow();

    var metadata = (Map<?, ?>) patch.get("metadata");
    var labels = (Map<?, ?>) metadata.get("labels");
    assertThat(labels.size()).isEqualTo(1);
    assertThat(labels.containsKey("tier")).isTrue();
    assertThat(labels.get("tier")).isNull();
    assertThat(metadata.get("resourceVersion")).isEqualTo("7");
    assertThat(((Map<?, ?>) patch.get("spec")).get("taints")).isEqualTo(List.of(THEIRS));
  }

  @Test
  void aNodeIsOursByItsLabelOrByItsOwner() {
    var labelled = node(Map.of(NodeKeys.POOL, "burst"), "another");
    var owned = node(Map.of(), "uid-1");
    var foreign = node(Map.of(NodeKeys.POOL, "other"), "another");

    assertThat(manifest(Map.of()).owns(labelled)).isTrue();
    assertThat(manifest(Map.of()).owns(owned)).isTrue();
    assertThat(manifest(Map.of()).owns(foreign)).isFalse();
  }

  private static NodeManifest manifest(Map<String, String> labels) {
    return manifest(labels, List.of(OURS));
  }

  private static NodeManifest manifest(Map<String, String> labels, List<Taint> taints) {
    return new NodeManifest(
        "burst-0", "burst", labels, taints, Optional.empty(), Optional.empty(), owner("uid-1"));
  }

  private static Node node(Map<String, String> labels, String ownerUid) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName("burst-0")
        .withLabels(labels)
        .withOwnerReferences(owner(ownerUid))
        .endMetadata()
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
}
