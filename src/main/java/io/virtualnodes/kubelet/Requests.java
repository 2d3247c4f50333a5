package io.virtualnodes.kubelet;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.FORBIDDEN;
import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.METHOD_NOT_ALLOWED;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.UNAUTHORIZED;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of one node's port, on virtual threads: who calls, may they, what do they
 * want. Nothing of the second question is told to somebody who failed the first, nor of the third
 * to somebody who failed the second.
 */
final class Requests {
  private static final Logger log = LoggerFactory.getLogger(Requests.class);
  // Query parameters beyond it would silently be dropped; a first line cannot hold as many.
  private static final int PARAMETERS = 65_536;

  private final String node;
  private final Authentication authentication;
  private final Authorization authorization;
  private final ContainerLogs logs;
  private final Conversations conversations;
  private final NodePages pages;
  private final InstantSource clock;

  Requests(
      String node,
      Authentication authentication,
      Authorization authorization,
      ContainerLogs logs,
      Conversations conversations,
      NodePages pages,
      InstantSource clock) {
    this.node = node;
    this.authentication = authentication;
    this.authorization = authorization;
    this.logs = logs;
    this.conversations = conversations;
    this.pages = pages;
    this.clock = clock;
  }

  /** Answers, or closes the connection if that is not possible. */
  void answer(HttpRequest request, List<X509Certificate> chain, Reply reply) {
    try {
      decide(request, chain, reply);
    } catch (HungUp e) {
      log.debug("caller of the kubelet API hung up", e);
    } catch (InterruptedException _) {
      // The process ends; so does this thread, and the connection below.
      Thread.currentThread().interrupt();
    } finally {
      reply.abandon();
    }
  }

  /** Answers what could not be read as a request. */
  static void refuse(Refusal refusal, Reply reply) {
    try {
      reply.send(Answer.status(refusal.status(), refusal.getMessage()));
    } catch (HungUp e) {
      log.debug("caller of the kubelet API hung up", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      reply.abandon();
    }
  }

  private void decide(HttpRequest request, List<X509Certificate> chain, Reply reply)
      throws HungUp, InterruptedException {
    // `;` is a character like others in a query, as in Go.
    var uri = new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, PARAMETERS, true);
    var route = Route.of(uri.rawPath());
    try {
      authorize(authenticate(chain, request), route, request.method());
      reply.accepted();
      serve(route, request, uri, reply);
    } catch (Refusal e) {
      reply.send(answer(route, e));
    } catch (RuntimeException e) {
      log.atError().setCause(e).addKeyValue("node", node).log("kubelet API request failed");
      if (!reply.begun()) {
        reply.send(
            answer(route, new Refusal(INTERNAL_SERVER_ERROR, "the virtual node failed inside")));
      }
    }
  }

  private Identity authenticate(List<X509Certificate> chain, HttpRequest request)
      throws Refusal, InterruptedException {
    try {
      return authentication
          .authenticate(chain, request.headers().get(HttpHeaderNames.AUTHORIZATION, ""))
          .orElseThrow(
              () ->
                  new Refusal(
                      UNAUTHORIZED,
                      "a client certificate or a bearer token of the cluster is required"));
    } catch (RuntimeException e) {
      log.atWarn()
          .setCause(e)
          .addKeyValue("node", node)
          .log("kubelet API request refused: the cluster could not be asked who calls");
      throw new Refusal(INTERNAL_SERVER_ERROR, "the cluster could not be asked who calls");
    }
  }

  private void authorize(Identity caller, Route route, HttpMethod method) throws Refusal {
    var verb = route.verb(method);
    try {
      for (var subresource : route.subresources()) {
        if (authorization.allows(caller, new NodeAccess(node, subresource, verb))) {
          return;
        }
      }
    } catch (RuntimeException e) {
      log.atWarn()
          .setCause(e)
          .addKeyValue("node", node)
          .log("kubelet API request refused: the cluster could not be asked whether it is allowed");
      throw new Refusal(
          INTERNAL_SERVER_ERROR, "the cluster could not be asked whether this is allowed");
    }
    throw new Refusal(
        FORBIDDEN,
        "user \"%s\" is not allowed to %s nodes/%s of node \"%s\""
            .formatted(caller.user(), verb, route.subresources().getLast(), node));
  }

  private void serve(Route route, HttpRequest request, QueryStringDecoder uri, Reply reply)
      throws Refusal, HungUp, InterruptedException {
    var methods = route.methods();
    if (!methods.isEmpty() && !methods.contains(request.method())) {
      var names = String.join(", ", methods.stream().map(HttpMethod::name).toList());
      throw new Refusal(
          METHOD_NOT_ALLOWED,
          "only %s is allowed here".formatted(names),
          Map.of(HttpHeaderNames.ALLOW.toString(), names));
    }
    switch (route) {
      case Route.Logs asked ->
          logs.serve(asked, LogQuery.options(parameters(uri), clock.instant()), reply);
      case Route.Health _ -> reply.send(Answer.text(OK, "ok"));
      case Route.Page(var page) -> reply.send(pages.answer(page, parameters(uri)));
      case Route.Conversation asked -> conversations.serve(asked, parameters(uri), request, reply);
      case Route.Unknown _ -> throw new Refusal(NOT_FOUND, "a virtual node has no such path");
    }
  }

  private static Map<String, List<String>> parameters(QueryStringDecoder uri) throws Refusal {
    try {
      return uri.parameters();
    } catch (IllegalArgumentException _) {
      throw new Refusal(BAD_REQUEST, "the query is not well-formed");
    }
  }

  private static Answer answer(Route route, Refusal refusal) {
    var status = refusal.status();
    var sentence = refusal.getMessage();
    var answer =
        switch (route) {
          case Route.Logs _, Route.Health _, Route.Page _ when !status.equals(UNAUTHORIZED) ->
              Answer.text(status, sentence);
          case Route.Logs _, Route.Health _, Route.Page _, Route.Conversation _, Route.Unknown _ ->
              Answer.status(status, sentence);
        };
    return answer.with(refusal.headers());
  }
}
