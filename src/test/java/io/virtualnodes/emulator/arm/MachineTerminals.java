package io.virtualnodes.emulator.arm;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.Conversation.Caller;
import io.virtualnodes.backend.Conversation.Size;
import io.virtualnodes.backend.GroupId;
import java.io.IOException;
import java.util.Optional;

/**
 * Programs of this machine at terminals of this machine, for tests of containers that are only
 * simulated: the simulation knows whether they run, and its own shell is no match for a real one.
 */
public final class MachineTerminals implements Terminals {
  private final Terminals simulated;

  /**
   * @param containers tells which containers run
   */
  public MachineTerminals(Backend containers) {
    this.simulated = Terminals.of(containers);
  }

  @Override
  public Optional<Conversation> open(GroupId group, String container, String program, Size size) {
    return simulated
        .open(group, container, program, size)
        .map(_ -> caller -> run(program, size, caller));
  }

  private static int run(String program, Size size, Caller caller)
      throws IOException, InterruptedException {
    var line =
        "stty echo rows %d cols %d; exec '%s'".formatted(size.rows(), size.columns(), program);
    var builder =
        new ProcessBuilder(
                // Whoever runs tests in the background may ignore what Control-C sends, and so
                // would all that is started here.
                "env",
                "--default-signal=INT,QUIT",
                "script",
                "--quiet",
                "--return",
                "--flush",
                "--command",
                line,
                "/dev/null")
            .redirectErrorStream(true);
    builder.environment().put("SHELL", "/bin/sh");
    builder.environment().put("TERM", "xterm");
    var process = builder.start();
    var input = Thread.ofVirtual().start(() -> type(caller, process));
    try {
      var buffer = new byte[4096];
      for (int count = process.getInputStream().read(buffer);
          count >= 0;
          count = process.getInputStream().read(buffer)) {
        caller.output().write(buffer, 0, count);
        caller.output().flush();
      }
      return process.waitFor();
    } finally {
      input.interrupt();
      end(process);
    }
  }

  private static void type(Caller caller, Process process) {
    var buffer = new byte[4096];
    while (true) {
      int count;
      try {
        count = caller.input().read(buffer);
      } catch (IOException e) {
        // It is hung up.
        end(process);
        return;
      }
      try {
        process.getOutputStream().write(buffer, 0, count);
        process.getOutputStream().flush();
      } catch (IOException e) {
        // It has ended, and what it said is still being passed on.
        return;
      }
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
