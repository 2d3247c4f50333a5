package io.virtualnodes.docs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.cluster.Kubectl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A reader's shell, where the clone is: commands are run in it as pages show them.
 *
 * @param folder of its own, which is first on its PATH with a program that is called kubectl;
 *     commands may name it as {@code $FOLDER}
 * @param kubeconfig what kubectl acts by
 * @param variables further ones, which commands may name
 */
record Shell(Path folder, Path kubeconfig, Map<String, String> variables) {
  private static final int PATIENCE_MINUTES = 6;

  /** Where {@code make plugin} puts kubectl-vnode; it is on the PATH. */
  static final Path PLUGIN = Path.of("target").toAbsolutePath();

  Shell {
    variables = Map.copyOf(variables);
  }

  /** One for a test class. */
  static Shell of(Class<?> test, Kubectl kubectl, Map<String, String> variables)
      throws IOException {
    var folder = Path.of("target", "docs", test.getSimpleName()).toAbsolutePath();
    // It may be called otherwise, and pages call it kubectl.
    var link = Files.createDirectories(folder).resolve("kubectl");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, kubectl.program().toAbsolutePath());
    return new Shell(folder, kubectl.kubeconfig().toAbsolutePath(), variables);
  }

  /**
   * What a command says on both its outputs.
   *
   * @param shown where it stands
   * @throws AssertionError if it fails, or does not end
   */
  String run(String command, Path shown) throws IOException, InterruptedException {
    var out = Files.createTempFile(folder, "out", ".txt");
    try {
      var builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c", command);
      builder.environment().putAll(variables);
      builder.environment().put("FOLDER", folder.toString());
      builder.environment().put("KUBECONFIG", kubeconfig.toString());
      builder.environment().put("PATH", folder + ":" + PLUGIN + ":" + System.getenv("PATH"));
      builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      builder.redirectErrorStream(true).redirectOutput(out.toFile());
      var process = builder.start();
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
      }
      int code = process.waitFor();
      var said = Files.readString(out, UTF_8);
      if (code != 0) {
        throw new AssertionError(
            "`%s` in %s ends with %d: %s".formatted(command, shown, code, said));
      }
      return said;
    } finally {
      Files.delete(out);
    }
  }
}
