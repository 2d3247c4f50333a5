package io.virtualnodes.kubelet.stream;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** An upgraded connection. Sessions do not see by which protocol it carries its streams. */
public interface StreamConnection {

  /**
   * The next stream that the client opened.
   *
   * @return empty if none came in time
   * @throws IOException if the connection has ended
   */
  Optional<ByteStream> next(Duration wait) throws IOException, InterruptedException;

  /** Whether the client can open streams beyond those that were there from the start. */
  boolean extensible();

  /**
   * Is told once why the connection ends, if that is not by {@link #finish}; at once if it has
   * ended. Called in an event loop, so it must not block.
   */
  void onEnding(Consumer<Ending> listener);

  /**
   * Says that all is said, and leaves the closing to the client, for a while. What it still sends
   * is thrown away. Returns at once.
   */
  void finish(Ending ending);
}
