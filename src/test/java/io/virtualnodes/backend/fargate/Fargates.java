package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.ecs.model.Task;

/** Where a pool's groups are made at AWS, and a group of its. */
final class Fargates {
  static final GroupId ID = GroupId.first("0b1f6471-1bf0-4dda-aec3-cb9272f09590");

  private static final long MIB = 1024 * 1024;

  private Fargates() {}

  static FargatePlace place() {
    return place(
        List.of("subnet-a", "subnet-b"), List.of(FargatePlace.Capacity.ON_DEMAND), List.of());
  }

  static FargatePlace place(
      List<String> subnets,
      List<FargatePlace.Capacity> capacity,
      List<FargatePlace.SharedFileSystem> fileSystems) {
    return new FargatePlace(
        "burst",
        "pool-uid",
        Optional.empty(),
        "us-east-1",
        "burst",
        subnets,
        List.of("sg-1"),
        false,
        new FargatePlace.CapacityOrder.Fixed(capacity),
        FargatePlace.Architecture.AMD64,
        "arn:aws:iam::123456789012:role/execution",
        List.of(
            role("team-b", FargatePlace.TaskRole.ANY, "team-b"),
            role("team-b", "exporter", "exporter"),
            role("team-a", "importer", "importer")),
        "/virtual-nodes/burst",
        "helper:1",
        new Resources(250, 256 * MIB),
        fileSystems,
        Map.of("cost", "42"),
        Optional.empty());
  }

  private static FargatePlace.TaskRole role(String namespace, String account, String name) {
    return new FargatePlace.TaskRole(namespace, account, "arn:aws:iam::123456789012:role/" + name);
  }

  /** The tasks of a group that were not asked to stop, as ECS itself tells it. */
  static List<Task> tasks(FargatePlace place, InstantSource clock, GroupId id) {
    try (var login = AwsLogin.to(place);
        var ecs = new EcsCalls(login, FargateRates.usual(), clock, Thread::sleep)) {
      return ecs.describe(ecs.running()).tasks().stream()
          .filter(
              task ->
                  FargateLaunch.parse(task.startedBy())
                      .filter(launch -> launch.poolUid().equals(place.poolUid()))
                      .filter(launch -> launch.group().equals(id))
                      .isPresent())
          .toList();
    }
  }

  static GroupBuilder group() {
    return new GroupBuilder("burst").id(ID);
  }
}
