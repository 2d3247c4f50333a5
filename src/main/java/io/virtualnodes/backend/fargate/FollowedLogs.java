package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.fargate.LogReader.Page;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What comes to logs that are followed. CloudWatch answers 25 reads a second, whoever asks: so what
 * follows a place in a log is read once for all followers who have come there, soon after something
 * came, and ever less often while nothing does.
 *
 * <p>A follower who is slow finds what the others have read; if none of them is left there, it
 * reads for itself. At most one page is kept for each follower. Used by many threads; the spots are
 * guarded by their map, and each of them by its own lock.
 */
final class FollowedLogs {
  static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);

  /** How long a line that comes to a log which was quiet goes unread at most. */
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final LogReader reader;
  private final InstantSource clock;
  private final Pause pause;
  private final Map<Place, Spot> spots = new ConcurrentHashMap<>();

  FollowedLogs(LogReader reader, InstantSource clock, Pause pause) {
    this.reader = reader;
    this.clock = clock;
    this.pause = pause;
  }

  /**
   * A place in a log.
   *
   * @param since in milliseconds since 1970: CloudWatch's tokens are of what was asked for
   * @param token where an earlier page said that the log goes on; empty: from its start
   */
  private record Place(String stream, Optional<Long> since, Optional<String> token) {}

  /**
   * What was found at a place.
   *
   * @param page may be empty
   * @param began when it was looked for
   */
  record Look(Page page, Instant began) {
    private static final Look NONE =
        new Look(new Page(List.of(), Optional.empty(), false), Instant.MIN);

    private boolean found() {
      return !page.lines().isEmpty() || page.more();
    }
  }

  /** Where followers wait for what comes next: one of them reads, and the others hear of it. */
  private static final class Spot {
    // Guarded by the map.
    private int followers;
    // Guarded by the lock, which nobody holds while a page is read.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition read = lock.newCondition();
    private boolean reading;
    private int reads;
    private Instant due;
    private Duration wait = SHORTEST_PAUSE;
    private Look last = Look.NONE;

    Spot(Instant due) {
      this.due = due;
    }

    /**
     * What is there, or what another finds; empty if nobody reads.
     *
     * @throws InterruptedException if that happened first
     */
    Optional<Look> share() throws InterruptedException {
      lock.lockInterruptibly();
      try {
        if (last.found()) {
          return Optional.of(last);
        }
        if (!reading) {
          reading = true;
          return Optional.empty();
        }
        for (int seen = reads; reads == seen; ) {
          read.await();
        }
        return Optional.of(last);
      } finally {
        lock.unlock();
      }
    }

    /** Nobody reads any more; what was found is there for all. */
    void done(Optional<Look> look, Instant now) {
      lock.lock();
      try {
        reading = false;
        reads++;
        last = look.orElse(Look.NONE);
        due = now.plus(wait);
        var longer = wait.multipliedBy(2);
        wait = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
        read.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Follows a log from a place on.
   *
   * @param stream the log
   * @param since in milliseconds since 1970
   * @param last the page that ends there
   */
  Follower follow(String stream, Optional<Long> since, Page last) {
    return new Follower(new Place(stream, since, last.next()), due(last));
  }

  private Instant due(Page page) {
    return page.isFull() ? clock.instant() : clock.instant().plus(SHORTEST_PAUSE);
  }

  private Spot enter(Place place, Instant due) {
    return spots.compute(
        place,
        (_, before) -> {
          var spot = before == null ? new Spot(due) : before;
          spot.followers++;
          return spot;
        });
  }

  private void leave(Place place) {
    spots.computeIfPresent(place, (_, spot) -> --spot.followers == 0 ? null : spot);
  }

  /** Somebody who follows a log. Asked by one thread, and closed by any. */
  final class Follower implements AutoCloseable {
    private Place place;
    private Spot spot;
    private boolean gone;

    private Follower(Place place, Instant due) {
      this.place = place;
      this.spot = enter(place, due);
    }

    /**
     * What comes next, once it has been looked for another time; may be nothing.
     *
     * @throws io.virtualnodes.backend.BackendException if that failed; the place stays the same
     */
    Look next() throws InterruptedException {
      var here = spot;
      var shared = here.share();
      var look = shared.isPresent() ? shared.get() : read(here);
      if (look.found()) {
        move(look.page());
      }
      return look;
    }

    private Look read(Spot here) throws InterruptedException {
      Optional<Look> look = Optional.empty();
      try {
        var rest = Duration.between(clock.instant(), here.due);
        if (rest.isPositive()) {
          pause.pass(rest);
        }
        var began = clock.instant();
        var page = reader.followed(place.stream(), place.since(), place.token());
        look = Optional.of(new Look(page, began));
        return look.get();
      } finally {
        // Those who wait must not wait for one who failed.
        here.done(look, clock.instant());
      }
    }

    private synchronized void move(Page page) {
      if (!gone) {
        leave(place);
        place = new Place(place.stream(), place.since(), page.next());
        spot = enter(place, due(page));
      }
    }

    @Override
    public synchronized void close() {
      if (!gone) {
        gone = true;
        leave(place);
      }
    }
  }
}
