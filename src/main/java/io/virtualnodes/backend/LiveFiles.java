package io.virtualnodes.backend;

import io.virtualnodes.backend.ContainerGroup.Volume;
import java.util.List;
import java.util.Set;

/**
 * The files of groups that run, where a backend can change them. Calls block and may overlap;
 * failures are {@link BackendException}s.
 */
public interface LiveFiles {

  /**
   * What the volumes of these names hold now, also what an earlier process wrote. Volumes that the
   * group does not have, or whose files are not there yet, are left out; so is everything of a
   * group that is gone.
   */
  List<Volume.Files> read(GroupId id, Set<String> volumes);

  /**
   * Gives volumes of a running group other files. Of one volume, whoever opens a folder of it sees
   * all of the former files or all of the new ones; a mount of a single file keeps the former one.
   * A volume that holds these files already is not touched, and neither is a group that has ended.
   * Cut off at any point, it has happened for a volume or it has not, and asking again completes
   * it.
   */
  void replace(GroupId id, List<Volume.Files> volumes);
}
