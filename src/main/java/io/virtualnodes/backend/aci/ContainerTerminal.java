package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.aci.ShellMarks.Piece;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shell of a container that waits for its script. One thread reads what it says; many may type.
 */
final class ContainerTerminal implements AutoCloseable {
  // A shell says a prompt before it reads. One that has none is told without it.
  private static final Duration PROMPT = Duration.ofSeconds(2);
  private static final Duration READY = Duration.ofSeconds(30);
  private static final int LONGEST_QUOTE = 200;

  private static final Logger log = LoggerFactory.getLogger(ContainerTerminal.class);

  private final AzureSocket socket;
  private final ShellScript script;
  private final ShellMarks marks;

  private ContainerTerminal(AzureSocket socket, ShellScript script) {
    this.socket = socket;
    this.script = script;
    this.marks = new ShellMarks(script);
  }

  /**
   * Gets the shell ready. The socket is closed if that cannot be done.
   *
   * @param socket to a shell that Azure starts once it has the password
   * @throws BackendException.Unsupported if the container has no shell, or no {@code stty}
   */
  static ContainerTerminal begin(AzureSocket socket, Invitation invitation)
      throws IOException, InterruptedException {
    var terminal = new ContainerTerminal(socket, ShellScript.random());
    boolean begun = false;
    try {
      socket.send(invitation.password().getBytes(UTF_8));
      terminal.begin(invitation.password());
      begun = true;
      return terminal;
    } finally {
      if (!begun) {
        socket.abort();
      }
    }
  }

  private void begin(String password) throws IOException, InterruptedException {
    var said = new StringBuilder();
    var first = socket.next(PROMPT);
    if (first.isPresent()) {
      note(first.get(), said, password);
    }
    type(script.begin());
    long until = System.nanoTime() + READY.toNanos();
    while (true) {
      var left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
      var arrival =
          socket
              .next(left)
              .orElseThrow(
                  () ->
                      new BackendException.Unavailable(
                          "the shell of the container does not answer", null));
      for (var piece : note(arrival, said, password)) {
        if (piece instanceof Piece.Mark(var kind, var code) && kind == ShellMarks.READY) {
          if (!code.equals("0")) {
            throw lacks("stty");
          }
          return;
        }
      }
    }
  }

  /** Keeps what is said before the shell is ready: if it never is, that tells why. */
  private List<Piece> note(AzureSocket.Arrival arrival, StringBuilder said, String password)
      throws IOException {
    return switch (arrival) {
      case AzureSocket.Arrival.Bytes(var bytes) -> {
        said.append(new String(bytes, UTF_8));
        yield marks.read(bytes);
      }
      case AzureSocket.Arrival.End() -> throw noShell(said.toString().replace(password, ""));
      case AzureSocket.Arrival.Failure(var cause) -> throw broke(cause);
    };
  }

  private static BackendException noShell(String said) {
    var quote = said.replaceAll("\\p{Cntrl}+", " ").strip();
    return new BackendException.Unsupported(
        List.of(
            "commands in containers without a shell ("
                + ShellScript.SHELL
                + "): Azure starts programs without arguments only"
                + (quote.isEmpty()
                    ? ""
                    : "; it said: "
                        + quote.substring(0, Math.min(LONGEST_QUOTE, quote.length())))));
  }

  /** That a program is missing without which no command can be run here. */
  static BackendException lacks(String program) {
    return new BackendException.Unsupported(
        List.of(
            "commands in containers without "
                + program
                + ": Azure knows terminals only, and it takes that to run a command over one"));
  }

  private static IOException broke(Throwable cause) {
    return new IOException("the connection to the container broke: " + cause, cause);
  }

  ShellScript script() {
    return script;
  }

  /** Blocks until it is on its way. */
  void type(String text) throws IOException, InterruptedException {
    send(text.getBytes(UTF_8));
  }

  void send(byte[] bytes) throws IOException, InterruptedException {
    socket.send(bytes);
  }

  /**
   * Waits for what the shell says next.
   *
   * @return empty if it has ended
   */
  Optional<List<Piece>> next() throws IOException, InterruptedException {
    return switch (socket.next()) {
      case AzureSocket.Arrival.Bytes(var bytes) -> Optional.of(marks.read(bytes));
      case AzureSocket.Arrival.End() -> Optional.empty();
      case AzureSocket.Arrival.Failure(var cause) -> throw broke(cause);
    };
  }

  /** Lets the shell end, after all that it said was heard. */
  void takeLeave() throws InterruptedException {
    try {
      type(ShellScript.FAREWELL);
    } catch (IOException e) {
      log.atDebug().addKeyValue("failure", e.getMessage()).log("a shell has ended by itself");
    }
  }

  /** Hangs up: what still runs at the terminal is told so by it. */
  void hangUp() {
    socket.abort();
  }

  @Override
  public void close() {
    socket.close();
  }
}
