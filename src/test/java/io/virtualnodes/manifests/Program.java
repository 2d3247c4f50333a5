package io.virtualnodes.manifests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that {@code src/test/setup/tools.sh} built, with what it is always called with.
 *
 * @param command its file, and arguments that go before all others
 * @param environment variables beside this process's own
 */
public record Program(List<String> command, Map<String, String> environment) {
  /** Where the programs are: the Makefile says so. */
  private static final String TOOLS = "manifests.tools";

  private static final long PATIENCE_SECONDS = 120;

  /** What one call came to. */
  public record Outcome(int exitCode, String output, String errors) {}

  /**
   * @throws IllegalStateException if it was not built, with what to do
   */
  static Path tool(String name) {
    String folder = System.getProperty(TOOLS, "");
    Path program = Path.of(folder, name);
    if (folder.isEmpty() || !Files.exists(program)) {
      throw new IllegalStateException(
          "There is no %s: run `make test-manifests` or `make test-install`, or set -D%s to what src/test/setup/tools.sh prints"
              .formatted(name, TOOLS));
    }
    return program;
  }

  /** Runs it, whatever comes of it. */
  public Outcome attempt(String... arguments) {
    var whole = new ArrayList<>(command);
    whole.addAll(List.of(arguments));
    try {
      // Through files, so that neither side ever waits for the other to read.
      Path output = Files.createTempFile("output", ".txt");
      Path errors = Files.createTempFile("errors", ".txt");
      try {
        var builder =
            new ProcessBuilder(whole)
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          throw new AssertionError("%s did not end; it said: %s".formatted(whole, read(errors)));
        }
        return new Outcome(process.exitValue(), read(output), read(errors));
      } finally {
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a program ran", e);
    }
  }

  /**
   * Runs it and returns what it printed.
   *
   * @throws AssertionError if it fails, with all that it said
   */
  public String run(String... arguments) {
    var outcome = attempt(arguments);
    if (outcome.exitCode() != 0) {
      throw new AssertionError(
          "%s %s ended with %d: %s%s"
              .formatted(
                  command,
                  List.of(arguments),
                  outcome.exitCode(),
                  outcome.output(),
                  outcome.errors()));
    }
    return outcome.output();
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, UTF_8);
  }
}
