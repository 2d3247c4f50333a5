package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        capacity,
        FargatePlace.Architecture.AMD64,
        "arn:aws:iam::123456789012:role/execution",
        Map.of("team-b", "arn:aws:iam::123456789012:role/team-b"),
        "/virtual-nodes/burst",
        "helper:1",
        new Resources(250, 256 * MIB),
        fileSystems,
        Map.of("cost", "42"),
        Optional.empty());
  }

  static GroupBuilder group() {
    return new GroupBuilder("burst").id(ID);
  }
}
