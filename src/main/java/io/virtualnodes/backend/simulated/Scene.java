package io.virtualnodes.backend.simulated;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a command sees in a simulated container: as little as is needed to tell where it is.
 *
 * @param hostname by which the container knows itself
 * @param command of its first process
 */
record Scene(String hostname, String container, String image, List<String> command) {
  private static final Map<String, List<String>> FOLDERS =
      Map.of(
          "/",
          List.of("bin", "dev", "etc", "home", "proc", "root", "tmp", "usr", "var"),
          "/etc",
          List.of("hostname", "os-release", "simulated"),
          "/root",
          List.of(),
          "/tmp",
          List.of());

  Scene {
    command = List.copyOf(command);
  }

  Map<String, String> environment() {
    var variables = new TreeMap<String, String>();
    variables.put("HOME", "/root");
    variables.put("HOSTNAME", hostname);
    variables.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    variables.put("PWD", "/");
    return variables;
  }

  /** By their paths. */
  Map<String, String> files() {
    return Map.of(
        "/etc/hostname",
        hostname + "\n",
        "/etc/os-release",
        "NAME=\"Simulated\"\n"
            + "PRETTY_NAME=\"Simulated (no container really runs here)\"\n"
            + "ID=simulated\n",
        "/etc/simulated",
        notice() + "\n");
  }

  Map<String, List<String>> folders() {
    return FOLDERS;
  }

  String notice() {
    return "Simulated: nothing really runs here, and so nothing of image " + image;
  }
}
