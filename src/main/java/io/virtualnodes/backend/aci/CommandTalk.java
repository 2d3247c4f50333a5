package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation.Caller;
import io.virtualnodes.backend.aci.ShellMarks.Piece;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One command in a container and the one who runs it. Nobody is read faster than the other side
 * takes it: the caller's thread takes what the command writes to it, and one thread each takes its
 * input and its window's sizes to the command.
 */
final class CommandTalk {
  private static final byte[] END_OF_TRANSMISSION = {4};

  private static final Logger log = LoggerFactory.getLogger(CommandTalk.class);

  private final ContainerTerminal terminal;
  private final List<String> words;
  private final Channels channels;
  private final Caller caller;
  private final OutputStream output;
  private final TwoOutputs outputs;
  private final WindowSizes sizes;
  private final Thread input = Thread.ofVirtual().name("aci-input").unstarted(this::passInput);
  private final AtomicReference<IOException> callerFailed = new AtomicReference<>();

  /**
   * @param sizes what becomes of the sizes of the caller's window after the first
   */
  CommandTalk(
      ContainerTerminal terminal,
      List<String> words,
      Channels channels,
      Caller caller,
      WindowSizes sizes) {
    this.terminal = terminal;
    this.words = words;
    this.channels = channels;
    this.caller = caller;
    this.output = heard(channels.output(), caller.output());
    this.outputs = new TwoOutputs(output, heard(channels.errors(), caller.errors()));
    this.sizes = sizes;
  }

  private static OutputStream heard(boolean asked, OutputStream target) {
    return asked ? target : OutputStream.nullOutputStream();
  }

  /**
   * Runs the command to its end.
   *
   * @return its exit code
   * @throws IOException if the caller is gone, or the connection broke; the shell is hung up then
   */
  int run() throws IOException, InterruptedException {
    boolean over = false;
    try {
      terminal.type(
          channels.terminal()
              ? terminal.script().atTerminal(words)
              : terminal.script().withoutTerminal(words, channels.input()));
      if (channels.input() && !channels.terminal()) {
        input.start();
      }
      int code = listen();
      input.interrupt();
      terminal.takeLeave();
      over = true;
      return code;
    } catch (IOException e) {
      throw callerFailed.get() == null ? e : callerFailed.get();
    } finally {
      input.interrupt();
      sizes.end();
      if (!over) {
        terminal.hangUp();
      }
    }
  }

  private int listen() throws IOException, InterruptedException {
    for (var pieces = terminal.next(); pieces.isPresent(); pieces = terminal.next()) {
      for (var piece : pieces.get()) {
        switch (piece) {
          case Piece.Output(var bytes) -> hear(bytes);
          case Piece.Mark(var kind, var text) -> {
            if (kind == ShellMarks.EXIT) {
              return code(text);
            }
            heed(kind, text);
          }
        }
      }
    }
    throw withoutCode();
  }

  private void hear(byte[] bytes) throws IOException {
    if (channels.terminal()) {
      output.write(bytes);
      output.flush();
    } else {
      outputs.take(bytes);
    }
  }

  private void heed(char kind, String text) {
    switch (kind) { // what a shell that was led astray writes is as open as a string
      case ShellMarks.TERMINAL -> {
        if (channels.input()) {
          input.start();
        }
        sizes.passTo(text);
      }
      case ShellMarks.ENDED -> {
        if (channels.input()) {
          // Not here, where it would wait for a shell that waits for its output to be read.
          Thread.ofVirtual().name("aci-input-end").start(this::endInput);
        }
      }
      case ShellMarks.MISSING -> throw ContainerTerminal.lacks(text);
      default -> log.atDebug().addKeyValue("kind", kind).log("a shell says what was not asked");
    }
  }

  private int code(String text) throws IOException {
    if (!text.matches("[0-9]{1,3}") || !channels.terminal() && !outputs.areWhole()) {
      throw withoutCode();
    }
    return Integer.parseInt(text);
  }

  private static IOException withoutCode() {
    return new IOException("the connection to the command ended before it told its exit code");
  }

  private void passInput() {
    var buffer = new byte[ShellScript.BYTES_IN_A_LINE];
    try {
      while (true) {
        int count;
        try {
          count = caller.input().read(buffer);
        } catch (IOException e) {
          callerFailed.set(e);
          terminal.hangUp();
          return;
        }
        if (count < 0) {
          break;
        }
        terminal.send(
            channels.terminal()
                ? java.util.Arrays.copyOf(buffer, count)
                : ShellScript.input(buffer, count).getBytes(UTF_8));
      }
      if (channels.terminal()) {
        terminal.send(END_OF_TRANSMISSION);
      } else {
        terminal.type(ShellScript.END_OF_INPUT);
      }
    } catch (IOException e) {
      // It ended without reading all: what it wrote is still being passed on.
      log.atDebug().addKeyValue("failure", e.getMessage()).log("a command takes no more input");
    } catch (InterruptedException e) {
      // The conversation is over.
    }
  }

  private void endInput() {
    try {
      terminal.type(ShellScript.END_OF_INPUT);
    } catch (IOException e) {
      log.atDebug().addKeyValue("failure", e.getMessage()).log("a command takes no more input");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
