package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Price;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.simulated.Program.Stop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A group that was accepted, with all that will become of it unless it is stopped or deleted.
 * Neither environment nor files are kept: a simulation needs none, and they may be secret.
 *
 * @param grace what sidecars have for their end once the main containers ended
 * @param address in a network that is set aside for benchmarks and leads nowhere
 * @param vanishesAt when it is lost; absent if it never is
 * @param stop what was asked for last; a later request can only shorten the grace
 * @param deletedAt when it was deleted; it is kept for a while for lists that lag
 */
record SimulatedGroup(
    GroupId id,
    GroupOwner owner,
    RestartPolicy restartPolicy,
    Duration grace,
    Instant acceptedAt,
    Instant startsAt,
    Optional<Instant> vanishesAt,
    String address,
    long milliCpu,
    long memoryBytes,
    Optional<Price> price,
    List<SimulatedContainer> containers,
    Optional<Stop> stop,
    Optional<Instant> deletedAt) {

  SimulatedGroup {
    containers = List.copyOf(containers);
  }

  /**
   * One container.
   *
   * @param imageMissing whether its image can never be fetched
   * @param runTime how long a command runs that is not understood; absent: until it is stopped
   * @param exitCode what such a command ends with
   * @param restarts what it says itself of being started again
   * @param pace absent: it is where it should be as soon as it runs, and ends without a hook
   * @param load what it uses; absent: what something uses of which nothing is known
   * @param ports that answer; absent: all of them
   */
  record SimulatedContainer(
      String name,
      Part part,
      Optional<Restarts> restarts,
      String image,
      boolean imageMissing,
      List<String> command,
      Optional<Duration> runTime,
      int exitCode,
      Optional<Pace> pace,
      Optional<Load> load,
      Optional<List<Integer>> ports) {

    SimulatedContainer {
      command = List.copyOf(command);
    }

    Program program() {
      return Script.read(command).orElseGet(() -> Program.unknown(image, runTime, exitCode));
    }
  }

  /**
   * @param within how long its containers have for their end from then on
   */
  SimulatedGroup stopped(Instant asked, Duration within) {
    var kill = asked.plus(within);
    var next =
        stop.map(before -> new Stop(before.asked(), earlier(before.kill(), kill)))
            .orElseGet(() -> new Stop(asked, kill));
    return with(Optional.of(next), deletedAt);
  }

  SimulatedGroup deleted(Instant at) {
    return with(stop, deletedAt.or(() -> Optional.of(at)));
  }

  private SimulatedGroup with(Optional<Stop> itsStop, Optional<Instant> itsDeletion) {
    return new SimulatedGroup(
        id,
        owner,
        restartPolicy,
        grace,
        acceptedAt,
        startsAt,
        vanishesAt,
        address,
        milliCpu,
        memoryBytes,
        price,
        containers,
        itsStop,
        itsDeletion);
  }

  /** Whether it was there at an instant. */
  boolean existsAt(Instant instant) {
    return !acceptedAt.isAfter(instant)
        && deletedAt.filter(at -> !at.isAfter(instant)).isEmpty()
        && vanishesAt.filter(at -> !at.isAfter(instant)).isEmpty();
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
