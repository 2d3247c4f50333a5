package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.models.Container;
import com.azure.resourcemanager.containerinstance.models.ContainerState;
import com.azure.resourcemanager.containerinstance.models.Event;
import com.azure.resourcemanager.containerinstance.models.InitContainerDefinition;
import io.virtualnodes.backend.ContainerGroup.Part;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What Azure says of one container. A list says nothing of how it is, and while an image is fetched
 * parts are missing too.
 *
 * @param restarts 0 while nothing is said
 */
record ContainerView(
    String name,
    Part part,
    String image,
    int restarts,
    Optional<ContainerState> current,
    Optional<ContainerState> previous,
    List<Event> events) {

  static ContainerView of(Container container) {
    var view = Optional.ofNullable(container.instanceView());
    return new ContainerView(
        container.name(),
        Part.MAIN,
        container.image(),
        view.map(one -> one.restartCount()).orElse(0),
        view.map(one -> one.currentState()),
        view.map(one -> one.previousState()).filter(ContainerView::says),
        view.map(one -> one.events()).orElse(List.of()));
  }

  static ContainerView of(InitContainerDefinition container) {
    var view = Optional.ofNullable(container.instanceView());
    return new ContainerView(
        container.name(),
        Part.INIT,
        container.image(),
        view.map(one -> one.restartCount()).orElse(0),
        view.map(one -> one.currentState()),
        view.map(one -> one.previousState()).filter(ContainerView::says),
        view.map(one -> one.events()).orElse(List.of()));
  }

  /** The state of a container that never ran before is sometimes there and empty. */
  private static boolean says(ContainerState state) {
    return state.state() != null;
  }

  /** The event that came last of those that tell of fetching an image. */
  Optional<Event> lastOfImage() {
    return events.stream()
        .filter(ContainerView::isOfImage)
        .max(Comparator.comparing(event -> instant(event.lastTimestamp()).orElse(Instant.MIN)));
  }

  private static boolean isOfImage(Event event) {
    return switch (event.name() == null ? "" : event.name()) {
      case "Pulling", "Pulled" -> true;
      // Of other failures and pauses a container tells by the same names.
      case "Failed", "BackOff" ->
          event.message() != null
              && event.message().toLowerCase(java.util.Locale.ROOT).contains("pull");
      default -> false;
    };
  }

  static Optional<Instant> instant(OffsetDateTime time) {
    return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
  }
}
