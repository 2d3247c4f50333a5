package io.virtualnodes.backend.fargate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.backend.fargate.LookPlan.Pace;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which tasks of a pool are said to have changed, until a look has seen it. Events come twice, late
 * and in any order; the number of changes that each names puts them in order. Told by one thread
 * and read by others.
 */
final class TaskHints {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  // ECS may answer for a while with what was before an event.
  private static final Duration KEPT = FargateInventory.SETTLING;

  private final String poolUid;
  private final Map<String, Told> told = new ConcurrentHashMap<>();
  private volatile boolean heard;
  private volatile boolean failing;

  /**
   * What an event says of a task.
   *
   * @param version how many changes of it there were
   * @param toStop whether it has ended or was asked to
   * @param startedBy the mark of who started it; empty if there is none
   * @param at when that was heard
   */
  record Told(String task, long version, boolean toStop, String startedBy, Instant at) {

    /**
     * As EventBridge tells it. Empty if that is no event of a task: the queue may have been given
     * others too, and a look comes of each.
     *
     * @see <a
     *     href="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html">
     *     Task state change events</a>
     */
    static Optional<Told> of(String message, Instant at) {
      try {
        var detail = MAPPER.readTree(message).path("detail");
        var task = detail.path("taskArn").asText();
        return task.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Told(
                    task,
                    detail.path("version").asLong(),
                    "STOPPED".equals(detail.path("desiredStatus").asText()),
                    detail.path("startedBy").asText(),
                    at));
      } catch (JsonProcessingException e) {
        return Optional.empty();
      }
    }
  }

  TaskHints(String poolUid) {
    this.poolUid = poolUid;
  }

  /** Remembers what is of this pool, unless something later was told before. */
  void tell(Told news) {
    FargateLaunch.parse(news.startedBy())
        .filter(launch -> launch.poolUid().equals(poolUid))
        .ifPresent(
            _ -> {
              heard = true;
              told.merge(
                  news.task(), news, (one, other) -> one.version() < other.version() ? other : one);
            });
  }

  /** The queue answers, or does not. */
  void failing(boolean now) {
    failing = now;
  }

  /** Whether events tell of changes: the queue answers, and has told of a task of this pool. */
  Pace pace() {
    return heard && !failing ? Pace.BY_EVENTS : Pace.BY_LOOKS;
  }

  /** Whether a task is said to have changed since it had this version. */
  boolean names(String task, long version) {
    var news = told.get(task);
    return news != null && news.version() > version;
  }

  /** What was told of tasks and was not seen yet. */
  List<Told> open() {
    return List.copyOf(told.values());
  }

  /** A task was seen with this version. */
  void seen(String task, long version) {
    told.computeIfPresent(task, (_, news) -> news.version() > version ? news : null);
  }

  void forgetOld(Instant now) {
    told.values().removeIf(news -> news.at().plus(KEPT).isBefore(now));
  }
}
