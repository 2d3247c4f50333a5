package io.virtualnodes.emulator.ecs;

import io.virtualnodes.emulator.EmulatorOptions;
import java.net.URI;
import java.time.InstantSource;

/**
 * Runs the emulator by hand, in the time of this machine: with {@link EmulatorOptions}, on port
 * 8470 if not told otherwise. It has a cluster {@code burst}, whose events go to a queue {@code
 * events}, and a log group {@code /virtualnodes/burst}. It ends when it is told to, and takes the
 * tasks with it.
 */
public final class EmulatorProgram {
  private static final int PORT = 8470;
  private static final String ENGINE = "unix:///var/run/docker.sock";
  private static final String CLUSTER = "burst";
  private static final String LOG_GROUP = "/virtualnodes/burst";
  private static final String QUEUE = "events";

  private EmulatorProgram() {}

  public static void main(String... arguments) throws InterruptedException {
    var options = EmulatorOptions.of(PORT, arguments);
    var clock = InstantSource.system();
    var containers = containers(options.containers(), options.sandbox(), clock);
    var emulator =
        new EcsEmulator(options.port(), Limits.USUAL, containers, clock, options.record());
    emulator.prepare(CLUSTER, LOG_GROUP);
    var queue = emulator.deliverEvents(CLUSTER, QUEUE);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  emulator.close();
                  containers.close();
                }));
    System.out.println("AWS, emulated: " + emulator.endpoint());
    System.out.printf("cluster %s, log group %s, queue %s%n", CLUSTER, LOG_GROUP, queue);
    Thread.currentThread().join();
  }

  private static Containers containers(String kind, String sandbox, InstantSource clock) {
    return switch (kind) {
      case "docker" -> new EngineContainers(URI.create(ENGINE), sandbox);
      case "simulated" -> new SimulatedContainers(clock, Thread::sleep);
      default -> throw new IllegalArgumentException("no such containers: " + kind);
    };
  }
}
