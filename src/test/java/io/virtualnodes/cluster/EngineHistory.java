package io.virtualnodes.cluster;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Every start and end of the containers of a pool's pods, in the order in which the engine told of
 * them. What holds a pod's network is not a container of the pod.
 */
final class EngineHistory implements AutoCloseable {
  private static final String START = "start";
  private static final String END = "die";

  private final List<Happening> happenings = new CopyOnWriteArrayList<>();
  private final ResultCallback.Adapter<Event> subscription =
      new ResultCallback.Adapter<>() {
        @Override
        public void onNext(Event event) {
          record(event);
        }
      };

  /**
   * A start or an end.
   *
   * @param pod the pod's name
   * @param group of one pod's uid, so that pods of the same name are told apart
   * @param containerId the engine's
   */
  record Happening(
      String action, String pod, String group, String containerId, String exitCode, Instant at) {}

  private EngineHistory() {}

  /** Of all that happens from now on. */
  static EngineHistory of(DockerClient engine, String pool) {
    var history = new EngineHistory();
    engine
        .eventsCmd()
        .withEventTypeFilter(EventType.CONTAINER)
        .withEventFilter(START, END)
        .withLabelFilter(Map.of("virtualnodes.io/pool", pool))
        .exec(history.subscription);
    return history;
  }

  List<Happening> starts(String podPrefix) {
    return with(START, podPrefix);
  }

  List<Happening> ends(String podPrefix) {
    return with(END, podPrefix);
  }

  private List<Happening> with(String action, String podPrefix) {
    return happenings.stream()
        .filter(happening -> happening.action().equals(action))
        .filter(happening -> happening.pod().startsWith(podPrefix))
        .toList();
  }

  private void record(Event event) {
    var attributes = event.getActor().getAttributes();
    if ("CONTAINER".equals(attributes.get("virtualnodes.io/role"))) {
      happenings.add(
          new Happening(
              event.getAction(),
              attributes.get("virtualnodes.io/pod"),
              attributes.get("virtualnodes.io/group"),
              event.getActor().getId(),
              attributes.getOrDefault("exitCode", ""),
              Instant.ofEpochSecond(0, event.getTimeNano())));
    }
  }

  @Override
  public void close() {
    try {
      subscription.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
