package io.virtualnodes.kubelet;

import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.TOO_MANY_REQUESTS;

import io.netty.handler.codec.http.HttpRequest;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.kubelet.stream.Purpose;
import io.virtualnodes.kubelet.stream.Sessions;
import io.virtualnodes.kubelet.stream.Upgrade;
import io.virtualnodes.kubelet.stream.UpgradeRefused;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens conversations with containers and pods. All that can be refused is refused before the
 * connection changes its protocol, while it can be said in HTTP, where kubectl prints it.
 */
final class Conversations {
  private static final Logger log = LoggerFactory.getLogger(Conversations.class);

  private final String node;
  private final PodLookup pods;
  private final Streams streams;
  private final Sessions sessions;

  Conversations(String node, PodLookup pods, Streams streams, Sessions sessions) {
    this.node = node;
    this.pods = pods;
    this.streams = streams;
    this.sessions = sessions;
  }

  /** Holds what is asked for, until its end. */
  void serve(
      Route.Conversation asked, Map<String, List<String>> query, HttpRequest request, Reply reply)
      throws Refusal, HungUp, InterruptedException {
    try (var place = sessions.place().orElseThrow(Conversations::full)) {
      switch (asked.kind()) {
        case EXEC -> {
          var channels = ConversationQuery.channels(query);
          var command = ConversationQuery.command(query);
          hold(
              asked,
              new Purpose.Command(channels),
              request,
              reply,
              place,
              pod -> streams.exec(pod.group(), container(asked, pod), command, channels));
        }
        case ATTACH -> {
          var channels = ConversationQuery.channels(query);
          hold(
              asked,
              new Purpose.Command(channels),
              request,
              reply,
              place,
              pod -> streams.attach(pod.group(), container(asked, pod), channels));
        }
        case RUN -> run(asked, query, reply);
        case PORT_FORWARD -> forward(asked, query, request, reply, place);
      }
    }
  }

  /** What makes a conversation ready. */
  private interface Preparation {
    Optional<Conversation> of(ServedPod pod) throws Refusal;
  }

  private void hold(
      Route.Conversation asked,
      Purpose.Command purpose,
      HttpRequest request,
      Reply reply,
      Sessions.Place place,
      Preparation preparation)
      throws Refusal, HungUp, InterruptedException {
    var pod = pod(asked);
    var upgrade = agree(request, purpose);
    var conversation = prepared(asked, pod, preparation);
    var connection = reply.upgrade(upgrade);
    logBegin(asked, upgrade);
    place.command(upgrade, purpose, conversation, connection);
  }

  private void run(Route.Conversation asked, Map<String, List<String>> query, Reply reply)
      throws Refusal, HungUp, InterruptedException {
    var command = ConversationQuery.words(query);
    var conversation =
        prepared(
            asked,
            pod(asked),
            pod ->
                streams.exec(pod.group(), container(asked, pod), command, CommandOutput.CHANNELS));
    CommandOutput.of(conversation, reply);
  }

  private void forward(
      Route.Conversation asked,
      Map<String, List<String>> query,
      HttpRequest request,
      Reply reply,
      Sessions.Place place)
      throws Refusal, HungUp, InterruptedException {
    var purpose = new Purpose.Ports(ConversationQuery.ports(query));
    var pod = pod(asked);
    var upgrade = agree(request, purpose);
    var ports =
        asked(() -> streams.ports(pod.group()))
            .orElseThrow(
                () -> new Refusal(NOT_FOUND, "pod \"%s\" is not running".formatted(asked.pod())));
    var connection = reply.upgrade(upgrade);
    logBegin(asked, upgrade);
    place.ports(ports, connection);
  }

  private ServedPod pod(Route.Conversation asked) throws Refusal {
    var pod =
        pods.find(asked.namespace(), asked.pod())
            .orElseThrow(
                () -> new Refusal(NOT_FOUND, "pod \"" + asked.pod() + "\" does not exist"));
    if (asked.uid().isPresent() && !asked.uid().get().equals(pod.group().podUid())) {
      throw new Refusal(
          NOT_FOUND, "pod \"%s\" has another uid than was asked for".formatted(asked.pod()));
    }
    return pod;
  }

  private static String container(Route.Conversation asked, ServedPod pod) throws Refusal {
    var name = asked.container().orElseThrow();
    var container =
        pod.container(name)
            .orElseThrow(
                () ->
                    new Refusal(
                        NOT_FOUND,
                        "container \"%s\" not found in pod \"%s\"".formatted(name, asked.pod())));
    if (container.waiting().isPresent()) {
      throw new Refusal(
          NOT_FOUND,
          "container \"%s\" in pod \"%s\" is waiting to start: %s"
              .formatted(name, asked.pod(), container.waiting().get()));
    }
    return container.name();
  }

  private static Upgrade agree(HttpRequest request, Purpose purpose) throws Refusal {
    try {
      return Upgrade.agree(request, purpose);
    } catch (UpgradeRefused e) {
      throw new Refusal(e.status(), e.getMessage(), e.headers());
    }
  }

  private static Conversation prepared(
      Route.Conversation asked, ServedPod pod, Preparation preparation) throws Refusal {
    try {
      return preparation
          .of(pod)
          .orElseThrow(
              () ->
                  new Refusal(
                      NOT_FOUND,
                      "container \"%s\" in pod \"%s\" is not running"
                          .formatted(asked.container().orElseThrow(), asked.pod())));
    } catch (BackendException e) {
      throw Refusal.of(e);
    }
  }

  private static <T> T asked(Supplier<T> backend) throws Refusal {
    try {
      return backend.get();
    } catch (BackendException e) {
      throw Refusal.of(e);
    }
  }

  private static Refusal full() {
    return new Refusal(
        TOO_MANY_REQUESTS, "this virtual node holds as many conversations as it may");
  }

  /** Never with the command, which may hold a secret. */
  private void logBegin(Route.Conversation asked, Upgrade upgrade) {
    log.atInfo()
        .addKeyValue("node", node)
        .addKeyValue("pod", asked.namespace() + "/" + asked.pod())
        .addKeyValue("kind", asked.kind())
        .addKeyValue("protocol", upgrade.protocol())
        .log("conversation begins");
  }
}
