package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * How volumes get other files in one instant: what is put beside the former files, and what {@link
 * SwapProgram} does then.
 *
 * @param archive for the root of a container that has the volumes under {@link
 *     DockerRequests#VOLUMES}
 * @param steps the program's arguments: pairs of a path and its new name; an empty one removes it
 */
record VolumeSwap(byte[] archive, List<String> steps) {
  private static final String NEXT = "..data_tmp";
  // The kernel takes two megabytes of arguments. What is not removed now is removed next time.
  private static final int MOST_REMOVED_BYTES = 1 << 20;

  VolumeSwap {
    steps = List.copyOf(steps);
  }

  /** A volume and what is to be in it. */
  record Change(VolumeContent from, Volume.Files to) {}

  /**
   * @param program goes into the archive
   * @param now names the new folders
   */
  static VolumeSwap of(List<Change> changes, byte[] program, Instant now) {
    var folder = VolumeArchive.folderOf(now);
    var renamed = new ArrayList<String>();
    var removed = new ArrayList<String>();
    // One pod's volumes belong to one group.
    var group = changes.stream().flatMap(change -> change.from().group().stream()).findFirst();
    try (var archive = new VolumeArchive(group)) {
      archive.file(new File(SwapProgram.NAME, program, 0755));
      for (var change : changes) {
        var volume = DockerRequests.VOLUMES.substring(1) + "/" + change.to().name() + "/";
        var tops = VolumeArchive.topNames(change.to().files());
        archive.files(volume + folder, change.to().files());
        archive.link(volume + NEXT, folder);
        tops.stream()
            // To write one that is there would take it away for a moment.
            .filter(top -> !change.from().paths().contains(top))
            .forEach(top -> archive.link(volume + top, VolumeArchive.DATA + "/" + top));
        renamed.add("/" + volume + NEXT);
        renamed.add("/" + volume + VolumeArchive.DATA);
        // What is in a folder goes before it.
        for (var path : change.from().paths().reversed()) {
          boolean stays =
              path.startsWith(VolumeArchive.HIDDEN)
                  ? path.equals(VolumeArchive.DATA) || path.equals(NEXT)
                  : tops.contains(path);
          if (!stays) {
            removed.add("/" + volume + path);
          }
        }
      }
      return new VolumeSwap(archive.bytes(), steps(renamed, removed));
    }
  }

  private static List<String> steps(List<String> renamed, List<String> removed) {
    var steps = new ArrayList<>(renamed);
    int size = 0;
    for (var path : removed) {
      size += path.getBytes(StandardCharsets.UTF_8).length;
      if (size > MOST_REMOVED_BYTES) {
        break;
      }
      steps.add(path);
      steps.add("");
    }
    return steps;
  }
}
