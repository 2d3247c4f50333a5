package io.virtualnodes.emulator.arm;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.docker.DockerBackend;
import io.virtualnodes.backend.simulated.Share;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import io.virtualnodes.backend.simulated.Spread;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs the emulator by hand, in the time of this machine: {@code [--port 8460] [--containers
 * docker|simulated] [--sandbox IMAGE] [--record FILE]}. The sandbox is what keeps a group's network
 * on the engine. It ends when it is told to, and takes the groups with it.
 */
public final class EmulatorProgram {
  private static final String PORT = "8460";
  // The one that `make setup` makes.
  private static final String SANDBOX = "virtualnodes/pause:latest";
  private static final String ENGINE = "unix:///var/run/docker.sock";
  private static final Spread START_LATENCY =
      new Spread(Duration.ofSeconds(1), Duration.ofSeconds(3));

  private EmulatorProgram() {}

  public static void main(String... arguments) throws InterruptedException {
    var options = options(arguments);
    var clock = InstantSource.system();
    var containers =
        containers(
            options.getOrDefault("containers", "docker"),
            options.getOrDefault("sandbox", SANDBOX),
            clock);
    var emulator =
        new ArmEmulator(
            Integer.parseInt(options.getOrDefault("port", PORT)),
            Limits.USUAL,
            containers,
            clock,
            Optional.ofNullable(options.get("record")).map(Path::of));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  emulator.clear();
                  emulator.close();
                  containers.close();
                }));
    System.out.println("Azure's Resource Manager, emulated: " + emulator.address());
    Thread.currentThread().join();
  }

  private static Map<String, String> options(String... arguments) {
    var options = new HashMap<String, String>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (!List.of("--port", "--containers", "--sandbox", "--record").contains(arguments[i])
          || i + 1 == arguments.length) {
        throw new IllegalArgumentException("not understood: " + arguments[i]);
      }
      options.put(arguments[i].substring(2), arguments[i + 1]);
    }
    return options;
  }

  private static Backend containers(String kind, String sandbox, InstantSource clock) {
    return switch (kind) {
      case "docker" ->
          new DockerBackend(
              new DockerBackend.Settings(
                  ArmEmulator.POOL, URI.create(ENGINE), "bridge", sandbox, List.of()),
              clock);
      case "simulated" ->
          new SimulatedBackend(
              new SimulatedBackend.Settings(
                  ArmEmulator.POOL,
                  1,
                  START_LATENCY,
                  Optional.empty(),
                  Share.NEVER,
                  List.of("missing/*"),
                  Optional.empty(),
                  Optional.empty(),
                  SimulatedBackend.Faults.NONE),
              new SimulatedCloud(Optional.empty()),
              clock,
              Thread::sleep);
      default -> throw new IllegalArgumentException("no such containers: " + kind);
    };
  }
}
