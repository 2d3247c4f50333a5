package io.virtualnodes.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.impl.btc.BlockedThreadChecker;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** What the standard error output is for. */
class KubectlVnodeTest {
  @Test
  void aSlowMachineIsNoErrorThatAUserReads() {
    KubectlVnode.commandLine();

    assertThat(Logger.getLogger(BlockedThreadChecker.LOGGER_NAME).isLoggable(Level.SEVERE))
        .isFalse();
  }

  @Test
  void anErrorIsOneLine() {
    var run = CommandLineRun.of("doctor", "--kubeconfig", "/there/is/none");

    assertThat(run.code()).isEqualTo(KubectlVnode.UNANSWERED);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors())
        .isEqualToIgnoringNewLines("error: --kubeconfig: /there/is/none cannot be read");
  }
}
