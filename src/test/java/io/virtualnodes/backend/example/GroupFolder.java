package io.virtualnodes.backend.example;

import io.virtualnodes.backend.example.FoundGroup.Runs;
import io.virtualnodes.backend.example.Instance.Run;
import io.virtualnodes.backend.example.KeptGroup.KeptContainer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * The folder of one group, which is there once {@code group.json} is in it; below it stands {@code
 * <container>/<number>} for each {@link Instance}.
 */
record GroupFolder(Path folder) {
  private static final String GROUP = "group.json";

  /** An instance that was asked to end, and has until then. */
  record Ending(Instance instance, Instant killAt) {}

  void accept(KeptGroup group) throws IOException {
    if (kept().isEmpty()) {
      Files.createDirectories(folder);
      write(group);
    }
  }

  /** What is kept now; empty if there is no such group. */
  Optional<KeptGroup> stop(Instant by) throws IOException {
    var kept = kept().map(group -> group.stopping(by));
    if (kept.isPresent()) {
      write(kept.get());
    }
    return kept;
  }

  /** It is listed until nothing is left, so that a removal that is cut off is asked for again. */
  void remove(Instant now) throws IOException {
    var kept = stop(now);
    if (kept.isEmpty()) {
      return;
    }
    for (var container : kept.get().containers()) {
      var latest = latest(container.name());
      if (latest.isPresent()) {
        latest.get().killAndWait();
      }
      deleteAll(folder.resolve(container.name()));
    }
    Files.delete(folder.resolve(GROUP));
    deleteAll(folder);
  }

  void start(KeptContainer container, int number, Duration backOff) throws IOException {
    // The one before stays, since it can be asked how it ended.
    deleteAll(instance(container.name(), number - 2).folder());
    instance(container.name(), number).launch(container, backOff);
  }

  Optional<FoundGroup> read() throws IOException {
    var kept = kept();
    if (kept.isEmpty()) {
      return Optional.empty();
    }
    var runs = new LinkedHashMap<String, Runs>();
    for (var container : kept.get().containers()) {
      var latest = latest(container.name());
      if (latest.isPresent()) {
        int number = latest.get().number();
        var before = instance(container.name(), number - 1).run();
        runs.put(
            container.name(),
            new Runs(
                number,
                latest.get().backOff(),
                latest.get().run(),
                before.flatMap(
                    run ->
                        run instanceof Run.Down(var exit) ? Optional.of(exit) : Optional.empty())));
      }
    }
    return Optional.of(new FoundGroup(kept.get(), runs));
  }

  Optional<Ending> ending(String container) throws IOException {
    var latest = latest(container);
    return latest.isPresent()
        ? latest.get().killAt().map(killAt -> new Ending(latest.get(), killAt))
        : Optional.empty();
  }

  Optional<InputStream> log(String container) throws IOException {
    var latest = kept().isPresent() ? latest(container) : Optional.<Instance>empty();
    return latest.isPresent() ? latest.get().log() : Optional.empty();
  }

  Optional<Instance> latest(String container) throws IOException {
    var numbers = folder.resolve(container);
    if (!Files.isDirectory(numbers)) {
      return Optional.empty();
    }
    try (var found = Files.list(numbers)) {
      return found.map(Instance::new).max(Comparator.comparingInt(Instance::number));
    }
  }

  private Instance instance(String container, int number) {
    return new Instance(folder.resolve(container).resolve(Integer.toString(number)));
  }

  private Optional<KeptGroup> kept() throws IOException {
    try {
      return Optional.of(
          KeptGroup.MAPPER.readValue(Files.readAllBytes(folder.resolve(GROUP)), KeptGroup.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Whoever reads it sees all of the former text or all of the new one. */
  private void write(KeptGroup group) throws IOException {
    var draft = folder.resolve(GROUP + ".new");
    Files.write(draft, KeptGroup.MAPPER.writeValueAsBytes(group));
    Files.move(draft, folder.resolve(GROUP), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void deleteAll(Path top) throws IOException {
    if (Files.exists(top)) {
      List<Path> found;
      try (var below = Files.walk(top)) {
        found = below.toList().reversed();
      }
      for (var path : found) {
        Files.delete(path);
      }
    }
  }
}
