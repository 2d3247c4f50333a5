package io.virtualnodes.backend;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A failure at a backend, made where the backend's own words are known. Each kind has one
 * consequence, decided by the core. The message is for people: it keeps the backend's own sentence
 * and holds no secret.
 */
public abstract sealed class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private BackendException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Busy, throttled, unreachable, or the answer was lost: it may have happened, unless {@link
   * #notAsked}, and asking again later is right.
   */
  public static final class Unavailable extends BackendException {
    private static final long serialVersionUID = 1L;
    private final transient Optional<Duration> retryAfter;
    private final boolean asked;

    public Unavailable(String message, Throwable cause) {
      this(message, Optional.empty(), cause);
    }

    public Unavailable(String message, Optional<Duration> retryAfter, Throwable cause) {
      this(message, retryAfter, true, cause);
    }

    private Unavailable(
        String message, Optional<Duration> retryAfter, boolean asked, Throwable cause) {
      super(message, cause);
      this.retryAfter = retryAfter;
      this.asked = asked;
    }

    /** The backend was not asked, for it would take no more requests before so long. */
    public static Unavailable notAsked(String message, Duration turn) {
      return new Unavailable(message, Optional.of(turn), false, null);
    }

    /** Whether it may have happened. */
    public boolean wasAsked() {
      return asked;
    }

    /** How long the backend asked us to wait. */
    public Optional<Duration> retryAfter() {
      return retryAfter;
    }
  }

  /** Understood and allowed, but there is no room now. */
  public static final class NoCapacity extends BackendException {
    private static final long serialVersionUID = 1L;
    private final Quota.Counts counts;

    /** Of room that groups which have ended do not take. */
    public NoCapacity(String message, Throwable cause) {
      this(message, Quota.Counts.RUNNING, cause);
    }

    /**
     * @param counts which groups take up what is lacking
     */
    public NoCapacity(String message, Quota.Counts counts, Throwable cause) {
      super(message, cause);
      this.counts = counts;
    }

    /** Which groups take up what is lacking: whether deleting some that have ended makes room. */
    public Quota.Counts counts() {
      return counts;
    }
  }

  /** Our credentials or settings are refused: the pool's owner must act. */
  public static final class Denied extends BackendException {
    private static final long serialVersionUID = 1L;

    public Denied(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The backend will never run this group as it is written. */
  public static final class Rejected extends BackendException {
    private static final long serialVersionUID = 1L;

    public Rejected(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** We know without asking that this cannot be done here. */
  public static final class Unsupported extends BackendException {
    private static final long serialVersionUID = 1L;
    private final transient List<String> reasons;

    /**
     * @param reasons every reason, each naming the field or the function that is not there
     */
    public Unsupported(List<String> reasons) {
      super(String.join("; ", reasons), null);
      this.reasons = List.copyOf(reasons);
    }

    public List<String> reasons() {
      return reasons;
    }
  }
}
