package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The real kubectl: what users type is what tests run. It is the program that KUBECTL names, else
 * the first on the PATH.
 *
 * @param kubeconfig whose rights it has, and the namespace where it acts unless told otherwise
 */
public record Kubectl(Path program, Path kubeconfig) {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What one call came to. */
  public record Outcome(List<String> command, int exitCode, String output, String errors) {

    public boolean succeeded() {
      return exitCode == 0;
    }

    @Override
    public String toString() {
      return "`%s` ended with %d%n%s%s"
          .formatted(String.join(" ", command), exitCode, output, errors);
    }
  }

  static Kubectl of(Path kubeconfig) {
    return new Kubectl(find(), kubeconfig);
  }

  /**
   * Runs it and returns what it printed.
   *
   * @throws AssertionError if it fails, with all that it said
   */
  public String run(String... arguments) {
    return succeeded(attempt(arguments)).output();
  }

  /** As {@link #run}, with {@code input} where the command reads {@code -f -}. */
  public String runWith(String input, String... arguments) {
    return succeeded(attemptWith(input, arguments)).output();
  }

  /** Runs it, whatever comes of it. */
  public Outcome attempt(String... arguments) {
    return attemptWith("", arguments);
  }

  /** As {@link #attempt}, with {@code input} where the command reads {@code -f -}. */
  public Outcome attemptWith(String input, String... arguments) {
    var command = new ArrayList<String>();
    command.add(program.toString());
    command.add("--kubeconfig=" + kubeconfig);
    command.addAll(List.of(arguments));
    try {
      return outcome(command, input);
    } catch (IOException e) {
      throw new UncheckedIOException("kubectl could not be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while kubectl ran", e);
    }
  }

  private static Outcome outcome(List<String> command, String input)
      throws IOException, InterruptedException {
    // Through files, so that neither side ever waits for the other to read.
    Path folder = Files.createTempDirectory("kubectl");
    Path in = Files.writeString(folder.resolve("in"), input);
    Path out = folder.resolve("out");
    Path errors = folder.resolve("errors");
    try {
      var process =
          new ProcessBuilder(command)
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(errors.toFile())
              .start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            "`%s` did not end within %s; it said: %s"
                .formatted(
                    String.join(" ", command), PATIENCE, Files.readString(errors, UTF_8).strip()));
      }
      return new Outcome(
          List.copyOf(command),
          process.exitValue(),
          Files.readString(out, UTF_8),
          Files.readString(errors, UTF_8));
    } finally {
      for (Path file : List.of(in, out, errors, folder)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static Outcome succeeded(Outcome outcome) {
    if (!outcome.succeeded()) {
      throw new AssertionError(outcome.toString());
    }
    return outcome;
  }

  private static Path find() {
    String named = System.getenv("KUBECTL");
    if (named != null && !named.isEmpty()) {
      Path program = Path.of(named);
      if (!Files.isExecutable(program)) {
        throw new IllegalStateException("KUBECTL=" + named + " is not a program");
      }
      return program;
    }
    return onPath("kubectl")
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "There is no kubectl: set KUBECTL to one (src/test/setup.sh builds one and says"
                        + " where), or put it on the PATH"));
  }

  private static Optional<Path> onPath(String program) {
    for (String folder : System.getenv("PATH").split(":")) {
      Path candidate = Path.of(folder, program);
      if (Files.isExecutable(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
