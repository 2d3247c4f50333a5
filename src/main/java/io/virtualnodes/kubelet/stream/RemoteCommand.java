package io.virtualnodes.kubelet.stream;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds a conversation between a process and a client's streams, and tells how it ended. */
final class RemoteCommand {
  private static final Logger log = LoggerFactory.getLogger(RemoteCommand.class);

  private final Conversation conversation;
  private final Channels channels;
  private final Protocol protocol;
  private final Duration creation;
  private final Executor blocking;

  /**
   * @param creation how long the client may take to open its streams
   * @param blocking where sizes of the terminal are read
   */
  RemoteCommand(
      Conversation conversation,
      Channels channels,
      Protocol protocol,
      Duration creation,
      Executor blocking) {
    this.conversation = conversation;
    this.channels = channels;
    this.protocol = protocol;
    this.creation = creation;
    this.blocking = blocking;
  }

  /** Until its end, whoever brings that about. The session is settled then. */
  void hold(StreamConnection connection, Session session) {
    var ending = Ending.DONE;
    try {
      var streams = CommandStreams.opened(connection, channels, protocol, creation);
      var status = converse(streams, session);
      ending = session.settle();
      if (ending != Ending.HUNG_UP) {
        streams.end(status.words(protocol));
      }
    } catch (IOException e) {
      ending = session.settle();
      log.debug("a client did not hear the end of its conversation", e);
    } catch (InterruptedException _) {
      // Ended before it began, by the reason that the session knows.
      ending = session.settle();
    } finally {
      connection.finish(ending);
    }
  }

  private ExitStatus converse(CommandStreams streams, Session session) {
    var sizes = new NewestSize();
    // Ends with the stream, which ends with the connection's last word at the latest.
    blocking.execute(() -> sizes.read(streams.sizes()));
    var caller =
        new Conversation.Caller(streams.input(), streams.output(), streams.errors(), sizes);
    try {
      return new ExitStatus.Exited(conversation.hold(caller));
    } catch (BackendException e) {
      return new ExitStatus.Failed(e.getMessage());
    } catch (IOException e) {
      // Of a conversation that was told to end it may come of that.
      var reason = session.settle();
      return new ExitStatus.Failed(reason == Ending.DONE ? e.getMessage() : reason.sentence());
    } catch (InterruptedException _) {
      return new ExitStatus.Failed(session.settle().sentence());
    } catch (RuntimeException e) {
      log.error("a conversation failed", e);
      return new ExitStatus.Failed("the virtual node failed inside");
    }
  }
}
