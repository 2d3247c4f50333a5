package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.Conversation.Caller;
import io.virtualnodes.backend.Conversation.Size;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Pause;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/** Talks with containers, over the WebSockets that Azure opens to them. */
final class AciConversations {
  // That of a terminal of which nobody says a size, as everywhere.
  private static final Size USUAL = new Size(80, 24);
  // A container that says nothing may have ended without the connection being told.
  private static final Duration SILENCE = Duration.ofSeconds(15);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
  // For how many looks an end is waited for that the connection has told of already.
  private static final int LOOKS_FOR_AN_END = 15;

  private final ArmClient azure;
  private final SeenContainers containers;
  private final Pause pause;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .build();
  private final Set<AzureSocket> held = ConcurrentHashMap.newKeySet();

  AciConversations(ArmClient azure, SeenContainers containers, Pause pause) {
    this.azure = azure;
    this.containers = containers;
    this.pause = pause;
  }

  /** A command that is ready to be run in a container that runs. */
  Conversation exec(String group, String container, List<String> words, Channels channels) {
    if (words.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
      throw new BackendException.Rejected("a command cannot hold a zero byte", null);
    }
    return caller -> run(group, container, words, channels, caller);
  }

  private int run(
      String group, String container, List<String> words, Channels channels, Caller caller)
      throws IOException, InterruptedException {
    var sizes = new WindowSizes(caller.sizes(), () -> open(group, container, USUAL));
    try {
      var size = channels.terminal() ? sizes.first().orElse(USUAL) : USUAL;
      try (var terminal = open(group, container, size)) {
        return new CommandTalk(terminal, words, channels, caller, sizes).run();
      }
    } finally {
      sizes.end();
    }
  }

  private ContainerTerminal open(String group, String container, Size size)
      throws IOException, InterruptedException {
    var invitation = azure.exec(group, container, ShellScript.SHELL, size);
    return ContainerTerminal.begin(connect(invitation, false), invitation);
  }

  private AzureSocket connect(Invitation invitation, boolean passwordInHead)
      throws InterruptedException {
    var socket = AzureSocket.open(client, invitation, passwordInHead);
    held.removeIf(AzureSocket::isOver);
    held.add(socket);
    return socket;
  }

  /** Joins in with the first process of a container that runs; it cannot be told anything. */
  Conversation attach(
      String group, String container, ContainerObservation joined, Channels wanted) {
    return caller -> listen(group, container, joined, wanted, caller);
  }

  private int listen(
      String group, String container, ContainerObservation joined, Channels wanted, Caller caller)
      throws IOException, InterruptedException {
    var invitation = azure.attach(group, container);
    boolean over = false;
    var socket = connect(invitation, true);
    try {
      boolean goesOn = true;
      while (goesOn) {
        var arrival = socket.next(SILENCE);
        goesOn =
            arrival.isPresent()
                ? heard(arrival.get(), wanted, caller)
                : containers.seemsToRun(group, joined);
      }
      over = true;
    } finally {
      if (over) {
        socket.close();
      } else {
        socket.abort();
      }
    }
    return code(group, joined);
  }

  /** Whether more may come. */
  private static boolean heard(AzureSocket.Arrival arrival, Channels wanted, Caller caller)
      throws IOException {
    return switch (arrival) {
      case AzureSocket.Arrival.Bytes(var bytes) -> {
        if (wanted.output()) {
          caller.output().write(bytes);
          caller.output().flush();
        }
        yield true;
      }
      case AzureSocket.Arrival.End() -> false;
      case AzureSocket.Arrival.Failure(var cause) ->
          throw new IOException("the connection to the container broke", cause);
    };
  }

  /** 0 if it goes on. */
  private int code(String group, ContainerObservation joined) throws InterruptedException {
    for (int look = 0; look < LOOKS_FOR_AN_END; look++) {
      var now = containers.look(group, joined.name());
      if (now.isEmpty()) {
        return 0;
      }
      var end = end(now.get(), joined);
      if (end.isPresent()) {
        return end.get().code();
      }
      pause.pass(BETWEEN_LOOKS);
    }
    return 0;
  }

  private static Optional<Exited> end(ContainerObservation now, ContainerObservation joined) {
    if (now.restarts() == joined.restarts()) {
      return now.state() instanceof Exited exited ? Optional.of(exited) : Optional.empty();
    }
    return now.previous();
  }

  /** Breaks all conversations off. */
  void close() {
    held.forEach(AzureSocket::abort);
    client.shutdownNow();
  }
}
