package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Place;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is told of a pod once in its life stays so over the lives of the operator. */
class PodEventsIT {
  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));

  private static Place place;
  @AutoClose private static EventOutbox outbox;

  @BeforeAll
  static void aCluster() {
    place = Cluster.of(PodEventsIT.class).place(PodEventsIT.class);
    outbox = new EventOutbox(NODE.node(), place.cluster().client());
  }

  @Test
  void aPodIsToldOnceThatNoPolicyIsEnforcedAlsoByTheNextOperator() {
    var pod = pod("guarded");
    var other = pod("guarded");
    var first = events();
    first.notIsolated(pod, List.of("deny-all", "guard"));
    first.notIsolated(pod, List.of("deny-all"));

    var next = events();
    next.notIsolated(pod, List.of("deny-all", "guard"));
    next.notIsolated(other, List.of("guard"));

    // Events are written in their order: once the last one is there, all are.
    await().untilAsserted(() -> assertThat(told(other)).isNotEmpty());
    assertThat(told(pod))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getReason()).isEqualTo("NetworkPolicyNotEnforced");
              assertThat(event.getMessage())
                  .startsWith("Backend local does not enforce NetworkPolicies")
                  .endsWith("Selected by deny-all, guard");
            });
    // Another pod of that name, as a StatefulSet makes it, is told for itself.
    assertThat(told(other)).hasSize(1);
  }

  private static PodEvents events() {
    return new PodEvents(outbox, NODE, InstantSource.system());
  }

  private static Pod pod(String name) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(place.namespace())
        .withName(name)
        .withUid(UUID.randomUUID().toString())
        .endMetadata()
        .build();
  }

  private static List<Event> told(Pod pod) {
    return place
        .cluster()
        .client()
        .v1()
        .events()
        .inNamespace(place.namespace())
        .withField("involvedObject.uid", pod.getMetadata().getUid())
        .list()
        .getItems();
  }
}
