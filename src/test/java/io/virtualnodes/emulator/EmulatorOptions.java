package io.virtualnodes.emulator;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/**
 * What an emulator is told that runs by hand: {@code [--port NUMBER] [--containers
 * docker|simulated] [--sandbox IMAGE] [--record FILE]}.
 *
 * @param containers where they run
 * @param sandbox the image of what keeps a group's network on the engine
 * @param record the file to which requests are written
 */
public record EmulatorOptions(int port, String containers, String sandbox, Optional<Path> record) {
  // The one that `make setup` makes.
  private static final String SANDBOX = "virtualnodes/pause:latest";
  private static final List<String> KNOWN =
      List.of("--port", "--containers", "--sandbox", "--record");

  /**
   * @param port that of an emulator that is told none
   * @throws IllegalArgumentException naming what is not understood
   */
  public static EmulatorOptions of(int port, String... arguments) {
    var given = new HashMap<String, String>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (!KNOWN.contains(arguments[i]) || i + 1 == arguments.length) {
        throw new IllegalArgumentException("not understood: " + arguments[i]);
      }
      given.put(arguments[i], arguments[i + 1]);
    }
    return new EmulatorOptions(
        Optional.ofNullable(given.get("--port")).map(Integer::valueOf).orElse(port),
        given.getOrDefault("--containers", "docker"),
        given.getOrDefault("--sandbox", SANDBOX),
        Optional.ofNullable(given.get("--record")).map(Path::of));
  }
}
