package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Conversation.Caller;
import io.virtualnodes.backend.Conversation.Size;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on what a caller and a process say to each other over one connection to the engine. Nobody
 * is read faster than the other side takes it, so that nothing gathers here: the caller's thread
 * takes the output to it, and one thread each takes its input and its window's sizes to the
 * process.
 */
final class Talk {
  private static final int BUFFER_BYTES = 64 << 10;
  // The engine knows a command's terminal only a moment after it was started.
  private static final int SIZE_TRIES = 20;
  private static final Duration BETWEEN_SIZE_TRIES = Duration.ofMillis(100);

  private static final Logger log = LoggerFactory.getLogger(Talk.class);

  private final HijackedConnection connection;
  private final Form form;
  private final Caller caller;
  private volatile IOException callerFailed;
  private volatile boolean inputEnded;

  /**
   * How the two sides are joined.
   *
   * @param input whether the process is told what the caller says
   * @param terminal whether it has one; without, output and errors come in frames
   * @param endOfInput what the process is told when the caller has said all
   * @param resize gives the terminal's window another size
   */
  record Form(boolean input, boolean terminal, InputEnd endOfInput, Consumer<Size> resize) {}

  /** How a process hears that there is no more input. */
  enum InputEnd {
    /** Its standard input ends. */
    HALF_CLOSE,
    /**
     * By the character that means it to a terminal. The engine takes an end of the connection's
     * input for the end of all of it, and would keep back what the process goes on to write.
     */
    END_OF_TRANSMISSION
  }

  private static final int EOT = 4;

  /** The caller does not read any more, or can no longer be heard. */
  static final class CallerGone extends IOException {
    private static final long serialVersionUID = 1L;

    CallerGone(IOException cause) {
      super("the caller is gone: " + cause.getMessage(), cause);
    }
  }

  Talk(HijackedConnection connection, Form form, Caller caller) {
    this.connection = connection;
    this.form = form;
    this.caller = caller;
  }

  /**
   * Blocks until the process has said all. Reading the caller's input may outlast this by one
   * blocked read, whose result is dropped.
   *
   * @throws CallerGone if it lies in the caller
   * @throws IOException if it lies in the connection
   */
  void pass() throws IOException, InterruptedException {
    var input = Thread.ofVirtual().name("conversation-input").unstarted(this::passInput);
    var sizes = Thread.ofVirtual().name("conversation-sizes").unstarted(this::passSizes);
    if (form.input()) {
      input.start();
    }
    if (form.terminal()) {
      sizes.start();
    }
    try {
      if (form.terminal()) {
        passAsItIs();
      } else {
        passFrames();
      }
      if (callerFailed != null) {
        throw new CallerGone(callerFailed);
      }
    } catch (CallerGone e) {
      throw e;
    } catch (IOException e) {
      // An interrupt closes the connection, and so does a caller that cannot be heard.
      if (Thread.interrupted()) {
        throw interrupted(e);
      }
      throw callerFailed == null
          ? new IOException("the connection to the process broke: " + e, e)
          : new CallerGone(callerFailed);
    } finally {
      input.interrupt();
      sizes.interrupt();
    }
  }

  private static InterruptedException interrupted(IOException cause) {
    var interrupted = new InterruptedException("the conversation was broken off");
    interrupted.initCause(cause);
    return interrupted;
  }

  /** Whether the caller has said all, and the process was told. */
  boolean inputEnded() {
    return inputEnded;
  }

  private void passFrames() throws IOException {
    var frames = new StreamFrames(connection.input());
    var buffer = new byte[BUFFER_BYTES];
    for (int count = frames.read(buffer, 0, buffer.length);
        count >= 0;
        count = frames.read(buffer, 0, buffer.length)) {
      write(
          switch (frames.source()) {
            case OUTPUT -> caller.output();
            case ERRORS -> caller.errors();
          },
          buffer,
          count);
    }
  }

  private void passAsItIs() throws IOException {
    var buffer = new byte[BUFFER_BYTES];
    for (int count = connection.input().read(buffer);
        count >= 0;
        count = connection.input().read(buffer)) {
      write(caller.output(), buffer, count);
    }
  }

  private static void write(OutputStream target, byte[] bytes, int count) throws CallerGone {
    try {
      target.write(bytes, 0, count);
      target.flush();
    } catch (IOException e) {
      throw new CallerGone(e);
    }
  }

  private void passInput() {
    var buffer = new byte[BUFFER_BYTES];
    while (true) {
      int count;
      try {
        count = caller.input().read(buffer);
      } catch (IOException e) {
        callerFailed = e;
        hangUp();
        return;
      }
      try {
        if (count < 0) {
          endInput();
          return;
        }
        connection.output().write(buffer, 0, count);
      } catch (IOException e) {
        // It ended without reading all, as `head` does: what it wrote is still being passed on.
        log.atDebug().addKeyValue("failure", e.getMessage()).log("a process takes no more input");
        return;
      }
    }
  }

  private void endInput() throws IOException {
    inputEnded = true;
    switch (form.endOfInput()) {
      case HALF_CLOSE -> connection.endOutput();
      case END_OF_TRANSMISSION -> connection.output().write(EOT);
    }
  }

  private void hangUp() {
    try {
      connection.close();
    } catch (IOException e) {
      log.atDebug().addKeyValue("failure", e.getMessage()).log("a connection was closed already");
    }
  }

  private void passSizes() {
    try {
      for (var size = caller.sizes().next(); size.isPresent(); size = caller.sizes().next()) {
        resize(size.get());
      }
    } catch (InterruptedException e) {
      // The conversation is over.
    }
  }

  private void resize(Size size) throws InterruptedException {
    for (int tries = 1; ; tries++) {
      try {
        form.resize().accept(size);
        return;
      } catch (DockerException | BackendException e) {
        if (tries == SIZE_TRIES) {
          log.atDebug().addKeyValue("failure", e.getMessage()).log("a window keeps its size");
          return;
        }
        Thread.sleep(BETWEEN_SIZE_TRIES);
      }
    }
  }
}
