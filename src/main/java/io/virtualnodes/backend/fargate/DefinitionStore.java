package io.virtualnodes.backend.fargate;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
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
  // ARNs, and families of which nothing else is known.
  private final Set<String> forgotten = ConcurrentHashMap.newKeySet();
  // Families that are there and that nothing needed when they were looked at: since when.
  private final Map<String, Instant> unused = new ConcurrentHashMap<>();
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
    unused.remove(family);
    forgotten.remove(family);
    return made.get(
        family,
        () -> {
          var definition = findOrRegister(content, family);
          forgotten.remove(definition.taskDefinitionArn());
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
      return ensure(FargateRequests.again(found.get(), Map.of()));
    }
    seenActive.add(arn);
    return arn;
  }

  /**
   * A definition of the same content, but for what it refers to.
   *
   * @param secrets ARNs by those under which the same was found before
   * @throws io.virtualnodes.backend.BackendException.Unavailable if its turn has not come
   */
  String referringTo(Map<String, String> secrets, String arn) {
    boolean same = secrets.entrySet().stream().allMatch(one -> one.getKey().equals(one.getValue()));
    return same
        ? active(arn)
        : ecs.definition(arn)
            .map(before -> ensure(FargateRequests.again(before, secrets)))
            .orElse(arn);
  }

  /** Families of the pool's by which something can be run. */
  List<String> families() {
    return ecs.families(names.families());
  }

  /**
   * Forgets those that nothing was run by for a while, also those that an earlier process
   * registered.
   *
   * @param there families, as a look has found them
   * @param needed ARNs of those by which something is or may be run
   * @param age for how long nothing was, as far as this process knows
   */
  void forgetUnused(List<String> there, Set<String> needed, Duration age) {
    var now = clock.instant();
    var kept = needed.stream().map(FargateNames::familyOf).collect(Collectors.toSet());
    unused.keySet().retainAll(there);
    unused.keySet().removeAll(kept);
    there.stream()
        .filter(family -> !kept.contains(family))
        .filter(family -> !unused.computeIfAbsent(family, _ -> now).plus(age).isAfter(now))
        .forEach(
            family -> {
              made.forgetNamed(family);
              forgotten.add(family);
            });
  }

  /** How many have yet to be deregistered. */
  int forgotten() {
    return forgotten.size();
  }

  /**
   * Of the forgotten those for which ECS has time now; they cost nothing while they wait.
   *
   * @param most how many at most
   */
  void deregisterForgotten(int most) {
    for (var one : forgotten.stream().limit(most).toList()) {
      var now = clock.instant();
      if (rates.definitions().admit(one, now).isPositive()) {
        rates.definitions().leave(one);
        return;
      }
      var arn = one.contains("/") ? Optional.of(one) : newest(one);
      // What somebody asks for meanwhile is kept, or found to be inactive and made again.
      if (arn.isEmpty() || !forgotten.contains(one)) {
        rates.definitions().giveBack(now);
      } else {
        deregister(arn.get());
      }
      forgotten.remove(one);
    }
  }

  /** What is of this family and of this operator. */
  private Optional<String> newest(String family) {
    return ecs.definition(family)
        .filter(found -> found.status() == TaskDefinitionStatus.ACTIVE)
        .filter(found -> TaskShape.of(found).isPresent())
        .map(TaskDefinition::taskDefinitionArn);
  }

  private void deregister(String arn) {
    ecs.deregister(arn);
    seenActive.remove(arn);
    shapes.remove(arn);
  }
}
