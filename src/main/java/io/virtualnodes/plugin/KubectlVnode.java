package io.virtualnodes.plugin;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.pod.KubernetesFailure;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code kubectl vnode} runs. */
@Command(
    name = "kubectl vnode",
    description = "Looks after pools of virtual nodes.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = KubectlVnode.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all is well: explain found a pool for every pod, doctor found nothing that fails",
      "1:it is not: a pod would run at no pool, a check fails, a node is not empty yet",
      "2:the question could not be answered, in one line on the standard error output"
    },
    subcommands = {
      StatusCommand.class,
      ExplainCommand.class,
      PodsCommand.class,
      DrainCommand.class,
      DoctorCommand.class
    })
public final class KubectlVnode implements Runnable {
  static final int GOOD = 0;
  static final int BAD = 1;
  static final int UNANSWERED = 2;

  /**
   * Vert.x tells by it that a machine is slow, on the standard error output, where an error of ours
   * is one line. Held here, since the log's own memory of a level is weak.
   */
  private static final Logger SLOW_MACHINE =
      Logger.getLogger("io.vertx.core.impl.BlockedThreadChecker");

  @Spec private CommandSpec spec;

  /** Of the build. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "kubectl-vnode "
            + Optional.ofNullable(KubectlVnode.class.getPackage().getImplementationVersion())
                .orElse("of an unpackaged build")
      };
    }
  }

  /** Ends the process with the exit code that {@code --help} tells. */
  public static void main(String[] arguments) {
    int code = commandLine().execute(arguments);
    // The client's threads are none that a command waits for.
    System.out.flush();
    Runtime.getRuntime().halt(code);
  }

  /** All commands, with how their errors are told. */
  public static CommandLine commandLine() {
    SLOW_MACHINE.setLevel(Level.OFF);
    var line = new CommandLine(new KubectlVnode());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(
        (e, _) -> {
          complain(e.getCommandLine().getErr(), e.getMessage());
          return UNANSWERED;
        });
    line.setExecutionExceptionHandler(
        (e, command, _) -> {
          complain(command.getErr(), sentence(e));
          return UNANSWERED;
        });
    return line;
  }

  private static void complain(PrintWriter errors, String message) {
    errors.println(
        "error: "
            + message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse("unknown"));
    errors.flush();
  }

  /** The cause that says something to people. */
  private static String sentence(Exception e) {
    return switch (e) {
      case BadInput bad -> bad.getMessage();
      case KubernetesFailure failure -> failure.getMessage();
      case KubernetesClientException refused when refused.getStatus() != null ->
          refused.getStatus().getMessage();
      case KubernetesClientException unreachable ->
          "the API server cannot be asked: " + root(unreachable);
      default -> e.getClass().getSimpleName() + ": " + e.getMessage();
    };
  }

  private static String root(Throwable e) {
    var cause = e;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return Optional.ofNullable(cause.getMessage()).orElse(cause.getClass().getSimpleName());
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? kubectl vnode --help lists them");
  }
}
