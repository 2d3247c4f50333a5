package io.virtualnodes.backend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A connection to a port of a group. Its two directions end each for itself. */
public interface Link extends AutoCloseable {

  /** What comes from the port. Reading may be done beside writing. */
  InputStream input();

  /** What goes to the port. Writes go out at once, and block while it does not read. */
  OutputStream output();

  /** Tells the port that nothing more will come, and goes on reading. */
  void endOutput() throws IOException;

  /** Ends both directions, and whoever is blocked in one of them. */
  @Override
  void close() throws IOException;
}
