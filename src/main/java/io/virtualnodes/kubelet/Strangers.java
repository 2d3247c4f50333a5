package io.virtualnodes.kubelet;

import io.netty.channel.Channel;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connections of a node that have not yet sent a request that was allowed. One too many, and
 * the oldest is closed: the API server needs milliseconds, so whoever waits longest is not it, and
 * a crowd of idle connections cannot shut it out.
 */
final class Strangers {
  private final int limit;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock. Oldest first.
  private final SequencedSet<Channel> channels = new LinkedHashSet<>();

  Strangers(int limit) {
    this.limit = limit;
  }

  /** Counts a connection until it is known or closed. */
  void add(Channel channel) {
    lock.lock();
    try {
      channels.addLast(channel);
      if (channels.size() > limit) {
        channels.removeFirst().close();
      }
    } finally {
      lock.unlock();
    }
    channel.closeFuture().addListener(_ -> known(channel));
  }

  /** Counts it no longer. */
  void known(Channel channel) {
    lock.lock();
    try {
      channels.remove(channel);
    } finally {
      lock.unlock();
    }
  }
}
