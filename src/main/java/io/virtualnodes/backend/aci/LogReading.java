package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Pause;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Reads the logs of containers, once or as they grow, within what Azure grants. */
final class LogReading {
  // A follower must not take the reads that launches, ends and sweeps need.
  private static final int READS_KEPT_BACK = 100;
  // How old what is known of a container may become, for one that says nothing.
  private static final Duration OLDEST_KNOWLEDGE = Duration.ofSeconds(5);

  private final ArmClient azure;
  private final SeenContainers containers;
  private final AciRates rates;
  private final InstantSource clock;
  private final Pause pause;
  private volatile boolean closed;

  LogReading(
      ArmClient azure,
      SeenContainers containers,
      AciRates rates,
      InstantSource clock,
      Pause pause) {
    this.azure = azure;
    this.containers = containers;
    this.rates = rates;
    this.clock = clock;
    this.pause = pause;
  }

  /** Empty if there is no such container, or it has not run. */
  Optional<InputStream> open(String group, String container, LogOptions options) {
    var followed =
        options.follow()
            ? containers.running(group, container)
            : Optional.<ContainerObservation>empty();
    var tail = AciLog.azureCountsLines(options) ? (int) options.tailLines().getAsLong() : null;
    var text = azure.logs(group, container, tail, AciLog.needsTimes(options));
    return text.map(
        first ->
            followed.isPresent()
                ? new FollowedLog(new Follower(group, followed.get()), options, first)
                : new ByteArrayInputStream(AciLog.select(first, options)));
  }

  /** Nothing is followed any more. */
  void close() {
    closed = true;
  }

  /** Looks at the log of an instance that ran when this was made. */
  private final class Follower implements FollowedLog.Source {
    private final String group;
    private final ContainerObservation instance;
    private Instant askedAt = clock.instant();

    Follower(String group, ContainerObservation instance) {
      this.group = group;
      this.instance = instance;
    }

    @Override
    public Optional<String> look(Optional<Integer> lines) {
      return azure.logs(group, instance.name(), lines.orElse(null), true);
    }

    /** By what sweeps saw, and by a read of its own where that is old. */
    @Override
    public FollowedLog.Instance instance() {
      var known = containers.known(group, instance.name());
      if (known.filter(now -> SeenContainers.runs(now, instance)).isEmpty()) {
        return become(containers.look(group, instance.name()));
      }
      if (askedAt.plus(OLDEST_KNOWLEDGE).isAfter(clock.instant())) {
        return FollowedLog.Instance.RUNS;
      }
      askedAt = clock.instant();
      return become(containers.look(group, instance.name()));
    }

    private FollowedLog.Instance become(Optional<ContainerObservation> now) {
      if (now.isEmpty()) {
        return FollowedLog.Instance.GONE;
      }
      if (now.get().restarts() != instance.restarts()) {
        return FollowedLog.Instance.REPLACED;
      }
      return SeenContainers.runs(now.get(), instance)
          ? FollowedLog.Instance.RUNS
          : FollowedLog.Instance.ENDED;
    }

    @Override
    public boolean mayLook() {
      return rates.reads().available(clock.instant()) >= READS_KEPT_BACK;
    }

    @Override
    public void pause(Duration time) throws InterruptedException {
      pause.pass(time);
      if (closed) {
        throw new BackendException.Unavailable("the backend was closed", null);
      }
    }

    @Override
    public Instant now() {
      return clock.instant();
    }
  }
}
