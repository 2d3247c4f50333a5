package io.virtualnodes.emulator.arm;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.docker.DockerBackend;
import io.virtualnodes.backend.simulated.Share;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import io.virtualnodes.backend.simulated.Spread;
import io.virtualnodes.emulator.EmulatorOptions;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Runs the emulator by hand, in the time of this machine: with {@link EmulatorOptions}, on port
 * 8460 if not told otherwise. It ends when it is told to, and takes the groups with it.
 */
public final class EmulatorProgram {
  private static final int PORT = 8460;
  private static final String ENGINE = "unix:///var/run/docker.sock";
  private static final Spread START_LATENCY =
      new Spread(Duration.ofSeconds(1), Duration.ofSeconds(3));

  private EmulatorProgram() {}

  public static void main(String... arguments) throws InterruptedException {
    var options = EmulatorOptions.of(PORT, arguments);
    var clock = InstantSource.system();
    var containers = containers(options.containers(), options.sandbox(), clock);
    var emulator =
        new ArmEmulator(options.port(), Limits.USUAL, containers, clock, options.record());
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
