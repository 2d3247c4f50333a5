package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A kubectl that runs while the test talks to it. Closing it kills it. */
final class Talk implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration LONGEST = Duration.ofMinutes(4);

  private final Process process;
  private final Path errors;

  private Talk(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
  }

  /**
   * Starts it.
   *
   * @param environment which protocol it is to speak, above all
   */
  static Talk start(Kubectl kubectl, Map<String, String> environment, String... arguments) {
    return start(environment, command(kubectl, arguments));
  }

  /**
   * Starts it at a terminal.
   *
   * @param before what is done at the terminal first, in a shell
   */
  static Talk atATerminal(
      Kubectl kubectl, Map<String, String> environment, String before, String... arguments) {
    var line = new StringBuilder(before);
    for (var word : command(kubectl, arguments)) {
      line.append(" '").append(word.replace("'", "'\\''")).append("'");
    }
    return start(
        environment,
        List.of(
            "script", "--quiet", "--return", "--flush", "--command", line.toString(), "/dev/null"));
  }

  private static List<String> command(Kubectl kubectl, String... arguments) {
    var command = new ArrayList<String>();
    command.add(kubectl.program().toString());
    command.add("--kubeconfig=" + kubectl.kubeconfig());
    command.addAll(List.of(arguments));
    return command;
  }

  private static Talk start(Map<String, String> environment, List<String> command) {
    try {
      var errors = Files.createTempFile("kubectl", ".errors");
      var builder = new ProcessBuilder(command).redirectError(errors.toFile());
      builder.environment().putAll(environment);
      var talk = new Talk(builder.start(), errors);
      // Who waits for a word that is never said would wait for ever.
      CompletableFuture.delayedExecutor(LONGEST.toSeconds(), TimeUnit.SECONDS).execute(talk::end);
      return talk;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it reads. */
  OutputStream input() {
    return process.getOutputStream();
  }

  void say(String text) throws IOException {
    input().write(text.getBytes(UTF_8));
    input().flush();
  }

  /** What it writes. */
  InputStream output() {
    return process.getInputStream();
  }

  /** All that it writes from here on. */
  String all() throws IOException {
    return new String(output().readAllBytes(), UTF_8);
  }

  /** What it writes up to the first that ends so. */
  String until(String end) throws IOException {
    var text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = output().read();
      if (next < 0) {
        throw new AssertionError(
            "kubectl ended before it said '%s'; it said: %s%s".formatted(end, text, errors()));
      }
      text.append((char) next);
    }
    return text.toString();
  }

  String errors() {
    try {
      return Files.readString(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("kubectl did not end; it said: " + errors());
    }
    return process.exitValue();
  }

  /** Ends it without a warning. */
  void kill() throws InterruptedException {
    end();
    process.waitFor();
  }

  private void end() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    end();
    try {
      Files.deleteIfExists(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes this many bytes of a known content, and ends. */
  static String pour(long size, OutputStream to) throws IOException {
    try (to) {
      var content = new KnownContent(size);
      content.transferTo(to);
      return content.checksum();
    }
  }

  /** The SHA-256 of all that comes. */
  static String checksum(InputStream from) throws IOException {
    var digest = KnownContent.sha256();
    var piece = new byte[64 * 1024];
    for (int count = from.read(piece); count >= 0; count = from.read(piece)) {
      digest.update(piece, 0, count);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
