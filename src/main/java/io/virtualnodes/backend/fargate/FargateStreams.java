package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.SocketLink;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.backend.fargate.FargateInventory.Known;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Logs from CloudWatch, and ports at a group's own address, where the operator has a way to it.
 * Commands and attaching go by AWS's session channel, which is not there yet.
 */
final class FargateStreams implements Streams, AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  // Looks bring the news of tasks whose logs are followed with each beat; this is where they fail.
  private static final Duration LATELY = Duration.ofSeconds(10);

  private final LogReader reader;
  private final FollowedLogs followed;
  private final FargateInventory inventory;
  private final InstantSource clock;
  private final Pause pause;

  FargateStreams(LogReader reader, FargateInventory inventory, InstantSource clock, Pause pause) {
    this.reader = reader;
    this.followed = new FollowedLogs(reader, clock, pause);
    this.inventory = inventory;
    this.clock = clock;
    this.pause = pause;
  }

  @Override
  public Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    return inventory
        .find(id)
        .flatMap(group -> taskOf(group, container, options.previous()))
        .map(
            taskId ->
                new LogStream(
                    reader,
                    followed,
                    FargateNames.logStream(taskId, container),
                    options,
                    () -> endOf(id, container, taskId),
                    pause));
  }

  /** In which task the instance ran that is asked for; empty if none did. */
  private Optional<String> taskOf(Known group, String container, boolean previous) {
    var shown =
        group.at(clock.instant()).observe().containers().stream()
            .filter(one -> one.name().equals(container))
            .findFirst();
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    var present = FargateNames.taskId(group.task().taskArn());
    var before =
        Optional.ofNullable(group.previous().get(container))
            .map(FargateObservations.Previous::taskId);
    ContainerState read = group.reading().states().get(container);
    boolean ran = !(read instanceof Waiting);
    boolean waits = ran && shown.get().state() instanceof Waiting;
    if (previous) {
      return waits ? Optional.of(present) : before;
    }
    // Between two runs the one before is the latest that there is.
    return ran ? Optional.of(present) : before;
  }

  /** When an instance ended; empty while it runs. What is not known any more has ended long ago. */
  private Optional<Instant> endOf(GroupId id, String container, String taskId) {
    var group =
        inventory
            .watch(id, LATELY)
            .filter(known -> FargateNames.taskId(known.task().taskArn()).equals(taskId));
    if (group.isEmpty()) {
      return Optional.of(Instant.EPOCH);
    }
    return switch (group.get().reading().states().get(container)) {
      case Exited exited -> Optional.of(exited.at());
      case Running _, Waiting _ -> group.get().reading().endedAt();
    };
  }

  @Override
  public Optional<Ports> ports(GroupId id) {
    return inventory
        .read(id)
        .filter(group -> !group.isOver())
        .flatMap(group -> TaskReading.addresses(group.task()).stream().findFirst())
        .map(address -> port -> connect(address, port));
  }

  private static Link connect(String address, int port) throws IOException {
    try {
      return SocketLink.dial(address, port, CONNECT);
    } catch (IOException e) {
      throw new IOException(
          "port %d at %s: %s"
              .formatted(
                  port,
                  address,
                  e instanceof ConnectException
                      ? "connection refused"
                      : "the operator has no way there: " + e.getMessage()),
          e);
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
