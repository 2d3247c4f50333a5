package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Conversation.Size;
import io.virtualnodes.backend.Conversation.Sizes;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a terminal in a container the sizes of its caller's window. Azure takes a size only when it
 * starts a program. So further ones are set from within, by a second shell in the container, which
 * is started when one comes; a container where that cannot be done keeps the first.
 */
final class WindowSizes {
  // A kubectl tells its size at once; others never tell any.
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Pattern PATH = Pattern.compile("/dev/[a-z0-9/]{1,60}");

  private static final Logger log = LoggerFactory.getLogger(WindowSizes.class);

  private final Sizes sizes;
  private final Shells shells;
  private final BlockingQueue<Size> told = new LinkedBlockingQueue<>();
  private final Thread asking = Thread.ofVirtual().name("aci-sizes").unstarted(this::ask);
  private final Thread passing = Thread.ofVirtual().name("aci-resizing").unstarted(this::pass);
  private volatile String terminal = "";

  /** Starts shells in the container. */
  @FunctionalInterface
  interface Shells {
    ContainerTerminal open() throws IOException, InterruptedException;
  }

  WindowSizes(Sizes sizes, Shells shells) {
    this.sizes = sizes;
    this.shells = shells;
  }

  /** The size that the window has, if it is told soon. */
  Optional<Size> first() throws InterruptedException {
    asking.start();
    return Optional.ofNullable(told.poll(FIRST.toMillis(), TimeUnit.MILLISECONDS));
  }

  private void ask() {
    try {
      for (var size = sizes.next(); size.isPresent(); size = sizes.next()) {
        told.add(size.get());
      }
    } catch (InterruptedException e) {
      // The conversation is over.
    }
  }

  /**
   * From now on the sizes are given to this terminal.
   *
   * @param path as the container has it; nothing if it has none
   */
  void passTo(String path) {
    if (PATH.matcher(path).matches()) {
      terminal = path;
      passing.start();
    }
  }

  private void pass() {
    try {
      var size = told.take();
      try (var shell = shells.open()) {
        shell.type(ShellScript.resizing(terminal));
        while (true) {
          shell.type(ShellScript.size(size));
          size = told.take();
        }
      }
    } catch (IOException | BackendException e) {
      log.atDebug().addKeyValue("failure", e.getMessage()).log("a window keeps its size");
    } catch (InterruptedException e) {
      // The conversation is over.
    }
  }

  /** Nobody looks any more. */
  void end() {
    asking.interrupt();
    passing.interrupt();
  }
}
