package io.virtualnodes.backend.simulated;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a simulation was asked for and did, one JSON object a line, in the order in which it
 * happened. Written before it is answered, so that what was accepted outlives the process. Not
 * thread-safe.
 */
final class Journal {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_ABSENT, JsonInclude.Include.NON_ABSENT))
          .build();

  // Absent where nothing is to be kept.
  private final Optional<Path> file;

  Journal(Optional<Path> file) {
    this.file = file;
  }

  /** One thing that happened to a group. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Entry.Accepted.class, name = "Accepted"),
    @JsonSubTypes.Type(value = Entry.Stopped.class, name = "Stopped"),
    @JsonSubTypes.Type(value = Entry.Deleted.class, name = "Deleted"),
    @JsonSubTypes.Type(value = Entry.Lost.class, name = "Lost")
  })
  sealed interface Entry {
    Instant at();

    /** The group's id, as text. */
    String id();

    record Accepted(Instant at, String id, SimulatedGroup group) implements Entry {}

    record Stopped(Instant at, String id, Duration grace) implements Entry {}

    record Deleted(Instant at, String id) implements Entry {}

    record Lost(Instant at, String id) implements Entry {}
  }

  /**
   * @throws UncheckedIOException if it cannot be kept: then nothing may be promised either
   */
  void write(Entry entry) {
    if (file.isEmpty()) {
      return;
    }
    try {
      var line = MAPPER.writeValueAsString(entry) + "\n";
      // One write, so that a process that is killed leaves a whole line or none.
      Files.write(file.get(), line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("the journal " + file.get() + " cannot be written", e);
    }
  }

  /** All that was written so far; makes the file if there is none. */
  List<Entry> read() {
    if (file.isEmpty()) {
      return List.of();
    }
    var path = file.get();
    try {
      if (!Files.exists(path)) {
        Files.createDirectories(path.getParent());
        Files.createFile(
            path,
            // Commands are nobody else's business.
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return List.of();
      }
      var entries = new ArrayList<Entry>();
      for (var line : Files.readAllLines(path, StandardCharsets.UTF_8)) {
        entry(line).ifPresent(entries::add);
      }
      return List.copyOf(entries);
    } catch (IOException e) {
      throw new UncheckedIOException("the journal " + path + " cannot be read", e);
    }
  }

  private Optional<Entry> entry(String line) {
    try {
      return Optional.of(MAPPER.readValue(line, Entry.class));
    } catch (JsonProcessingException e) {
      // A full disk can cut a line short; what it spoke of was never promised to anybody.
      log.atWarn()
          .addKeyValue("journal", file.map(Path::toString).orElse(""))
          .log("line of a simulation's journal not understood; left out");
      return Optional.empty();
    }
  }
}
