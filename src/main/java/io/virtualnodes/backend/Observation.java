package io.virtualnodes.backend;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a backend said about one group at one instant.
 *
 * @param containers in the order of the group's containers
 * @param guests those that joined it later, by {@link Guests}
 * @param addresses IP addresses at which the group answers, most important first; empty before it
 *     has one
 * @param createdAt when the backend accepted the group
 * @param price of the whole group, where the backend has one
 * @param finishedAt when the last container ended; present only if {@code progress} is FINISHED
 * @param interruption what ended containers that were at work; present only if {@code progress} is
 *     FINISHED. They did not finish, whatever they ended with
 */
public record Observation(
    GroupId id,
    GroupOwner owner,
    Progress progress,
    List<ContainerObservation> containers,
    List<ContainerObservation> guests,
    List<String> addresses,
    Instant createdAt,
    Optional<Price> price,
    Optional<Instant> finishedAt,
    Optional<Interruption> interruption) {

  /** Of a group that was not interrupted, at a backend that has no guests. */
  public Observation(
      GroupId id,
      GroupOwner owner,
      Progress progress,
      List<ContainerObservation> containers,
      List<String> addresses,
      Instant createdAt,
      Optional<Price> price,
      Optional<Instant> finishedAt) {
    this(
        id,
        owner,
        progress,
        containers,
        List.of(),
        addresses,
        createdAt,
        price,
        finishedAt,
        Optional.empty());
  }

  /** Of a backend that names no price. */
  public Observation(
      GroupId id,
      GroupOwner owner,
      Progress progress,
      List<ContainerObservation> containers,
      List<String> addresses,
      Instant createdAt,
      Optional<Instant> finishedAt) {
    this(id, owner, progress, containers, addresses, createdAt, Optional.empty(), finishedAt);
  }

  public Observation {
    containers = List.copyOf(containers);
    guests = List.copyOf(guests);
    addresses = List.copyOf(addresses);
  }

  /** The same with its containers in another state. */
  public Observation with(List<ContainerObservation> others) {
    return new Observation(
        id, owner, progress, others, guests, addresses, createdAt, price, finishedAt, interruption);
  }

  /**
   * An end of a group that neither its containers nor the operator brought about.
   *
   * @param words why, as the service says it
   * @param byService whether the service took it away; otherwise somebody had it stopped there
   */
  public record Interruption(String words, boolean byService) {}

  /** How far a group is in its life. */
  public enum Progress {
    /** Its creation was cut off; {@link Backend#create} for the same id completes it. */
    PARTIAL,
    /** It runs, or will without being asked again. */
    ALIVE,
    /** No container runs and none will be started, or started again. */
    FINISHED
  }

  /**
   * One container of the group.
   *
   * @param previous how the instance before the present one ended
   * @param previousId the backend's own id of that instance; empty if it has none any more
   * @param restarts how often it was started again
   * @param image as the backend resolved it; empty while unknown
   * @param imageId the image's digest; empty while unknown
   * @param containerId the backend's own id, as {@code <runtime>://<id>}; empty before there is one
   * @param health of one that runs and is looked after; empty: it is well as long as it runs
   */
  public record ContainerObservation(
      String name,
      ContainerState state,
      Optional<ContainerState.Exited> previous,
      String previousId,
      int restarts,
      String image,
      String imageId,
      String containerId,
      Optional<Health> health) {

    /** Of one that is not looked after, or does not run. */
    public ContainerObservation(
        String name,
        ContainerState state,
        Optional<ContainerState.Exited> previous,
        String previousId,
        int restarts,
        String image,
        String imageId,
        String containerId) {
      this(
          name,
          state,
          previous,
          previousId,
          restarts,
          image,
          imageId,
          containerId,
          Optional.empty());
    }
  }
}
