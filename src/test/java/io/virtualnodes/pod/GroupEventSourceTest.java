package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.virtualnodes.backend.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GroupEventSourceTest {
  private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

  private final List<String> woken = new ArrayList<>();

  private static Pod pod(String name, String deletion) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName(name)
        .withUid("uid-of-" + name)
        .withDeletionTimestamp(deletion)
        .endMetadata()
        .build();
  }

  private GroupEventSource following(Pod... pods) {
    // Nobody looks at groups here but the test.
    var source = new GroupEventSource(null, () -> List.of(pods).stream());
    source.setEventHandler(event -> woken.add(event.getRelatedCustomResourceID().getName()));
    List.of(pods).forEach(source::follow);
    return source;
  }

  private static Snapshot look() {
    return new Snapshot(NOW, List.of());
  }

  @Test
  void thoseWhoseGroupChangedAndThoseWhoWaitForALookAreWokenOnce() {
    var changed = pod("changed", null);
    var waits = pod("waits", null);
    var source = following(changed, waits, pod("rests", null));
    source.await(changed);
    source.await(waits);

    source.looked(look(), Set.of("uid-of-changed"));
    source.looked(look(), Set.of());

    assertThat(woken).containsExactlyInAnyOrder("changed", "waits");
  }

  @Test
  void whoWaitsAgainOnceWokenIsWokenByTheNextLook() {
    var pod = pod("stopping", null);
    var source = following(pod);
    // The pod's reconcile takes this look to be older than what it asked for last.
    source.setEventHandler(
        event -> {
          woken.add(event.getRelatedCustomResourceID().getName());
          if (woken.size() == 1) {
            source.await(pod);
          }
        });

    source.looked(look(), Set.of("uid-of-stopping"));
    source.looked(look(), Set.of());
    source.looked(look(), Set.of());

    assertThat(woken).containsExactly("stopping", "stopping");
  }

  @Test
  void whoShouldHaveGoneLongAgoIsWokenByEveryLook() {
    var source =
        following(
            pod("late", NOW.minusSeconds(11).toString()),
            pod("in-time", NOW.minusSeconds(10).toString()),
            pod("has-time", NOW.plusSeconds(30).toString()),
            pod("stays", null));

    source.looked(look(), Set.of());
    source.looked(look(), Set.of());

    assertThat(woken).containsExactly("late", "late");
  }

  @Test
  void whoIsNotFollowedYetIsIntroduced() {
    var source = new GroupEventSource(null, () -> List.of(pod("new", null)).stream());
    var introduced = new ArrayList<ResourceID>();
    source.setEventHandler(event -> introduced.add(event.getRelatedCustomResourceID()));

    source.looked(look(), Set.of());

    assertThat(introduced).containsExactly(new ResourceID("new", "shop"));
  }
}
