package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectExecResponse;
import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Link;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to ports from within the network of one group: a container of our own shares it, and
 * each connection is a {@link RelayProgram} that the engine runs there as a command.
 *
 * <p>The container is there from the first connection until a while after the last, and lives by
 * the connection over which it is held: when the operator ends, however that is, so does the
 * container, and the engine removes it.
 */
final class GroupRelay {
  private static final Channels ALL = new Channels(true, true, true, false);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration KEPT_FOR = Duration.ofSeconds(60);
  // As with other commands, more at once only take the engine's other answers away.
  private static final int STARTS_AT_ONCE = 8;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);
  private static final int LOOKS = 100;

  private static final Logger log = LoggerFactory.getLogger(GroupRelay.class);

  private final GroupId group;
  private final DockerEngine engine;
  private final ProcessCalls calls;
  private final EngineInventory inventory;
  private final ErrandRequests requests;
  private final Semaphore starts = new Semaphore(STARTS_AT_ONCE, true);
  // Guards all below.
  private final ReentrantLock lock = new ReentrantLock();
  private Optional<Holder> holder = Optional.empty();
  private int links;
  // Counts what would be idle times, so that the end of one that was interrupted counts no more.
  private long uses;

  /** The container, and the connection by which it lives. */
  private record Holder(String id, HijackedConnection life) {}

  GroupRelay(
      GroupId group, DockerEngine engine, EngineInventory inventory, ErrandRequests requests) {
    this.group = group;
    this.engine = engine;
    this.calls = engine.processes();
    this.inventory = inventory;
    this.requests = requests;
  }

  /**
   * @throws IOException in words for people
   */
  Link connect(int port) throws IOException, InterruptedException {
    starts.acquire();
    boolean stands = false;
    begin();
    try {
      var link = joined(port);
      stands = true;
      return link;
    } catch (BackendException e) {
      throw new IOException("port " + port + " cannot be reached: " + e.getMessage(), e);
    } finally {
      starts.release();
      if (!stands) {
        end();
      }
    }
  }

  private Link joined(int port) throws IOException, InterruptedException {
    var relay = held();
    try {
      return joined(relay, port);
    } catch (DockerException e) {
      if (e.getHttpStatus() != 404 && e.getHttpStatus() != 409) {
        throw DockerFailures.of(e);
      }
    }
    // Somebody removed it, or the engine's machine was started anew.
    drop(relay);
    try {
      return joined(held(), port);
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    }
  }

  /** Unless another has taken its place: others noticed, too. */
  private void drop(String relay) {
    lock.lock();
    try {
      if (holder.filter(held -> held.id().equals(relay)).isPresent()) {
        close();
      }
    } finally {
      lock.unlock();
    }
  }

  private Link joined(String relay, int port) throws IOException, InterruptedException {
    var words = List.of("/" + RelayProgram.NAME, Integer.toString(port));
    var command = calls.prepare(relay, words, ALL);
    var connection = calls.talk(command, false);
    try {
      var input = new StreamFrames(connection.input()).output();
      if (first(input, port) == RelayProgram.CONNECTED) {
        return new RelayedLink(connection, input, this::end);
      }
      throw new IOException(why(command, port));
    } catch (IOException | RuntimeException | InterruptedException e) {
      connection.close();
      throw e;
    }
  }

  /** The first that the program says; negative if it ended before. */
  private static int first(InputStream input, int port) throws IOException, InterruptedException {
    var first = new FutureTask<>(input::read);
    Thread.ofVirtual().name("relay-connecting").start(first);
    try {
      return first.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "port %d does not answer within %d s".formatted(port, PATIENCE.toSeconds()), e);
    } catch (ExecutionException e) {
      throw new IOException("the engine broke off: " + e.getCause().getMessage(), e.getCause());
    }
  }

  private String why(String command, int port) throws InterruptedException {
    for (int looks = 0; looks < LOOKS; looks++) {
      var code =
          calls
              .prepared(command)
              .filter(ended -> !Boolean.TRUE.equals(ended.isRunning()))
              .map(InspectExecResponse::getExitCodeLong);
      if (code.isPresent()) {
        return code.get() == RelayProgram.REFUSED
            ? "nothing listens on port " + port + ": connection refused"
            : "port " + port + " cannot be reached: error number " + code.get();
      }
      Thread.sleep(BETWEEN_LOOKS);
    }
    return "port " + port + " cannot be reached: the engine does not tell why";
  }

  /** The engine's id of the container, which is made if there is none. */
  private String held() throws IOException {
    lock.lock();
    try {
      if (holder.isEmpty()) {
        holder = Optional.of(hold());
      }
      return holder.get().id();
    } finally {
      lock.unlock();
    }
  }

  private Holder hold() throws IOException {
    var program =
        RelayProgram.of(engine.architecture())
            .orElseThrow(
                () ->
                    new IOException(
                        "ports that only the pod itself reaches cannot be reached on a machine of"
                            + " type "
                            + engine.architecture()));
    var found = inventory.read(group);
    // What a crash left between its making and its start; what was started ends by itself.
    found.stream()
        .flatMap(FoundGroup::relays)
        .filter(FoundContainer::made)
        .forEach(left -> engine.remove(left.id()));
    var network =
        found
            .flatMap(FoundGroup::network)
            .orElseThrow(() -> new IOException("the pod does not run any more"));
    var image =
        engine
            .inspect(network.id())
            .map(InspectContainerResponse::getImageId)
            .orElseThrow(() -> new IOException("the pod does not run any more"));
    var token = UUID.randomUUID().toString().substring(0, 8);
    String id;
    try {
      id = engine.create(requests.relay(network.marks(), image, network.id(), token));
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    }
    try {
      engine.files().unpack(id, "/", ErrandRequests.archive(RelayProgram.NAME, program));
      return new Holder(id, started(id));
    } catch (IOException e) {
      engine.remove(id);
      throw e;
    } catch (RuntimeException e) {
      engine.remove(id);
      throw DockerFailures.of(e);
    }
  }

  /** Held before it is started: without anybody at its input it would end at once. */
  private HijackedConnection started(String id) throws IOException {
    var life = calls.join(id, ALL);
    try {
      var failure = engine.start(id);
      if (failure.isEmpty()) {
        return life;
      }
      throw new IOException("the engine cannot reach into the pod's network: " + failure.get());
    } catch (IOException | RuntimeException e) {
      life.close();
      throw e;
    }
  }

  private void begin() {
    lock.lock();
    try {
      links++;
      uses++;
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      links--;
      if (links == 0 && holder.isPresent()) {
        long last = uses;
        Thread.ofVirtual().name("relay-" + group).start(() -> closeIfIdle(last));
      }
    } finally {
      lock.unlock();
    }
  }

  private void closeIfIdle(long last) {
    try {
      Thread.sleep(KEPT_FOR);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    lock.lock();
    try {
      if (uses == last && links == 0) {
        close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends the container, and all connections through it. */
  void close() {
    lock.lock();
    try {
      holder.ifPresent(GroupRelay::end);
      holder = Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private static void end(Holder holder) {
    try {
      holder.life().close();
    } catch (IOException e) {
      log.atDebug().addKeyValue("failure", e.getMessage()).log("a relay had ended already");
    }
  }
}
