package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectExecResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.ContainerConfig;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.Conversation.Caller;
import io.virtualnodes.backend.docker.Talk.CallerGone;
import io.virtualnodes.backend.docker.Talk.Form;
import io.virtualnodes.backend.docker.Talk.InputEnd;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Talks with processes in containers of an engine. */
final class EngineConversations {
  // A command may close its output long before it ends: it is asked for less and less often.
  private static final Duration FIRST_LOOK = Duration.ofMillis(10);
  private static final Duration LAST_LOOK = Duration.ofSeconds(1);
  // The engine tells a code a moment after the end of the output.
  private static final int LOOKS_FOR_A_CODE = 100;

  private static final Duration BETWEEN_LAST_LOOKS = Duration.ofMillis(50);
  private static final int LAST_LOOKS = 40;

  private static final Logger log = LoggerFactory.getLogger(EngineConversations.class);

  private final DockerEngine engine;
  private final ProcessCalls calls;
  private final CommandEnding ending;
  // By what is unique to each conversation.
  private final Map<Object, HijackedConnection> held = new ConcurrentHashMap<>();

  EngineConversations(DockerEngine engine, CommandEnding ending) {
    this.engine = engine;
    this.calls = engine.processes();
    this.ending = ending;
  }

  /**
   * Breaks all conversations off, and ends what was begun for them, as far as that takes no longer
   * than a few seconds.
   */
  void close() {
    try {
      for (var connection : held.values()) {
        connection.close();
      }
      for (int looks = 0; looks < LAST_LOOKS && !held.isEmpty(); looks++) {
        Thread.sleep(BETWEEN_LAST_LOOKS);
      }
    } catch (IOException e) {
      log.atDebug().addKeyValue("failure", e.getMessage()).log("a connection was closed already");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ending.close();
  }

  private HijackedConnection held(Object conversation, HijackedConnection connection) {
    held.put(conversation, connection);
    return connection;
  }

  /** Empty if the container does not run, for the engine. */
  Optional<Conversation> exec(FoundContainer container, List<String> words, Channels channels) {
    try {
      // All that it writes is asked for: its end is told by the end of that.
      var all = new Channels(channels.input(), true, !channels.terminal(), channels.terminal());
      var id = calls.prepare(container.id(), words, all);
      return Optional.of(caller -> runCommand(container, id, channels, caller));
    } catch (DockerException e) {
      return switch (e.getHttpStatus()) {
        // It is gone, or does not run, or is paused.
        case 404, 409 -> Optional.empty();
        default -> throw DockerFailures.of(e);
      };
    }
  }

  private int runCommand(FoundContainer container, String id, Channels channels, Caller caller)
      throws IOException, InterruptedException {
    // Only here: the engine is asked for all, which its end is told by.
    var output = new StartRefusal(heard(channels.output(), caller.output()));
    var errors = heard(channels.errors(), caller.errors());
    boolean over = false;
    try (var connection = held(id, calls.talk(id, channels.terminal()))) {
      var form =
          new Form(
              channels.input(),
              channels.terminal(),
              channels.terminal() ? InputEnd.END_OF_TRANSMISSION : InputEnd.HALF_CLOSE,
              size -> calls.resizeCommand(id, size));
      var talk =
          new Talk(connection, form, new Caller(caller.input(), output, errors, caller.sizes()));
      try {
        talk.pass();
      } catch (CallerGone e) {
        throw e;
      } catch (IOException e) {
        // The engine hangs up on what is still being said to a command that has ended.
        if (calls.prepared(id).filter(InspectExecResponse::isRunning).isPresent()) {
          throw e;
        }
      }
      int code = code(id);
      over = true;
      return told(output, code, channels, caller);
    } catch (DockerException e) {
      over = true;
      var sentence = DockerFailures.sentence(e);
      if (!sentence.contains(StartRefusal.BEGINNING)) {
        throw DockerFailures.of(e);
      }
      return refused(sentence, channels, caller);
    } finally {
      if (!over) {
        ending.end(container, id);
      }
      held.remove(id);
    }
  }

  private static OutputStream heard(boolean asked, OutputStream target) {
    return asked ? target : OutputStream.nullOutputStream();
  }

  private static int told(StartRefusal output, int code, Channels channels, Caller caller)
      throws IOException {
    var sentence = output.sentence(code);
    if (sentence.isPresent()) {
      return refused(sentence.get(), channels, caller);
    }
    output.release();
    return code;
  }

  /** As a shell tells it: by a sentence where errors are told, and a code. */
  private static int refused(String sentence, Channels channels, Caller caller) throws IOException {
    var target = channels.errors() ? caller.errors() : caller.output();
    var end = channels.terminal() ? "\r\n" : "\n";
    target.write((sentence.strip() + end).getBytes(UTF_8));
    target.flush();
    return StartRefusal.code(sentence);
  }

  /** Waits for the end of a command. */
  private int code(String id) throws InterruptedException {
    var pause = FIRST_LOOK;
    for (int looks = 0; looks < LOOKS_FOR_A_CODE; ) {
      var command = calls.prepared(id);
      if (command.isEmpty()) {
        throw new BackendException.Unavailable("the container is gone meanwhile", null);
      }
      if (Boolean.TRUE.equals(command.get().isRunning())) {
        pause = longer(pause);
      } else if (command.get().getExitCodeLong() != null) {
        return Math.toIntExact(command.get().getExitCodeLong());
      } else {
        looks++;
      }
      Thread.sleep(pause);
    }
    throw new BackendException.Unavailable("the engine does not tell how a command ended", null);
  }

  private static Duration longer(Duration pause) {
    var longer = pause.plus(pause.dividedBy(4));
    return longer.compareTo(LAST_LOOK) < 0 ? longer : LAST_LOOK;
  }

  /** Empty if the container is gone, or does not run. */
  Optional<Conversation> attach(FoundContainer container, Channels channels) {
    return engine
        .inspect(container.id())
        .filter(EngineConversations::runs)
        .map(inspected -> caller -> join(container.id(), inspected.getConfig(), channels, caller));
  }

  private static boolean runs(InspectContainerResponse inspected) {
    return Boolean.TRUE.equals(inspected.getState().getRunning());
  }

  /**
   * Whether there is a terminal is the container's to say. One that reads nothing is not said
   * anything. An end of the input is the end of the container's, if it is to have but one, and
   * otherwise of the conversation: so it is with a kubelet.
   */
  private int join(String id, ContainerConfig config, Channels wanted, Caller caller)
      throws IOException, InterruptedException {
    boolean terminal = Boolean.TRUE.equals(config.getTty());
    boolean input = wanted.input() && Boolean.TRUE.equals(config.getStdinOpen());
    var output = heard(wanted.output(), caller.output());
    // One who expects a terminal sees all in one stream.
    var errors = wanted.terminal() ? output : heard(wanted.errors(), caller.errors());
    var form =
        new Form(input, terminal, InputEnd.HALF_CLOSE, size -> calls.resizeContainer(id, size));
    var conversation = new Object();
    var all = new Channels(input, true, !terminal, terminal);
    try (var connection = held(conversation, calls.join(id, all))) {
      var talk =
          new Talk(connection, form, new Caller(caller.input(), output, errors, caller.sizes()));
      talk.pass();
      boolean left = talk.inputEnded() && !Boolean.TRUE.equals(config.getStdInOnce());
      return left ? 0 : codeOfContainer(id);
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    } finally {
      held.remove(conversation);
    }
  }

  /** 0 if it goes on. */
  private int codeOfContainer(String id) throws InterruptedException {
    for (int looks = 0; looks < LOOKS_FOR_A_CODE; looks++) {
      var inspected = engine.inspect(id);
      if (inspected.isEmpty()) {
        return 0;
      }
      if (!runs(inspected.get())) {
        return Math.toIntExact(
            Optional.ofNullable(inspected.get().getState().getExitCodeLong()).orElse(0L));
      }
      Thread.sleep(FIRST_LOOK);
    }
    return 0;
  }
}
