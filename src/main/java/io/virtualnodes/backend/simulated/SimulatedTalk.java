package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation.Caller;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.simulated.SimulatedGroup.SimulatedContainer;
import io.virtualnodes.backend.simulated.Timeline.Run;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Talks with what seems to run in simulated containers. */
final class SimulatedTalk {
  private static final LogOptions FROM_NOW_ON =
      new LogOptions(
          true, false, false, Optional.empty(), OptionalLong.of(0), OptionalLong.empty());

  // The end of a container takes its commands along: 128 and the number of KILL.
  private static final int GONE = 137;

  private SimulatedTalk() {}

  /**
   * One who is in a container.
   *
   * @param run of the container, which may have ended meanwhile
   */
  record Visitor(
      SimulatedGroup group,
      SimulatedContainer container,
      Run run,
      Holdings holdings,
      InstantSource clock,
      Pause pause)
      implements SimulatedShell.Meanwhile {

    @Override
    public void pass(Duration time) throws InterruptedException {
      pause.pass(time);
    }

    @Override
    public boolean goesOn() {
      return now().filter(known -> known.ended().isEmpty()).isPresent();
    }

    /** The same run, as it is now; empty if its group is gone. */
    Optional<Run> now() {
      var now = clock.instant();
      return holdings
          .find(group.id(), now)
          .flatMap(
              found ->
                  Timeline.of(found, now).runs(container.name()).stream()
                      .filter(known -> known.number() == run.number())
                      .findFirst());
    }

    private Scene scene() {
      return new Scene(
          group.owner().pod(), container.name(), container.image(), container.command());
    }
  }

  /** Runs a command. */
  static int run(Visitor visitor, List<String> command, Channels channels, Caller caller)
      throws IOException, InterruptedException {
    var input = channels.input() ? caller.input() : InputStream.nullInputStream();
    if (!channels.terminal()) {
      return new SimulatedShell(
              visitor.scene(), visitor, input, caller.output(), caller.errors(), false)
          .run(command);
    }
    var terminal = new SimulatedTerminal(input, caller.output());
    try {
      return new SimulatedShell(
              visitor.scene(), visitor, terminal, terminal.output(), terminal.output(), true)
          .run(command);
    } catch (SimulatedTerminal.Break e) {
      return SimulatedShell.BROKEN_OFF;
    }
  }

  /** Hands over what a container says from now on, until it ends. */
  static int listen(Visitor visitor, Caller caller) throws IOException, InterruptedException {
    var words = new SimulatedLog(visitor, FROM_NOW_ON, visitor.clock().instant());
    while (!words.ended()) {
      caller.output().write(words.more());
      caller.output().flush();
    }
    return visitor.now().flatMap(Run::ended).map(end -> end.code()).orElse(GONE);
  }
}
