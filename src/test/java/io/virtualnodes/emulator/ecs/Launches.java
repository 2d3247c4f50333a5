package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which launches were asked for with which client token. Guarded by its owner.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html">Ensuring
 *     idempotency</a>
 */
final class Launches {
  private final Duration memory;
  private final Map<String, Launch> byToken = new HashMap<>();

  private record Launch(JsonNode asked, List<Task> tasks, Instant at) {}

  Launches(Duration memory) {
    this.memory = memory;
  }

  /**
   * What a launch has brought about that is asked for again.
   *
   * @return empty if it is a new one
   * @throws AwsError if something else was asked for with its token
   */
  Optional<List<Task>> before(String cluster, ObjectNode asked, Instant now) {
    byToken.values().removeIf(launch -> !launch.at().plus(memory).isAfter(now));
    var token = asked.path("clientToken").asText();
    var before =
        Optional.ofNullable(byToken.get(key(cluster, token))).filter(_ -> !token.isEmpty());
    before
        .filter(launch -> !launch.asked().equals(asked))
        .ifPresent(
            launch -> {
              throw AwsError.conflict(
                  "The clientToken was used before with other parameters.",
                  launch.tasks().stream().map(Task::arn).toList());
            });
    return before.map(Launch::tasks);
  }

  void remember(String cluster, ObjectNode asked, List<Task> tasks, Instant now) {
    var token = asked.path("clientToken").asText();
    if (!token.isEmpty()) {
      byToken.put(key(cluster, token), new Launch(asked.deepCopy(), List.copyOf(tasks), now));
    }
  }

  private static String key(String cluster, String token) {
    return cluster + "/" + token;
  }
}
