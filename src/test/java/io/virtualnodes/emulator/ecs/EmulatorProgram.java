package io.virtualnodes.emulator.ecs;

import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs the emulator by hand, in the time of this machine: {@code [--port 8470] [--containers
 * docker|simulated] [--record FILE] [--pause IMAGE]}. It has a cluster {@code burst}, whose events
 * go to a queue {@code events}, and a log group {@code /virtualnodes/burst}. It ends when it is
 * told to, and takes the tasks with it.
 */
public final class EmulatorProgram {
  private static final String PORT = "8470";
  private static final String ENGINE = "unix:///var/run/docker.sock";
  // The one that `make setup` makes.
  private static final String PAUSE = "virtualnodes/pause:latest";
  private static final String CLUSTER = "burst";
  private static final String LOG_GROUP = "/virtualnodes/burst";
  private static final String QUEUE = "events";

  private EmulatorProgram() {}

  public static void main(String... arguments) throws InterruptedException {
    var options = options(arguments);
    var clock = InstantSource.system();
    var containers =
        containers(
            options.getOrDefault("containers", "docker"),
            options.getOrDefault("pause", PAUSE),
            clock);
    var emulator =
        new EcsEmulator(
            Integer.parseInt(options.getOrDefault("port", PORT)),
            Limits.USUAL,
            containers,
            clock,
            Optional.ofNullable(options.get("record")).map(Path::of));
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

  private static Map<String, String> options(String... arguments) {
    var options = new HashMap<String, String>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (!List.of("--port", "--containers", "--record", "--pause").contains(arguments[i])
          || i + 1 == arguments.length) {
        throw new IllegalArgumentException("not understood: " + arguments[i]);
      }
      options.put(arguments[i].substring(2), arguments[i + 1]);
    }
    return options;
  }

  private static Containers containers(String kind, String pause, InstantSource clock) {
    return switch (kind) {
      case "docker" -> new EngineContainers(URI.create(ENGINE), pause);
      case "simulated" -> new SimulatedContainers(clock, Thread::sleep);
      default -> throw new IllegalArgumentException("no such containers: " + kind);
    };
  }
}
