package io.virtualnodes.kubelet;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Streams;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies a container's log from the backend to the caller. */
final class ContainerLogs {
  private static final Logger log = LoggerFactory.getLogger(ContainerLogs.class);
  private static final int PIECE = 64 * 1024;
  // A kubelet whose containers are gone has no more to say.
  private static final String GONE =
      ": the pod has ended, and its logs went with its containers, since spec.retention of its pool"
          + " is over or their room was needed";

  private final PodLookup pods;
  private final Streams streams;

  ContainerLogs(PodLookup pods, Streams streams) {
    this.pods = pods;
    this.streams = streams;
  }

  void serve(Route.Logs asked, LogOptions options, Reply reply)
      throws Refusal, HungUp, InterruptedException {
    var source = open(asked, options);
    try (var _ = reply.onHangUp(() -> close(source))) {
      copy(source, reply);
    } finally {
      close(source);
    }
  }

  private InputStream open(Route.Logs asked, LogOptions options) throws Refusal {
    var pod =
        pods.find(asked.namespace(), asked.pod())
            .orElseThrow(
                () -> new Refusal(NOT_FOUND, "pod \"" + asked.pod() + "\" does not exist"));
    var container =
        pod.container(asked.container())
            .orElseThrow(
                () ->
                    new Refusal(
                        NOT_FOUND,
                        "container \"%s\" not found in pod \"%s\""
                            .formatted(asked.container(), asked.pod())));
    try {
      return streams
          .logs(pod.group(), container.name(), options)
          .orElseThrow(() -> new Refusal(BAD_REQUEST, nothing(asked, pod, container, options)));
    } catch (BackendException e) {
      throw Refusal.of(e);
    }
  }

  /** Why there is no log, in the kubelet's sentences, on which people and tools match. */
  private static String nothing(
      Route.Logs asked, ServedPod pod, ServedPod.Container container, LogOptions options) {
    var where = "container \"%s\" in pod \"%s\"".formatted(asked.container(), asked.pod());
    if (options.previous()) {
      return "previous terminated " + where + " not found";
    }
    return container
        .waiting()
        .map(reason -> where + " is waiting to start: " + inWords(reason))
        .orElse(where + " is not available" + (pod.ended() ? GONE : ""));
  }

  private static String inWords(String reason) {
    return switch (reason) { // reasons are open strings
      case Waiting.PULL_FAILED -> "image can't be pulled";
      case Waiting.PULL_BACK_OFF -> "trying and failing to pull image";
      default -> reason;
    };
  }

  private static void copy(InputStream source, Reply reply)
      throws Refusal, HungUp, InterruptedException {
    var piece = new byte[PIECE];
    try {
      int count = source.read(piece);
      while (count >= 0) {
        reply.write(piece, count);
        count = source.read(piece);
      }
    } catch (IOException e) {
      breakOff(new Refusal(INTERNAL_SERVER_ERROR, "the log broke off: " + e.getMessage()), reply);
      return;
    } catch (BackendException e) {
      breakOff(Refusal.of(e), reply);
      return;
    }
    reply.end();
  }

  private static void breakOff(Refusal refusal, Reply reply)
      throws Refusal, HungUp, InterruptedException {
    if (!reply.begun()) {
      throw refusal;
    }
    reply.breakOff(refusal.getMessage());
  }

  private static void close(InputStream source) {
    try {
      source.close();
    } catch (IOException e) {
      // The caller has its answer or is gone; what is left is the backend's connection.
      log.atWarn().setCause(e).log("a log stream of the backend did not close cleanly");
    }
  }
}
