package io.virtualnodes.chaos;

import io.virtualnodes.cluster.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the pools of a run are on, with something beside them there that is nobody's business. */
sealed interface TriedBackend extends AutoCloseable {

  /** As a pool's {@code spec.backends} has it. */
  String rung();

  /** Of all that happens from now on. */
  GroupHistory history(String pool);

  /** What the operator has to be told. */
  Map<String, String> environment();

  /** How much work it bears; 1 is the most. */
  double size();

  boolean hasEngine();

  /** Looks whether what carries no marks of a pool of ours is as it was. */
  void judgeForeign(Violations violations);

  @Override
  void close();

  /**
   * @param pool a name whose marks others may bear
   */
  static TriedBackend of(String kind, Engine engine, Path folder, String pool) {
    return switch (kind) {
      case "simulated" -> new Simulation(folder.resolve("simulation-" + pool));
      case "docker" -> new OnEngine(engine, pool);
      default -> throw new IllegalArgumentException("BACKEND is simulated or docker: " + kind);
    };
  }

  /** A service that is busy now and then, and whose answers get lost. */
  final class Simulation implements TriedBackend {
    private static final String FOREIGN = "{\"event\":\"Accepted\",\"id\":\"somebody-else-0\"}\n";

    private final Path folder;
    private final Path foreign;

    private Simulation(Path folder) {
      this.folder = folder;
      this.foreign = folder.resolve("somebody-else.jsonl");
      try {
        Files.createDirectories(folder);
        Files.writeString(foreign, FOREIGN);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String rung() {
      return "simulated: { seed: 1, failures: { throttled: 2%, answerLost: 2% } }";
    }

    @Override
    public GroupHistory history(String pool) {
      return new JournalHistory(folder, pool);
    }

    @Override
    public Map<String, String> environment() {
      return Map.of("VIRTUALNODES_SIMULATION_FOLDER", folder.toString());
    }

    @Override
    public double size() {
      return 1;
    }

    @Override
    public boolean hasEngine() {
      return false;
    }

    @Override
    public void judgeForeign(Violations violations) {
      try {
        if (!Files.readString(foreign).equals(FOREIGN)) {
          violations.add("the journal of a pool that is not ours was written to");
        }
      } catch (IOException e) {
        violations.add("the journal of a pool that is not ours cannot be read: " + e);
      }
    }

    @Override
    public void close() {
      // The journals stay, as what explains a run.
    }
  }

  /** Containers at a real engine. */
  final class OnEngine implements TriedBackend {
    private final Engine engine;
    private final String foreign;

    private OnEngine(Engine engine, String pool) {
      this.engine = engine;
      // Labels that an image may carry, and its containers with it; not all of ours.
      var labels = new LinkedHashMap<String, String>();
      labels.put("virtualnodes.io/pool", pool + "-storm-0");
      labels.put("virtualnodes.io/group", "somebody-else-0");
      this.foreign =
          engine
              .client()
              .createContainerCmd("virtualnodes/busybox:latest")
              .withLabels(labels)
              .withCmd("sleep", "36000")
              .exec()
              .getId();
      engine.client().startContainerCmd(foreign).exec();
    }

    @Override
    public String rung() {
      return "docker: { host: \"%s\", sandboxImage: \"virtualnodes/pause:latest\" }"
          .formatted(engine.host());
    }

    @Override
    public GroupHistory history(String pool) {
      return new EngineRuns(engine, pool);
    }

    @Override
    public Map<String, String> environment() {
      return Map.of();
    }

    @Override
    public double size() {
      return 0.6;
    }

    @Override
    public boolean hasEngine() {
      return true;
    }

    @Override
    public void judgeForeign(Violations violations) {
      var state = engine.client().inspectContainerCmd(foreign).exec().getState();
      if (!Boolean.TRUE.equals(state.getRunning())) {
        violations.add("a container that is not ours was touched: " + state);
      }
    }

    @Override
    public void close() {
      engine.remove(foreign);
    }
  }
}
