package io.virtualnodes.backend.fargate;

import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jboss.logmanager.ExtHandler;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Logger;

/** All that the operator logs while this is open, with its key-values and failures. */
final class WrittenLog extends ExtHandler implements AutoCloseable {
  private static final Logger OPERATOR = Logger.getLogger("io.virtualnodes");

  private final Queue<String> lines = new ConcurrentLinkedQueue<>();

  WrittenLog() {
    OPERATOR.addHandler(this);
  }

  @Override
  protected void doPublish(ExtLogRecord line) {
    lines.add(
        "%s %s %s %s"
            .formatted(
                line.getMessage(),
                Arrays.toString(line.getParameters()),
                line.getMdcCopy(),
                causes(line.getThrown())));
  }

  private static String causes(Throwable thrown) {
    return thrown == null ? "" : thrown + " " + causes(thrown.getCause());
  }

  /** What was logged until now. */
  String text() {
    return String.join("\n", lines);
  }

  @Override
  public void close() {
    OPERATOR.removeHandler(this);
  }
}
