package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Health.Readiness;
import io.virtualnodes.backend.Probe;
import java.time.Duration;
import java.time.Instant;

/**
 * When a container is probed, and what the answers mean. It is the kubelet's rule: results count in
 * a row; liveness and readiness wait for the startup probe; a container is not ready and not
 * started until it is found so, and alive until it is found not to be.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes">Kubernetes'
 *     container probes</a>
 */
public final class ProbeRule {
  private ProbeRule() {}

  /** What a probe is for; its name is how the kubelet writes it. */
  public enum Kind {
    STARTUP("Startup"),
    LIVENESS("Liveness"),
    READINESS("Readiness");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** Whether a container is ended that fails it. */
    public boolean endsWhatFails() {
      return this != READINESS;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** What a probe has come to. */
  public enum Verdict {
    /** No threshold was reached yet. */
    OPEN,
    PASSED,
    FAILED
  }

  /**
   * What one probe found of one run of a container.
   *
   * @param lastPassed of the last result
   * @param alike how many results in a row are like the last one; 0 before the first
   */
  public record Findings(Verdict verdict, boolean lastPassed, int alike) {
    /** Before the first result. */
    public static final Findings NONE = new Findings(Verdict.OPEN, false, 0);

    /** The one of a container that passed it before it was known here. */
    public static final Findings PASSED_BEFORE = new Findings(Verdict.PASSED, true, 1);
  }

  /**
   * What is found with one more result. A container that restarts begins with {@link
   * Findings#NONE}.
   */
  public static Findings after(Probe probe, Findings before, boolean passed) {
    int alike = before.alike() > 0 && before.lastPassed() == passed ? before.alike() + 1 : 1;
    int needed = passed ? probe.successThreshold() : probe.failureThreshold();
    var verdict = alike < needed ? before.verdict() : passed ? Verdict.PASSED : Verdict.FAILED;
    return new Findings(verdict, passed, alike);
  }

  /** Whether nothing is left to find out in this run of the container. */
  public static boolean over(Kind kind, Findings findings) {
    return switch (findings.verdict()) {
      case OPEN -> false;
      case PASSED -> kind == Kind.STARTUP;
      case FAILED -> kind.endsWhatFails();
    };
  }

  /**
   * Whether the last result is news to people: the first failure of a row, and the one that
   * decides. Those in between say the same.
   */
  public static boolean worthTelling(Probe probe, Findings findings) {
    return !findings.lastPassed()
        && (findings.alike() == 1 || findings.alike() == probe.failureThreshold());
  }

  /** When a container is probed for the first time that runs since {@code since}. */
  public static Instant first(Probe probe, Instant since, Instant now) {
    return later(since.plus(probe.initialDelay()), now);
  }

  /**
   * When it is probed next.
   *
   * @param due when it was to be probed last
   * @param now when the answer was there; one that took longer than the period is followed at once
   */
  public static Instant next(Probe probe, Instant due, Instant now) {
    return later(due.plus(probe.period()), now);
  }

  /**
   * How a running container is.
   *
   * @param postStarted whether its postStart hook is done, or it has none
   * @param olderThanUs whether it ran before this process began to look
   */
  public static Health health(
      Care care, boolean postStarted, Findings startup, Findings readiness, boolean olderThanUs) {
    boolean started =
        postStarted && (care.startup().isEmpty() || startup.verdict() == Verdict.PASSED);
    if (!started) {
      return new Health(false, Readiness.NO);
    }
    if (care.readiness().isEmpty()) {
      return new Health(true, Readiness.YES);
    }
    return new Health(
        true,
        switch (readiness.verdict()) {
          case PASSED -> Readiness.YES;
          case FAILED -> Readiness.NO;
          case OPEN -> olderThanUs ? Readiness.AS_TOLD_BEFORE : Readiness.NO;
        });
  }

  /** What a container that a probe failed has for its end. */
  public static Duration grace(Probe probe, Duration otherwise) {
    return probe.grace().orElse(otherwise);
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
