package io.virtualnodes.chaos;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import io.virtualnodes.cluster.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** As a container engine tells it. Its groups have one container of the pod's each. */
final class EngineRuns implements GroupHistory {
  private static final String POOL = "virtualnodes.io/pool";
  private static final String GROUP = "virtualnodes.io/group";
  private static final String ROLE = "virtualnodes.io/role";

  private final Engine engine;
  private final String pool;
  // All guarded by this: the engine's events come on a thread of their own.
  private final Map<String, Integer> starts = new HashMap<>();
  private final Map<String, Set<String>> running = new HashMap<>();
  private final List<String> overlaps = new ArrayList<>();
  private final Map<String, String> ended = new LinkedHashMap<>();
  private final ResultCallback.Adapter<Event> subscription =
      new ResultCallback.Adapter<>() {
        @Override
        public void onNext(Event event) {
          take(event);
        }
      };

  /** Of all that happens from now on. */
  EngineRuns(Engine engine, String pool) {
    this.engine = engine;
    this.pool = pool;
    engine
        .client()
        .eventsCmd()
        .withEventTypeFilter(EventType.CONTAINER)
        .withEventFilter("start", "die", "kill")
        .withLabelFilter(Map.of(POOL, pool))
        .exec(subscription);
  }

  @Override
  public Set<String> present() {
    return engine.containers(Map.of(POOL, pool)).stream()
        .map(container -> uid(container.getLabels()))
        .collect(Collectors.toSet());
  }

  @Override
  public synchronized Map<String, String> ended() {
    var taken = Map.copyOf(ended);
    ended.clear();
    return taken;
  }

  @Override
  public synchronized void judge(Violations violations, Function<String, Boolean> once) {
    overlaps.forEach(violations::add);
    starts.forEach(
        (uid, times) -> {
          if (times > 1 && once.apply(uid)) {
            violations.add("pod %s was to run once and ran %d times".formatted(uid, times));
          }
        });
  }

  private synchronized void take(Event event) {
    var attributes = event.getActor().getAttributes();
    if (!"CONTAINER".equals(attributes.get(ROLE))) {
      return;
    }
    var uid = uid(attributes);
    var container = event.getActor().getId();
    switch (event.getAction()) {
      case "start" -> {
        starts.merge(uid, 1, Integer::sum);
        var others = running.computeIfAbsent(uid, _ -> new LinkedHashSet<>());
        if (!others.isEmpty()) {
          overlaps.add(
              "container %s of pod %s started while %s ran".formatted(container, uid, others));
        }
        others.add(container);
      }
      case "die" -> running.getOrDefault(uid, new LinkedHashSet<>()).remove(container);
      // A container that ends by itself is not killed, and one that is removed while it runs is.
      case "kill" -> ended.put(uid, "kill " + container);
      default -> {}
    }
  }

  private static String uid(Map<String, String> labels) {
    var group = labels.get(GROUP);
    return group.substring(0, group.lastIndexOf('-'));
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
