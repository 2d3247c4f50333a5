package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupLocks;
import io.virtualnodes.backend.LiveFiles;
import io.virtualnodes.backend.docker.VolumeSwap.Change;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Changes files in volumes of running groups, by a container that mounts them, runs for a moment
 * and is removed.
 */
final class GroupFiles implements LiveFiles {
  private final DockerEngine engine;
  private final EngineInventory inventory;
  private final DockerRequests requests;
  private final Names names;
  private final GroupLocks locks;
  private final InstantSource clock;

  /**
   * @param locks keep a group's launch, end and changes of files apart
   */
  GroupFiles(
      DockerEngine engine,
      EngineInventory inventory,
      DockerRequests requests,
      Names names,
      GroupLocks locks,
      InstantSource clock) {
    this.engine = engine;
    this.inventory = inventory;
    this.requests = requests;
    this.names = names;
    this.locks = locks;
    this.clock = clock;
  }

  @Override
  public List<Volume.Files> read(GroupId id, Set<String> volumes) {
    return contents(id, volumes).entrySet().stream()
        .map(found -> new Volume.Files(found.getKey(), found.getValue().files()))
        .toList();
  }

  /** By the volume's name. */
  private Map<String, VolumeContent> contents(GroupId id, Set<String> volumes) {
    var contents = new HashMap<String, VolumeContent>();
    for (var container : engine.containers(id)) {
      for (var mount : container.getMounts()) {
        volumes.stream()
            .filter(volume -> names.volume(id, volume).equals(mount.getName()))
            .filter(volume -> !contents.containsKey(volume))
            .forEach(
                volume ->
                    engine
                        .files()
                        .archive(container.getId(), mount.getDestination())
                        .flatMap(VolumeContent::of)
                        .ifPresent(content -> contents.put(volume, content)));
      }
    }
    return contents;
  }

  @Override
  public void replace(GroupId id, List<Volume.Files> volumes) {
    var swapper = program();
    locks.run(
        id,
        () ->
            inventory
                .read(id)
                .filter(group -> !group.finished())
                .ifPresent(group -> replace(group, volumes, swapper)));
  }

  private void replace(FoundGroup group, List<Volume.Files> volumes, byte[] swapper) {
    var id = group.marks().group();
    var contents =
        contents(id, volumes.stream().map(Volume.Files::name).collect(Collectors.toSet()));
    var changes =
        volumes.stream()
            .filter(volume -> contents.containsKey(volume.name()))
            .filter(volume -> !contents.get(volume.name()).holds(volume))
            .map(volume -> new Change(contents.get(volume.name()), volume))
            .toList();
    if (!changes.isEmpty()) {
      // One that a crash left, with what it had to do.
      group.writer().ifPresent(left -> engine.remove(left.id()));
      swap(group, VolumeSwap.of(changes, swapper, clock.instant()), changes);
    }
  }

  private void swap(FoundGroup group, VolumeSwap swap, List<Change> changes) {
    // By its id: the name may mean another image by now, or none.
    var image =
        engine
            .inspect(group.anchor().id())
            .orElseThrow(() -> new BackendException.Unavailable("the group is gone", null))
            .getImageId();
    var volumes = changes.stream().map(change -> change.to().name()).toList();
    String writer;
    try {
      writer = engine.create(requests.swapper(group.marks(), image, volumes, swap.steps()));
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    }
    try {
      engine.files().unpack(writer, "/", swap.archive());
      engine
          .start(writer)
          .ifPresent(
              failure -> {
                throw new BackendException.Unavailable("files not replaced: " + failure, null);
              });
      int code = engine.awaitEnd(writer);
      if (code != 0) {
        throw new BackendException.Unavailable(
            "files not replaced: the rename failed with error number " + code, null);
      }
    } finally {
      engine.remove(writer);
    }
  }

  private byte[] program() {
    var architecture = engine.architecture();
    return SwapProgram.of(architecture)
        .orElseThrow(
            () ->
                new BackendException.Unsupported(
                    List.of(
                        "files of running pods cannot be replaced on a machine of type "
                            + architecture)));
  }
}
