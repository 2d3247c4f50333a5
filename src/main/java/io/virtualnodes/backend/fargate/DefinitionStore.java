package io.virtualnodes.backend.fargate;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.services.ecs.model.RegisterTaskDefinitionRequest;
import software.amazon.awssdk.services.ecs.model.TaskDefinition;
import software.amazon.awssdk.services.ecs.model.TaskDefinitionStatus;

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
  private final Set<String> seenActive = ConcurrentHashMap.newKeySet();

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
          seenActive.add(definition.taskDefinitionArn());
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

  /** Somebody deregistered one: each is looked for before anything is run by it. */
  void forgetAll() {
    made.forgetAll();
    seenActive.clear();
  }

  /**
   * A definition of the same content by which something can be run: the same one, or another where
   * somebody deregistered it.
   *
   * @throws io.virtualnodes.backend.BackendException.Unavailable if its turn has not come
   */
  String active(String arn) {
    if (seenActive.contains(arn)) {
      return arn;
    }
    var found = ecs.definition(arn);
    if (found.filter(one -> one.status() == TaskDefinitionStatus.INACTIVE).isPresent()) {
      return ensure(FargateRequests.again(found.get()));
    }
    seenActive.add(arn);
    return arn;
  }

  boolean hasForgotten() {
    return !forgotten.isEmpty();
  }

  /**
   * Of the forgotten those for which ECS has time now; they cost nothing while they wait.
   *
   * @param most how many at most
   */
  void deregisterForgotten(int most) {
    for (var arn : forgotten.stream().limit(most).toList()) {
      if (rates.definitions().admit(arn, clock.instant()).isPositive()) {
        rates.definitions().leave(arn);
        return;
      }
      ecs.deregister(arn);
      forgotten.remove(arn);
      seenActive.remove(arn);
      shapes.remove(arn);
    }
  }
}
