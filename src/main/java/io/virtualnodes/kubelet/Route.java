package io.virtualnodes.kubelet;

import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What a path asks for. Paths are case sensitive, as a kubelet's are. */
sealed interface Route {

  /** One container's log. */
  record Logs(String namespace, String pod, String container) implements Route {}

  /** Whether this port answers. */
  record Health() implements Route {}

  /** What is told of the node as a whole. */
  record Page(NodePage page) implements Route {}

  /**
   * A conversation with a container or a pod.
   *
   * @param uid of the pod, if the caller insists on one
   * @param container empty for ports, which are the pod's
   */
  record Conversation(
      Kind kind, String namespace, String pod, Optional<String> uid, Optional<String> container)
      implements Route {

    /** What it is about. */
    enum Kind {
      EXEC,
      ATTACH,
      PORT_FORWARD,
      RUN
    }
  }

  /** Nothing that is here. */
  record Unknown() implements Route {}

  /** Names of namespaces, pods and containers need no escapes in a path, so none is undone. */
  Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");

  /** A kubelet's checks. Here each holds as soon as there is an answer. */
  Set<String> HEALTH = Set.of("/healthz", "/healthz/ping", "/healthz/log", "/healthz/syncloop");

  /**
   * @param path of the request, without its query and as it was sent
   */
  static Route of(String path) {
    if (!path.startsWith("/")) {
      return new Unknown();
    }
    var parts = List.of(path.substring(1).split("/", -1));
    return switch (parts.getFirst()) {
      case "healthz" -> HEALTH.contains(path) ? new Health() : new Unknown();
      case "exec" -> withContainer(Conversation.Kind.EXEC, parts);
      case "attach" -> withContainer(Conversation.Kind.ATTACH, parts);
      case "run" -> withContainer(Conversation.Kind.RUN, parts);
      case "portForward" -> withoutContainer(Conversation.Kind.PORT_FORWARD, parts);
      case "containerLogs" ->
          parts.size() == 4 && areNames(parts)
              ? new Logs(parts.get(1), parts.get(2), parts.get(3))
              : new Unknown();
      default -> NodePage.of(path).<Route>map(Page::new).orElseGet(Unknown::new);
    };
  }

  private static boolean areNames(List<String> parts) {
    return parts.stream().skip(1).allMatch(name -> NAME.matcher(name).matches());
  }

  /** Namespace, pod, perhaps a uid, and container. */
  private static Route withContainer(Conversation.Kind kind, List<String> parts) {
    return parts.size() > 1
        ? conversation(kind, parts.subList(0, parts.size() - 1), Optional.of(parts.getLast()))
        : new Unknown();
  }

  private static Route withoutContainer(Conversation.Kind kind, List<String> parts) {
    return conversation(kind, parts, Optional.empty());
  }

  private static Route conversation(
      Conversation.Kind kind, List<String> parts, Optional<String> container) {
    if (parts.size() < 3
        || parts.size() > 4
        || !areNames(parts)
        || !container.map(name -> NAME.matcher(name).matches()).orElse(true)) {
      return new Unknown();
    }
    var uid = parts.size() == 4 ? Optional.of(parts.get(3)) : Optional.<String>empty();
    return new Conversation(kind, parts.get(1), parts.get(2), uid, container);
  }

  /** The methods with which it is asked for; empty if it makes no difference. */
  default List<HttpMethod> methods() {
    return switch (this) {
      case Logs _, Health _, Page _ -> List.of(HttpMethod.GET);
      case Conversation(var kind, _, _, _, _) when kind == Conversation.Kind.RUN ->
          List.of(HttpMethod.POST);
      // SPDY comes with POST, and a WebSocket with GET.
      case Conversation _ -> List.of(HttpMethod.GET, HttpMethod.POST);
      case Unknown _ -> List.of();
    };
  }

  /**
   * The sub-resources of the node of which the caller must have one, in the order of asking: a
   * right of its own for what only reads, else the right to everything.
   */
  default List<String> subresources() {
    return switch (this) {
      case Health _ -> List.of("healthz", "proxy");
      case Page(var page) -> page.subresources();
      case Logs _, Conversation _, Unknown _ -> List.of("proxy");
    };
  }

  /**
   * The verb that the caller must have. A conversation always takes {@code create}: clients open
   * one over WebSocket with GET, and a right to read must not run commands, as it does at a
   * kubelet.
   */
  default String verb(HttpMethod method) {
    return switch (this) {
      case Conversation _ -> "create";
      case Logs _, Health _, Page _, Unknown _ ->
          switch (method.name()) { // methods are open strings
            case "GET", "HEAD", "OPTIONS" -> "get";
            case "POST" -> "create";
            case "PUT" -> "update";
            case "PATCH" -> "patch";
            case "DELETE" -> "delete";
            // Nobody is granted a verb that is none, so an unknown method gets no further.
            default -> method.name();
          };
    };
  }
}
