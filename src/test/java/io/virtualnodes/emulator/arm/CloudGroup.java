package io.virtualnodes.emulator.arm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.backend.GroupId;
import java.time.Instant;
import java.util.Optional;

/**
 * A container group that was accepted.
 *
 * @param body as it was asked for, secrets included
 * @param runs what runs its containers
 * @param evictions how often its containers were ended for their room and started anew
 * @param evictedAt when that was last
 * @param failed whether it can never be made
 */
record CloudGroup(
    String subscription,
    String resourceGroup,
    String name,
    ObjectNode body,
    GroupId runs,
    Instant acceptedAt,
    Optional<Instant> stoppedAt,
    Optional<Instant> deletedAt,
    int evictions,
    Optional<Instant> evictedAt,
    boolean failed) {

  /** One that was accepted just now. */
  CloudGroup(
      String subscription,
      String resourceGroup,
      String name,
      ObjectNode body,
      GroupId runs,
      Instant acceptedAt,
      boolean failed) {
    this(
        subscription,
        resourceGroup,
        name,
        body,
        runs,
        acceptedAt,
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty(),
        failed);
  }

  /** Azure compares names and resource groups without regard to case. */
  static String key(String subscription, String resourceGroup, String name) {
    return (subscription + "/" + resourceGroup + "/" + name).toLowerCase(java.util.Locale.ROOT);
  }

  String key() {
    return key(subscription, resourceGroup, name);
  }

  String id() {
    return "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.ContainerInstance/containerGroups/%s"
        .formatted(subscription, resourceGroup, name);
  }

  CloudGroup stopped(Instant at) {
    return new CloudGroup(
        subscription,
        resourceGroup,
        name,
        body,
        runs,
        acceptedAt,
        Optional.of(stoppedAt.orElse(at)),
        deletedAt,
        evictions,
        evictedAt,
        failed);
  }

  CloudGroup deleted(Instant at) {
    return new CloudGroup(
        subscription,
        resourceGroup,
        name,
        body,
        runs,
        acceptedAt,
        stoppedAt,
        Optional.of(deletedAt.orElse(at)),
        evictions,
        evictedAt,
        failed);
  }

  CloudGroup tagged(ObjectNode newBody) {
    return new CloudGroup(
        subscription,
        resourceGroup,
        name,
        newBody,
        runs,
        acceptedAt,
        stoppedAt,
        deletedAt,
        evictions,
        evictedAt,
        failed);
  }

  CloudGroup evicted(Instant at, GroupId nowRuns) {
    return new CloudGroup(
        subscription,
        resourceGroup,
        name,
        body,
        nowRuns,
        acceptedAt,
        stoppedAt,
        deletedAt,
        evictions + 1,
        Optional.of(at),
        failed);
  }
}
