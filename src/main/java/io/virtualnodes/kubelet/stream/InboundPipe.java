package io.virtualnodes.kubelet.stream;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What came on a stream and was not read yet. The event loop fills it and never waits; a thread
 * reads it and does. When it is full, the whole connection is not read until it is nearly empty:
 * SPDY clients of Kubernetes know no other way to be held up, nor does a WebSocket.
 */
final class InboundPipe extends InputStream {
  private static final int FULL = 256 * 1024;
  private static final int ROOM = 64 * 1024;
  // What a piece costs beside its bytes: a client may send them one by one.
  private static final int PIECE_OVERHEAD = 64;

  private final Flow flow;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // All guarded by lock.
  private final Deque<byte[]> pieces = new ArrayDeque<>();
  private int firstRead;
  private int weight;
  private boolean full;
  private long progress;
  private boolean ended;
  private boolean discarding;
  private IOException failure;

  InboundPipe(Flow flow) {
    this.flow = flow;
  }

  /** Takes what came. What comes after an end is thrown away. */
  void offer(ByteBuf data) {
    lock.lock();
    try {
      if (ended || discarding || failure != null || !data.isReadable()) {
        return;
      }
      var piece = new byte[data.readableBytes()];
      data.readBytes(piece);
      pieces.addLast(piece);
      weight += piece.length + PIECE_OVERHEAD;
      if (!full && weight > FULL) {
        full = true;
        progress = System.nanoTime();
        flow.pause();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will come; what is there can still be read. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will come, and what is there is worth nothing. */
  void fail(IOException cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      clear();
    } finally {
      lock.unlock();
    }
  }

  /**
   * For how long it has kept the connection waiting without a byte being read; 0 if it does not.
   */
  long stalledNanos() {
    lock.lock();
    try {
      return full ? System.nanoTime() - progress : 0;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    lock.lock();
    try {
      while (pieces.isEmpty()) {
        if (failure != null) {
          throw new IOException(failure.getMessage(), failure);
        }
        if (ended || discarding) {
          return -1;
        }
        await();
      }
      return take(bytes, offset, length);
    } finally {
      lock.unlock();
    }
  }

  private int take(byte[] bytes, int offset, int length) {
    var first = pieces.getFirst();
    int count = Math.min(length, first.length - firstRead);
    System.arraycopy(first, firstRead, bytes, offset, count);
    firstRead += count;
    weight -= count;
    if (firstRead == first.length) {
      pieces.removeFirst();
      firstRead = 0;
      weight -= PIECE_OVERHEAD;
    }
    progress = System.nanoTime();
    if (full && weight < ROOM) {
      full = false;
      flow.resume();
    }
    return count;
  }

  private void await() throws InterruptedIOException {
    try {
      changed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var interrupted = new InterruptedIOException("interrupted while the client said nothing");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** Throws away what is there and what comes; whoever reads sees the end. */
  @Override
  public void close() {
    lock.lock();
    try {
      discarding = true;
      clear();
    } finally {
      lock.unlock();
    }
  }

  private void clear() {
    pieces.clear();
    firstRead = 0;
    weight = 0;
    if (full) {
      full = false;
      flow.resume();
    }
    changed.signalAll();
  }
}
