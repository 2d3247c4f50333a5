package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Restarts;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a container that ended is started again. It is the kubelet's rule: the first restart comes
 * at once, the next ones 10 s, 20 s, 40 s and so on up to 5 min after the end of the run before,
 * and a container that ran for 10 min starts afresh.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy">Kubernetes'
 *     restart policy</a>
 */
public final class RestartRule {
  static final Duration FIRST_BACK_OFF = Duration.ofSeconds(10);
  static final Duration LONGEST_BACK_OFF = Duration.ofMinutes(5);
  static final Duration FORGIVEN_AFTER = Duration.ofMinutes(10);

  private RestartRule() {}

  /** What becomes of a container that ended. */
  public sealed interface Verdict {
    /** It stays as it ended. */
    record Never() implements Verdict {}

    /**
     * It is started again.
     *
     * @param when not before; in the past if it is due
     * @param backOff what the new instance carries: how long the one after it will have to wait
     */
    record Restart(Instant when, Duration backOff) implements Verdict {}
  }

  /** Decides on the latest instance of a container. */
  public static Verdict after(Restarts restarts, EndedInstance ended) {
    if (!restarts.again(ended.exitCode(), ended.unhealthy())) {
      return new Verdict.Never();
    }
    if (ended.backOff().isZero() || ended.ran().compareTo(FORGIVEN_AFTER) > 0) {
      return new Verdict.Restart(ended.finishedAt(), FIRST_BACK_OFF);
    }
    return new Verdict.Restart(
        ended.finishedAt().plus(ended.backOff()), atMost(ended.backOff().multipliedBy(2)));
  }

  /** How a container is reported that ended and waits for its next start; empty if none waits. */
  public static Optional<Waiting> waiting(
      Restarts restarts,
      GroupId id,
      GroupOwner owner,
      String container,
      EndedInstance ended,
      Instant now) {
    return switch (after(restarts, ended)) {
      case Verdict.Never _ -> Optional.empty();
      case Verdict.Restart(var when, _) when !when.isAfter(now) -> Optional.empty();
      case Verdict.Restart _ ->
          Optional.of(
              new Waiting(
                  Waiting.CRASH_LOOP,
                  "back-off %s restarting failed container=%s pod=%s_%s(%s)"
                      .formatted(
                          inWords(ended.backOff()),
                          container,
                          owner.pod(),
                          owner.namespace(),
                          id.podUid())));
    };
  }

  private static Duration atMost(Duration backOff) {
    return backOff.compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : backOff;
  }

  /** As Go writes it: 40s, 1m20s, 5m0s. People and tools match on the kubelet's message. */
  private static String inWords(Duration backOff) {
    var minutes = backOff.toMinutes();
    return (minutes > 0 ? minutes + "m" : "") + backOff.toSecondsPart() + "s";
  }
}
