package io.virtualnodes.kubelet.stream;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * One stream of an upgraded connection: bytes in both directions, each of which ends for itself.
 * Input and output may be used by different threads at the same time; neither by two.
 */
interface ByteStream {

  /** Its number on the connection; streams that were opened later have higher ones. */
  int number();

  /**
   * What the client said when it opened it.
   *
   * @param name in lower case
   */
  Optional<String> header(String name);

  /** Lets the client send. To be called before anything is written. */
  void accept();

  /**
   * What the client sends, until it ends its direction. Reads block; they fail if the client resets
   * the stream or is gone. Closing it throws away what else comes, so that it is in nobody's way.
   */
  InputStream input();

  /**
   * What is sent to the client. Writes block until the socket took them. Closing it ends our
   * direction, and never fails: a client that is gone needs no end.
   */
  OutputStream output();

  /** Ends both directions at once, if they have not ended. */
  void reset();

  /**
   * Is called once, by a thread that may block, when the stream is cut off by somebody else: the
   * client, the loss of the connection, or its keeping others waiting for too long. At once if that
   * has happened.
   */
  void onCut(Runnable action);
}
