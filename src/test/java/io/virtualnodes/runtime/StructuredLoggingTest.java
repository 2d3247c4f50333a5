package io.virtualnodes.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jboss.logmanager.ExtHandler;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StructuredLoggingTest {
  private static final String CATEGORY = "io.virtualnodes.test.structured";

  private final org.slf4j.Logger log = new StructuredLogging().getLogger(CATEGORY);
  private final List<ExtLogRecord> lines = new ArrayList<>();
  private final ExtHandler handler =
      new ExtHandler() {
        @Override
        protected void doPublish(ExtLogRecord line) {
          lines.add(line);
        }
      };

  @BeforeEach
  void listen() {
    Logger.getLogger(CATEGORY).addHandler(handler);
  }

  @AfterEach
  void leave() {
    Logger.getLogger(CATEGORY).removeHandler(handler);
    Logger.getLogger(CATEGORY).setLevel(null);
  }

  @Test
  void keyValuesAreFieldsAndTheMessageIsThePhraseAlone() {
    log.atInfo()
        .addKeyValue("pod", "team-a/web")
        .addKeyValue("failure", "it said: port=80 is taken")
        .log("pod not started");

    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst().getMessage()).isEqualTo("pod not started");
    assertThat(lines.getFirst().getMdcCopy())
        .isEqualTo(Map.of("pod", "team-a/web", "failure", "it said: port=80 is taken"));
    assertThat(lines.getFirst().getLoggerName()).isEqualTo(CATEGORY);
    assertThat(lines.getFirst().getLevel()).isEqualTo(org.jboss.logmanager.Level.INFO);
  }

  @Test
  void librariesLogAsBefore() {
    var failure = new IllegalStateException("why");
    log.warn("{} of {} left %s", 2, 3, failure);

    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst().getMessage()).isEqualTo("2 of 3 left %s");
    assertThat(lines.getFirst().getThrown()).isSameAs(failure);
    assertThat(lines.getFirst().getMdcCopy()).isEmpty();
  }

  @Test
  void aLevelThatIsOffIsNotLogged() {
    Logger.getLogger(CATEGORY).setLevel(org.jboss.logmanager.Level.WARN);

    log.atInfo().addKeyValue("pod", "team-a/web").log("group accepted");
    log.info("group accepted");

    assertThat(log.isInfoEnabled()).isFalse();
    assertThat(lines).isEmpty();
  }
}
