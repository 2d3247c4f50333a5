package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Event;
import io.virtualnodes.backend.BackOff;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to the engine's events and hands on the ids of the containers that something happened to.
 * Listens again when the stream breaks off, which loses events: they are hints only.
 */
final class EngineEvents implements AutoCloseable {
  private static final BackOff BACK_OFF =
      new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(30));

  private static final Logger log = LoggerFactory.getLogger(EngineEvents.class);

  private final DockerEngine engine;
  private final Consumer<String> listener;
  private final Thread thread;

  EngineEvents(String pool, DockerEngine engine, Consumer<String> listener) {
    this.engine = engine;
    this.listener = listener;
    this.thread = Thread.ofVirtual().name("docker-events-" + pool).start(this::listen);
  }

  private void listen() {
    int attempts = 1;
    try {
      while (!Thread.currentThread().isInterrupted()) {
        attempts = listenOnce() ? 1 : attempts + 1;
        Thread.sleep(BACK_OFF.after(attempts));
      }
    } catch (InterruptedException e) {
      // close() ends the listening this way.
    }
  }

  /**
   * @return whether anything came before it broke off
   */
  private boolean listenOnce() throws InterruptedException {
    try (var stream = new Stream()) {
      engine.events(stream);
      stream.awaitCompletion();
      return stream.heard;
    } catch (IOException | RuntimeException e) {
      brokeOff(e);
      return false;
    }
  }

  /** What is wrong is told by the next list, which the pool shows; here it would be said twice. */
  private static void brokeOff(Throwable failure) {
    log.atDebug().setCause(failure).log("events of the engine broke off");
  }

  private final class Stream extends ResultCallback.Adapter<Event> {
    private volatile boolean heard;

    @Override
    public void onNext(Event event) {
      heard = true;
      if (event.getActor() != null && event.getActor().getId() != null) {
        listener.accept(event.getActor().getId());
      }
    }

    /** Not as inherited, which logs every failure as an error. */
    @Override
    public void onError(Throwable failure) {
      brokeOff(failure);
      onComplete();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
