package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectExecResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Frame;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.supervisor.TendingRuntime.Executed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Commands that are run in containers. An engine has no way to end one: one that does not end in
 * time runs on, and until it has ended the same command counts as not ending in that container, so
 * that they do not pile up.
 */
final class Commands {
  // As with starts, more at once only take the engine's other answers away.
  private static final int STARTS_AT_ONCE = 8;
  // What has not ended by then has been started, and waits for something else.
  private static final Duration START = Duration.ofSeconds(2);
  private static final Duration TURN = Duration.ofSeconds(30);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);
  private static final int LOOKS = 100;
  // What the runtime says in the command's stead, and the codes that go with it: a shell's for what
  // cannot be executed and for what is not there.
  private static final String NOT_BEGUN = "OCI runtime exec failed";
  private static final Set<Integer> NOT_BEGUN_CODES = Set.of(126, 127);

  private static final Channels OUTPUT = new Channels(false, true, true, false);

  private final ProcessCalls calls;
  private final Map<Command, String> overdue = new ConcurrentHashMap<>();
  private final Semaphore starts = new Semaphore(STARTS_AT_ONCE, true);

  private record Command(String containerId, List<String> words) {}

  Commands(ProcessCalls calls) {
    this.calls = calls;
  }

  /**
   * Runs a command and waits for its end.
   *
   * @param longest how many bytes of the output are kept
   * @throws BackendException if it is not known what became of it
   */
  Executed run(String containerId, List<String> words, Duration timeout, int longest)
      throws InterruptedException {
    var command = new Command(containerId, words);
    if (runsStill(command)) {
      return new Executed.TimedOut();
    }
    String id;
    try {
      id = calls.prepare(containerId, words, OUTPUT);
    } catch (DockerException e) {
      return switch (e.getHttpStatus()) {
        // It is gone, or does not run.
        case 404, 409 -> new Executed.NotBegun(DockerFailures.sentence(e));
        default -> throw DockerFailures.of(e);
      };
    }
    try (var output = new Output(longest)) {
      if (!ended(id, output, timeout)) {
        overdue.put(command, id);
        return new Executed.TimedOut();
      }
      return outcome(id, output);
    } catch (IOException e) {
      throw new BackendException.Unavailable("the output of a command broke off", e);
    }
  }

  /** Containers that are gone take their commands along. */
  void retain(Set<String> containerIds) {
    overdue.keySet().removeIf(command -> !containerIds.contains(command.containerId()));
  }

  private boolean runsStill(Command command) {
    var id = overdue.get(command);
    if (id == null) {
      return false;
    }
    boolean runs = calls.prepared(id).filter(InspectExecResponse::isRunning).isPresent();
    if (!runs) {
      overdue.remove(command);
    }
    return runs;
  }

  private boolean ended(String id, Output output, Duration timeout) throws InterruptedException {
    if (!starts.tryAcquire(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new BackendException.Unavailable("the engine is busy with other commands", null);
    }
    boolean ended;
    var start = timeout.compareTo(START) < 0 ? timeout : START;
    try {
      calls.run(id, output);
      ended = output.ended(start);
    } finally {
      starts.release();
    }
    return ended || output.ended(timeout.minus(start));
  }

  private Executed outcome(String id, Output output) throws InterruptedException {
    if (output.failure.isPresent()) {
      var failure = output.failure.get();
      if (failure instanceof DockerException refused
          && DockerFailures.sentence(refused).contains(NOT_BEGUN)) {
        return new Executed.NotBegun(DockerFailures.sentence(refused));
      }
      throw DockerFailures.of(
          failure instanceof RuntimeException known ? known : new IllegalStateException(failure));
    }
    var text = output.text();
    int code = code(id);
    return NOT_BEGUN_CODES.contains(code) && text.startsWith(NOT_BEGUN)
        ? new Executed.NotBegun(text.strip())
        : new Executed.Ended(code, text);
  }

  /** The engine notes the code a moment after the end of the output. */
  private int code(String id) throws InterruptedException {
    for (int i = 0; i < LOOKS; i++) {
      var prepared = calls.prepared(id);
      var code = prepared.map(InspectExecResponse::getExitCodeLong);
      if (prepared.isEmpty() || code.isPresent()) {
        return code.map(Math::toIntExact)
            .orElseThrow(
                () -> new BackendException.Unavailable("the container is gone meanwhile", null));
      }
      Thread.sleep(BETWEEN_LOOKS);
    }
    throw new BackendException.Unavailable("the engine does not tell how a command ended", null);
  }

  /** What a command writes, up to a limit; the rest is read and forgotten. */
  private static final class Output extends ResultCallback.Adapter<Frame> {
    private final int longest;
    // Guarded by itself.
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile Optional<Throwable> failure = Optional.empty();

    Output(int longest) {
      this.longest = longest;
    }

    @Override
    public void onNext(Frame frame) {
      synchronized (bytes) {
        int room = longest - bytes.size();
        bytes.write(frame.getPayload(), 0, Math.min(room, frame.getPayload().length));
      }
    }

    @Override
    public void onComplete() {
      super.onComplete();
      done.countDown();
    }

    /** Not by what is inherited, which ends the stream when it has waited for long enough. */
    boolean ended(Duration within) throws InterruptedException {
      return done.await(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Not as inherited, which logs every failure as an error: this one has a reader. */
    @Override
    public void onError(Throwable thrown) {
      failure = Optional.of(thrown);
      onComplete();
    }

    String text() {
      synchronized (bytes) {
        return bytes.toString(UTF_8);
      }
    }
  }
}
