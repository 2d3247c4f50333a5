package io.virtualnodes.kubelet.stream;

import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.Streams;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The sessions of one node: so many at once, and all of them to be ended with it. */
public final class Sessions {
  private final StreamLimits limits;
  private final Executor blocking;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition left = lock.newCondition();
  // All guarded by lock.
  private final Set<Session> sessions = new HashSet<>();
  private int places;
  private boolean closed;

  /**
   * @param blocking where callbacks run that may block
   */
  public Sessions(StreamLimits limits, Executor blocking) {
    this.limits = limits;
    this.blocking = blocking;
  }

  public StreamLimits limits() {
    return limits;
  }

  /** A place for one session; empty if there is none. To be asked for before anything is begun. */
  public Optional<Place> place() {
    lock.lock();
    try {
      if (closed || places == limits.sessions()) {
        return Optional.empty();
      }
      places++;
      return Optional.of(new Place());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells all sessions to end, and their clients why; begins no more. Returns when they have ended
   * or the time is over.
   */
  public void close(Duration wait) {
    lock.lock();
    try {
      closed = true;
      sessions.forEach(session -> session.end(Ending.STOPPING));
      long nanos = wait.toNanos();
      while (!sessions.isEmpty() && nanos > 0) {
        nanos = left.awaitNanos(nanos);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Room for one session, until it is closed. Used by one thread, which holds the session. */
  public final class Place implements AutoCloseable {
    private Optional<Session> held = Optional.empty();

    private Place() {}

    /** Holds a conversation with a process over an upgraded connection, until its end. */
    public void command(
        Upgrade upgrade, Purpose.Command purpose, Conversation what, StreamConnection connection) {
      new RemoteCommand(what, purpose.channels(), upgrade.agreed(), limits.creation(), blocking)
          .hold(connection, begin(connection));
    }

    /** Forwards connections to ports over an upgraded connection, until its end. */
    public void ports(Streams.Ports ports, StreamConnection connection) {
      new PortForward(ports, limits).hold(connection, begin(connection));
    }

    private Session begin(StreamConnection connection) {
      var session = new Session();
      held = Optional.of(session);
      lock.lock();
      try {
        sessions.add(session);
        if (closed) {
          session.end(Ending.STOPPING);
        }
      } finally {
        lock.unlock();
      }
      connection.onEnding(session::end);
      return session;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        held.ifPresent(sessions::remove);
        places--;
        left.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
