package io.virtualnodes.plugin;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What one command came to, in this process.
 *
 * @param code its exit code
 */
public record CommandLineRun(int code, String output, String errors) {

  public static CommandLineRun of(String... arguments) {
    var output = new StringWriter();
    var errors = new StringWriter();
    int code =
        KubectlVnode.commandLine()
            .setOut(new PrintWriter(output))
            .setErr(new PrintWriter(errors))
            .execute(arguments);
    return new CommandLineRun(code, output.toString(), errors.toString());
  }
}
