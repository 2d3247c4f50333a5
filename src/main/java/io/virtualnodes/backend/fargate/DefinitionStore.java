package io.virtualnodes.backend.fargate;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.services.ecs.model.RegisterTaskDefinitionRequest;
import software.amazon.awssdk.services.ecs.model.TaskDefinition;

/**
 * Task definitions at ECS, each under a family that is named by its content: so one that is there,
 * also from an earlier process, is found by one request and used again. ECS takes one registration
 * a second, and twenty times as many tasks. May be used by many threads.
 */
final class DefinitionStore {
  private final EcsCalls ecs;
  private final FargateNames names;
  private final FargateRates rates;
  private final InstantSource clock;
  private final MadeOnce made = new MadeOnce();
  // Never changed at ECS, and small. Empty: it is not this operator's.
  private final Map<String, Optional<TaskShape>> shapes = new ConcurrentHashMap<>();
  private final Set<String> forgotten = ConcurrentHashMap.newKeySet();

  DefinitionStore(EcsCalls ecs, FargateNames names, FargateRates rates, InstantSource clock) {
    this.ecs = ecs;
    this.names = names;
    this.rates = rates;
    this.clock = clock;
  }

  /**
   * The ARN of the task definition with this content, which is registered if it is not there.
   *
   * @throws io.virtualnodes.backend.BackendException.Unavailable if its turn has not come
   */
  String ensure(RegisterTaskDefinitionRequest content) {
    var family = names.family(ContentText.of(content).toString());
    return made.get(
        family,
        () -> {
          var definition = findOrRegister(content, family);
          shapes.put(definition.taskDefinitionArn(), TaskShape.of(definition));
          return definition.taskDefinitionArn();
        });
  }

  private TaskDefinition findOrRegister(RegisterTaskDefinitionRequest content, String family) {
    var now = clock.instant();
    // Before it is looked for: hundreds of groups that wait would ask for more than ECS answers.
    FargateRates.waitForTurn(rates.definitions(), "task definitions", family, now);
    var found = ecs.definition(family);
    found.ifPresent(_ -> rates.definitions().giveBack(now));
    return found.orElseGet(() -> ecs.register(content.toBuilder().family(family).build()));
  }

  /** What a task definition says of its groups; empty if it is not one of this operator's. */
  Optional<TaskShape> shape(String arn) {
    var known = shapes.get(arn);
    if (known != null) {
      return known;
    }
    var found = ecs.definition(arn).flatMap(TaskShape::of);
    shapes.put(arn, found);
    return found;
  }

  /**
   * Nothing is run any more by definitions that refer to a secret which is gone.
   *
   * @param secret its ARN
   */
  void forget(String secret) {
    shapes.forEach(
        (arn, shape) -> {
          if (shape.stream().anyMatch(one -> one.secrets().contains(secret))) {
            made.forget(arn);
            forgotten.add(arn);
          }
        });
  }

  /** As many of the forgotten as ECS takes now; they cost nothing while they wait. */
  void deregisterForgotten() {
    for (var arn : Set.copyOf(forgotten)) {
      if (rates.definitions().admit(arn, clock.instant()).isPositive()) {
        rates.definitions().leave(arn);
        return;
      }
      ecs.deregister(arn);
      forgotten.remove(arn);
      shapes.remove(arn);
    }
  }
}
