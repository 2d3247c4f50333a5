package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectExecResponse;
import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends commands whose caller is gone. Most end by themselves, since their input has ended; the
 * engine has no call that ends the others, so they are killed from a container that is there for a
 * moment and sees the processes of the engine's machine.
 *
 * <p>The engine tells the number of a process, which may be another's by the time it is used. So
 * the engine is asked right before, and {@link EndProgram} looks whether the process is one of the
 * container's.
 */
final class CommandEnding {
  // Of its own accord, when its input has ended.
  private static final Duration GRACE = Duration.ofSeconds(1);
  // A start of what kills it, on an engine that has much to do.
  private static final Duration KILLED = Duration.ofSeconds(5);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
  // As with starts: more at once only take the engine's other answers away.
  private static final int ENDINGS_AT_ONCE = 4;
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(8);
  private static final int CONFLICT = 409;
  // What every other process of a machine descends from.
  private static final long FIRST_PROCESS = 1;

  private static final Logger log = LoggerFactory.getLogger(CommandEnding.class);

  private final DockerEngine engine;
  private final ErrandRequests requests;
  private final Semaphore turns = new Semaphore(ENDINGS_AT_ONCE, true);
  private final Set<Thread> going = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean warned = new AtomicBoolean();

  CommandEnding(DockerEngine engine, ErrandRequests requests) {
    this.engine = engine;
    this.requests = requests;
  }

  /**
   * Sees to it that a command ends, and does not wait for that: whoever asks was interrupted.
   *
   * @param command the engine's id of it
   */
  void end(FoundContainer container, String command) {
    var thread = Thread.ofVirtual().name("command-ending").unstarted(() -> see(container, command));
    going.add(thread);
    thread.start();
  }

  /** Waits a while for what it is at: afterwards the engine cannot be asked any more. */
  void close() {
    var by = Instant.now().plus(LAST_PATIENCE);
    try {
      for (var thread : going) {
        thread.join(Duration.between(Instant.now(), by));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void see(FoundContainer container, String command) {
    try {
      if (endsWithin(GRACE, command)) {
        return;
      }
      turns.acquire();
      try {
        kill(container, command);
      } finally {
        turns.release();
      }
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("container", container.name())
          .addKeyValue("failure", e.getMessage())
          .log("a command whose caller is gone may run on");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      going.remove(Thread.currentThread());
    }
  }

  private boolean endsWithin(Duration time, String command) throws InterruptedException {
    for (var waited = Duration.ZERO;
        waited.compareTo(time) < 0;
        waited = waited.plus(BETWEEN_LOOKS)) {
      if (ended(command)) {
        return true;
      }
      Thread.sleep(BETWEEN_LOOKS);
    }
    return false;
  }

  /** Not one that the engine does not call running yet: it may have said something by then. */
  private boolean ended(String command) {
    return engine
        .processes()
        .prepared(command)
        .filter(known -> Boolean.TRUE.equals(known.isRunning()) || known.getExitCodeLong() == null)
        .isEmpty();
  }

  /** The number of its process, as long as it runs. */
  private Optional<Long> process(String command) {
    return engine
        .processes()
        .prepared(command)
        .filter(known -> Boolean.TRUE.equals(known.isRunning()))
        .map(InspectExecResponse::getPidLong)
        .filter(pid -> pid > FIRST_PROCESS);
  }

  private void kill(FoundContainer container, String command) throws InterruptedException {
    var program = EndProgram.of(engine.architecture());
    var image = engine.inspect(container.id()).map(InspectContainerResponse::getImageId);
    var pid = process(command);
    if (image.isEmpty() || pid.isEmpty()) {
      return;
    }
    if (program.isEmpty()) {
      cannot("there is no program for a machine of type " + engine.architecture());
      return;
    }
    String ender;
    try {
      ender =
          engine.create(
              requests.ender(container.marks(), image.get(), container.id(), command, pid.get()));
    } catch (DockerException e) {
      if (e.getHttpStatus() != CONFLICT) {
        cannot(DockerFailures.sentence(e));
      }
      return;
    }
    try {
      engine.files().unpack(ender, "/", ErrandRequests.archive(EndProgram.NAME, program.get()));
      if (!process(command).equals(pid)) {
        engine.remove(ender);
        return;
      }
      var failure = engine.start(ender);
      if (failure.isPresent()) {
        engine.remove(ender);
        cannot(failure.get());
        return;
      }
      if (!endsWithin(KILLED, command)) {
        cannot("a process runs on that was to be killed");
        return;
      }
      log.atInfo()
          .addKeyValue("group", container.marks().group())
          .addKeyValue("container", container.marks().container())
          .log("command killed, its caller is gone");
    } catch (BackendException e) {
      engine.remove(ender);
      throw e;
    }
  }

  /** Once: what an engine refuses once, it refuses always. */
  private void cannot(String why) {
    if (!warned.getAndSet(true)) {
      log.atWarn()
          .addKeyValue("failure", why)
          .log("commands whose callers are gone cannot be killed at this engine, and may run on");
    }
  }
}
