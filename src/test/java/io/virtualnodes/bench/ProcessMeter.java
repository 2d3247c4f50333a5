package io.virtualnodes.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** What Linux says of a process. */
record ProcessMeter(ProcessHandle process) {

  /** The processor time of the process itself, in the kernel and outside. */
  Duration cpu() {
    return cpu(process);
  }

  /** That of the process and all that it started and that still runs. */
  Duration cpuOfAll() {
    return Stream.concat(Stream.of(process), process.descendants())
        .map(ProcessMeter::cpu)
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static Duration cpu(ProcessHandle process) {
    return process
        .info()
        .totalCpuDuration()
        .orElseThrow(() -> new IllegalStateException(process + " is gone"));
  }

  /** From now on, {@link #peakMemoryBytes} speaks of what comes. */
  void forgetPeak() {
    write(file("clear_refs"), "5");
  }

  /** The most memory that it had resident at once. */
  long peakMemoryBytes() {
    try (var lines = Files.lines(file("status"))) {
      var kibibytes =
          lines
              .filter(line -> line.startsWith("VmHWM:"))
              .map(line -> line.replaceAll("[^0-9]", ""))
              .findFirst()
              .orElseThrow();
      return Long.parseLong(kibibytes) * 1024;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(String name) {
    return Path.of("/proc", Long.toString(process.pid()), name);
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
