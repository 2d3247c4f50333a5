package io.virtualnodes.kubelet.stream;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.backend.Conversation;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The size of the client's terminal. Whoever applies it may be slow, and a window that is dragged
 * has many: those in between are never handed out.
 */
final class NewestSize implements Conversation.Sizes {
  private static final Logger log = LoggerFactory.getLogger(NewestSize.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Both guarded by lock.
  private Optional<Conversation.Size> newest = Optional.empty();
  private boolean ended;

  /** As the client writes it. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Told(@JsonProperty("Width") int width, @JsonProperty("Height") int height) {}

  /** Reads sizes until there are no more; blocks. */
  void read(InputStream told) {
    try (var sizes = JSON.readerFor(Told.class).<Told>readValues(told)) {
      while (sizes.hasNextValue()) {
        tell(sizes.nextValue());
      }
    } catch (IOException e) {
      // The client is gone, or it wrote what is no size: the window stays as it is.
      log.debug("no more sizes of a client's terminal", e);
    } finally {
      end();
    }
  }

  private void tell(Told told) {
    if (told.width() < 1 || told.height() < 1) {
      return; // a client without a window says so
    }
    lock.lock();
    try {
      newest = Optional.of(new Conversation.Size(told.width(), told.height()));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<Conversation.Size> next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (newest.isEmpty() && !ended) {
        changed.await();
      }
      var size = newest;
      newest = Optional.empty();
      return size;
    } finally {
      lock.unlock();
    }
  }
}
