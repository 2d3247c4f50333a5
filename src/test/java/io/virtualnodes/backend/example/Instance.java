package io.virtualnodes.backend.example;

import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.example.KeptGroup.KeptContainer;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One run of a container: a folder, and a shell, its keeper, that starts the container's process
 * and writes there how it ended, whether or not anybody is left to hear of it.
 */
record Instance(Path folder) {
  /**
   * Only one keeper gets beyond its first line. The process dies with its keeper, and what it left
   * behind dies with it.
   */
  private static final String KEEPER =
      """
      cd "$1" && shift && set -C && echo $$ >keeper || exit 1
      set +C
      own=$PATH PATH=/usr/bin:/bin
      setsid setpriv --pdeathsig KILL sh -c '
        echo "$$ $(date -u +%FT%T.%NZ)" >started
        PATH=$0
        exec "$@" >log 2>&1' "$own" "$@" </dev/null &
      child=$!
      wait $child
      code=$?
      kill -KILL -$child 2>/dev/null
      echo "$code $(date -u +%FT%T.%NZ)" >ended
      """;

  private static final int KILLED = 137;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration STEP = Duration.ofMillis(5);

  /** How it is, once its keeper has begun. */
  sealed interface Run {
    record Up(ProcessHandle process, Instant since) implements Run {}

    record Down(Exited exit) implements Run {}
  }

  int number() {
    return Integer.parseInt(folder.getFileName().toString());
  }

  /** Asked again after it was cut off, it completes what is missing. */
  void launch(KeptContainer container, Duration backOff) throws IOException {
    Files.createDirectories(folder);
    write("backOff", backOff.toString());
    var words = new ArrayList<>(List.of("setsid", "sh", "-c", KEEPER, "keeper", folder.toString()));
    words.addAll(container.command());
    var builder =
        new ProcessBuilder(words)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(folder.resolve("keeper.log").toFile()));
    builder.environment().keySet().retainAll(Set.of("PATH"));
    builder.environment().putAll(container.environment());
    var keeper = builder.start();
    await(() -> run().isPresent() || !keeper.isAlive() ? Optional.of(keeper) : Optional.empty());
    if (run().isEmpty()) {
      throw new IOException(Files.readString(folder.resolve("keeper.log")));
    }
  }

  /** Empty if it was never begun, or its launch was cut off. */
  Optional<Run> run() throws IOException {
    var keeper = words("keeper");
    return keeper.isEmpty()
        ? Optional.empty()
        : Optional.of(await(() -> run(Long.parseLong(keeper.get(0)))));
  }

  /** Empty while it is on its way from one state to the next. */
  private Optional<Run> run(long pid) throws IOException {
    var keeper = keeper(pid);
    var started = words("started");
    var ended = words("ended");
    if (!ended.isEmpty()) {
      int code = Integer.parseInt(ended.get(0));
      return Optional.of(down(code, code == 0 ? "Completed" : "Error", "", started, ended.get(1)));
    }
    if (keeper.isEmpty()) {
      // Nobody wrote down how it ended; it is never taken for a success.
      var since = Files.getLastModifiedTime(folder.resolve("keeper")).toInstant().toString();
      var why = "its keeper was killed, or the machine was restarted";
      return Optional.of(down(KILLED, "ContainerStatusUnknown", why, started, since));
    }
    return started.isEmpty()
        ? Optional.empty()
        : keeper
            .get()
            .children()
            .filter(child -> child.pid() == Long.parseLong(started.get(0)))
            .findFirst()
            .map(child -> new Run.Up(child, Instant.parse(started.get(1))));
  }

  private static Run down(int code, String reason, String why, List<String> started, String at) {
    var since = started.isEmpty() ? at : started.get(1);
    return new Run.Down(new Exited(code, reason, why, Instant.parse(since), Instant.parse(at)));
  }

  /** Another process may have been given its number. */
  private Optional<ProcessHandle> keeper(long pid) {
    return ProcessHandle.of(pid)
        .filter(
            process -> process.info().commandLine().orElse("").contains(" keeper " + folder + " "));
  }

  /**
   * Asks it to end, once.
   *
   * @return whether that is to be followed by a kill at that time
   */
  boolean askToEnd(Instant killAt) throws IOException {
    if (!(run().orElse(null) instanceof Run.Up(var process, _))) {
      return false;
    }
    var before = killAt();
    if (before.isEmpty()) {
      // Before it is noted: cut off in between, it is asked twice, and not never.
      process.destroy();
    }
    if (before.filter(sooner -> !sooner.isAfter(killAt)).isPresent()) {
      return false;
    }
    write("killAt", killAt.toString());
    return true;
  }

  /** When it is to be killed; empty if nobody asked it to end. */
  Optional<Instant> killAt() throws IOException {
    return words("killAt").stream().findFirst().map(Instant::parse);
  }

  void kill() throws IOException {
    if (run().orElse(null) instanceof Run.Up(var process, _)) {
      process.destroyForcibly();
    }
  }

  /** Returns when nothing of it runs any more. */
  void killAndWait() throws IOException {
    kill();
    var keeper = words("keeper");
    if (!keeper.isEmpty()) {
      long pid = Long.parseLong(keeper.get(0));
      await(() -> keeper(pid).isEmpty() ? Optional.of(pid) : Optional.empty());
    }
  }

  Duration backOff() throws IOException {
    return words("backOff").stream().findFirst().map(Duration::parse).orElse(Duration.ZERO);
  }

  /** Empty if it has not begun to write one. */
  Optional<InputStream> log() throws IOException {
    try {
      return Optional.of(Files.newInputStream(folder.resolve("log")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Of a file of one line; none if it is not there, or not yet written to its end. */
  private List<String> words(String file) throws IOException {
    try {
      var text = Files.readString(folder.resolve(file));
      return text.endsWith("\n") ? List.of(text.strip().split(" ")) : List.of();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text + "\n");
  }

  @FunctionalInterface
  private interface Question<T> {
    Optional<T> answer() throws IOException;
  }

  private <T> T await(Question<T> question) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var answer = question.answer();
      if (answer.isPresent()) {
        return answer.get();
      }
      if (System.nanoTime() > end) {
        throw new IOException("no answer of the keeper of " + folder);
      }
      try {
        Thread.sleep(STEP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
    }
  }
}
