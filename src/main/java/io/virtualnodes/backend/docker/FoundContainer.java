package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * One container of ours as the engine told it.
 *
 * @param id the engine's own
 * @param image the name it was asked for by
 * @param imageId the digest where the image has one, else the engine's id of it
 * @param addresses at which it answers, or answered before it ended as far as anybody knows
 * @param milestones what is on record of it
 */
record FoundContainer(
    String id,
    String name,
    Marks marks,
    Status status,
    String image,
    String imageId,
    List<String> addresses,
    Set<Milestone> milestones) {

  FoundContainer {
    addresses = List.copyOf(addresses);
    milestones = Set.copyOf(milestones);
  }

  /** One of which nothing is on record. */
  FoundContainer(
      String id,
      String name,
      Marks marks,
      Status status,
      String image,
      String imageId,
      List<String> addresses) {
    this(id, name, marks, status, image, imageId, addresses, Set.of());
  }

  FoundContainer with(Set<Milestone> reached) {
    return new FoundContainer(id, name, marks, status, image, imageId, addresses, reached);
  }

  FoundContainer answering(List<String> at) {
    return new FoundContainer(id, name, marks, status, image, imageId, at, milestones);
  }

  Instance instanceId() {
    return new Instance(marks.group(), marks.container(), marks.instance());
  }

  /** How it is. */
  sealed interface Status {
    /** Never started. */
    record Made() implements Status {}

    record Running(Instant since) implements Status {}

    /** Ended, or could not be started. */
    record Ended(Exited exit) implements Status {}

    /** It is there, but how it is could not be read this time. */
    record Unread() implements Status {}
  }

  boolean running() {
    return status instanceof Status.Running;
  }

  /** Whether it runs for all that is known. */
  boolean mayRun() {
    return switch (status) {
      case Status.Running _, Status.Unread _ -> true;
      case Status.Made _, Status.Ended _ -> false;
    };
  }

  boolean made() {
    return status instanceof Status.Made;
  }
}
