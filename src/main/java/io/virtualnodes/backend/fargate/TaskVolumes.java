package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.Volume.ElasticFileSystem;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import software.amazon.awssdk.services.ecs.model.EFSTransitEncryption;
import software.amazon.awssdk.services.ecs.model.MountPoint;
import software.amazon.awssdk.services.ecs.model.Volume;

/** The volumes of a group's task, those of its pool among them, and where containers see them. */
record TaskVolumes(FargatePlace place, ContainerGroup group) {

  /** Kubernetes' names of volumes may hold what ECS does not take. */
  private static String volumeName(int nth) {
    return "volume-" + nth;
  }

  private static String fileSystemName(int nth) {
    return "shared-" + nth;
  }

  List<Volume> all() {
    var own =
        IntStream.range(0, group.volumes().size())
            .mapToObj(i -> volume(volumeName(i), group.volumes().get(i)));
    var shared =
        IntStream.range(0, place.fileSystems().size())
            .mapToObj(
                i -> {
                  var system = place.fileSystems().get(i);
                  return fileSystem(
                      fileSystemName(i), system.fileSystem(), "/", system.accessPoint());
                });
    return Stream.concat(own, shared).toList();
  }

  private static Volume volume(String name, ContainerGroup.Volume volume) {
    return volume instanceof ElasticFileSystem system
        ? fileSystem(name, system.fileSystem(), system.folder(), system.accessPoint())
        : Volume.builder().name(name).build();
  }

  private static Volume fileSystem(
      String name, String id, String folder, Optional<String> accessPoint) {
    return Volume.builder()
        .name(name)
        .efsVolumeConfiguration(
            efs -> {
              efs.fileSystemId(id).transitEncryption(EFSTransitEncryption.ENABLED);
              // All of it is what ECS mounts by itself, and the only thing beside an access point.
              if (!folder.equals("/")) {
                efs.rootDirectory(folder);
              }
              accessPoint.ifPresent(
                  point -> efs.authorizationConfig(by -> by.accessPointId(point)));
            })
        .build();
  }

  /** Those that are filled before all else, each in a folder of its own number below this one. */
  List<MountPoint> filled(String folder) {
    return IntStream.range(0, group.volumes().size())
        .filter(i -> GroupSecrets.isFilled(group.volumes().get(i)))
        .mapToObj(i -> mount(volumeName(i), folder + i, false))
        .toList();
  }

  /** Where a container of the group sees them. */
  List<MountPoint> mounts(ContainerSpec container) {
    var names = group.volumes().stream().map(ContainerGroup.Volume::name).toList();
    var own =
        container.mounts().stream()
            .map(
                mount -> {
                  int nth = names.indexOf(mount.volume());
                  boolean readOnly =
                      group.volumes().get(nth) instanceof ElasticFileSystem system
                          && system.readOnly();
                  return mount(volumeName(nth), mount.path(), readOnly || mount.readOnly());
                });
    var shared =
        IntStream.range(0, place.fileSystems().size())
            .mapToObj(
                i ->
                    mount(
                        fileSystemName(i),
                        place.fileSystems().get(i).mountPath(),
                        place.fileSystems().get(i).readOnly()));
    return Stream.concat(own, shared).toList();
  }

  private static MountPoint mount(String volume, String path, boolean readOnly) {
    return MountPoint.builder().sourceVolume(volume).containerPath(path).readOnly(readOnly).build();
  }
}
