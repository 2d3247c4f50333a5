package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.Link;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection through a {@link GroupRelay}. To the port its end is that of what is said to it: a
 * port that goes on regardless holds a process of the relay for as long as that is there.
 */
final class RelayedLink implements Link {
  private final HijackedConnection connection;
  private final InputStream input;
  private final Runnable ended;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param input what the port says
   * @param ended is told once of the end
   */
  RelayedLink(HijackedConnection connection, InputStream input, Runnable ended) {
    this.connection = connection;
    this.input = input;
    this.ended = ended;
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return connection.output();
  }

  @Override
  public void endOutput() throws IOException {
    connection.endOutput();
  }

  @Override
  public void close() throws IOException {
    if (!closed.getAndSet(true)) {
      ended.run();
      connection.close();
    }
  }
}
