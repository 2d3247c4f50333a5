package io.virtualnodes.backend;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps requests of one kind within what a cloud takes in some times, and tells each whose turn has
 * not come when it will: who asked first goes first. It reads no clock and waits for nothing.
 *
 * <p>What was requested by others it does not know, and of what was before this process only what
 * it is told; the cloud's refusals tell it the rest. Used by many threads.
 */
public final class RateGovernor {
  // Who does not come back when told to has given up, and must not hold up those behind.
  private static final Duration LATE = Duration.ofMinutes(2);

  private final List<Window> windows;
  private final List<Deque<Instant>> taken;
  // By whom, in the order of their first asking, when each is expected back.
  private final Map<String, Instant> line = new LinkedHashMap<>();
  private Instant closedUntil = Instant.MIN;

  /** At most {@code most} requests in any time of this length. */
  public record Window(int most, Duration length) {}

  public RateGovernor(List<Window> windows) {
    this.windows = List.copyOf(windows);
    this.taken = new ArrayList<>();
    windows.forEach(_ -> taken.add(new ArrayDeque<>()));
  }

  /**
   * Asks to be let through.
   *
   * @param who the same each time it asks again
   * @return zero if it may go now, which is counted; otherwise when to ask again
   */
  public synchronized Duration admit(String who, Instant now) {
    forget(now);
    line.putIfAbsent(who, now);
    int place = place(who);
    var turn = turn(place, now);
    if (!turn.isAfter(now)) {
      line.remove(who);
      taken.forEach(window -> window.addLast(now));
      return Duration.ZERO;
    }
    line.put(who, turn);
    return Duration.between(now, turn);
  }

  /** Requests that were made before this process, so far as they are known. */
  public synchronized void remember(Collection<Instant> times) {
    for (var window : taken) {
      var all = new ArrayList<>(window);
      all.addAll(times);
      all.sort(Comparator.naturalOrder());
      window.clear();
      window.addAll(all);
    }
  }

  /** Who was let through at that time had no need of it after all. */
  public synchronized void giveBack(Instant at) {
    taken.forEach(window -> window.removeLastOccurrence(at));
  }

  /** Somebody no longer wants to be let through. */
  public synchronized void leave(String who) {
    line.remove(who);
  }

  /** The cloud refused a request for being one too many. */
  public synchronized void refused(Duration retryAfter, Instant now) {
    var until = now.plus(retryAfter);
    closedUntil = until.isAfter(closedUntil) ? until : closedUntil;
  }

  private void forget(Instant now) {
    line.values().removeIf(expected -> expected.plus(LATE).isBefore(now));
    for (int i = 0; i < windows.size(); i++) {
      var window = taken.get(i);
      var length = windows.get(i).length();
      while (!window.isEmpty() && !window.peekFirst().plus(length).isAfter(now)) {
        window.removeFirst();
      }
    }
  }

  private int place(String who) {
    int place = 0;
    for (var waiting : line.keySet()) {
      if (waiting.equals(who)) {
        return place;
      }
      place++;
    }
    return place;
  }

  /** When the one who has so many before it may go: once every window has room for all of them. */
  private Instant turn(int place, Instant now) {
    var open = closedUntil.isAfter(now) ? closedUntil : now;
    var turn = open;
    for (int i = 0; i < windows.size(); i++) {
      var window = windows.get(i);
      var times = new ArrayList<>(taken.get(i));
      int beyond = place - (window.most() - times.size());
      if (beyond < 0) {
        continue;
      }
      // Those before it take what is free now, and each further one takes the place of one that has
      // left the window, one length after that one went.
      while (times.size() < window.most()) {
        times.add(open);
      }
      var freed =
          times
              .get(beyond % window.most())
              .plus(window.length().multipliedBy(1 + beyond / window.most()));
      turn = freed.isAfter(turn) ? freed : turn;
    }
    return turn;
  }
}
