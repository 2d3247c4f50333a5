package io.virtualnodes.backend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/** A conversation with a process that is ready to be held, once. */
@FunctionalInterface
public interface Conversation {

  /**
   * Holds it, and blocks until the process ended and all that it wrote was handed over, or until
   * the thread is interrupted: then what was begun for the conversation is ended too. A caller that
   * no longer takes output makes writes to it fail, which ends it likewise.
   *
   * @param caller what the caller says and hears; not closed here
   * @return the exit code; 0 where the process goes on after the conversation
   * @throws IOException if the connection to the process broke, or the caller is gone
   * @throws BackendException if the process could not be started
   */
  int hold(Caller caller) throws IOException, InterruptedException;

  /**
   * The other end of a conversation. Of the streams, those are used that were asked for with {@link
   * Channels}; the others are empty, or take what is written to nowhere.
   *
   * @param input read until its end, which is passed on to the process
   * @param output blocks as long as the caller does not read
   * @param errors likewise
   * @param sizes of the terminal's window
   */
  record Caller(InputStream input, OutputStream output, OutputStream errors, Sizes sizes) {}

  /** How large the terminal's window is. */
  @FunctionalInterface
  interface Sizes {

    /**
     * Waits for a size that was not handed out yet. Of several only the newest counts.
     *
     * @return empty if there will be no more
     */
    Optional<Size> next() throws InterruptedException;
  }

  /** In characters, at least 1 each. */
  record Size(int columns, int rows) {}
}
