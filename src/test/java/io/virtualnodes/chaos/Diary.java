package io.virtualnodes.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/** Tells, while it goes on, what a run does: to whoever looks on, and to a file that stays. */
final class Diary {
  private static final Path FILE = FaultTable.FOLDER.resolve("rounds.log");

  private Diary() {}

  static synchronized void write(String line) {
    var told = Instant.now() + " " + line + System.lineSeparator();
    System.out.print(told);
    try {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, told, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
