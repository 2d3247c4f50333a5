package io.virtualnodes.backend;

import java.util.List;
import java.util.Optional;

/**
 * As whom a container runs and what it may do. All of it is decided: what a pod says for all of its
 * containers is in here already.
 *
 * @param user number; empty leaves it to the image
 * @param group number of the user's first group; empty leaves it to the image, where the user is
 *     looked up
 * @param furtherGroups numbers of groups that its processes belong to as well
 * @param imageGroups whether they also belong to the groups that the image gives the user
 * @param neverRoot whether it must not be started as root, by whatever way it would come to that
 * @param readOnlyRoot whether it may write to its volumes only
 * @param mayGainPrivileges whether a process may come by more rights than its parent has, as by a
 *     program of root's that anybody may run
 * @param addedCapabilities without {@code CAP_}, in upper case, or {@code ALL}; what is dropped too
 *     is not here
 * @param droppedCapabilities alike
 */
public record Security(
    Optional<Long> user,
    Optional<Long> group,
    List<Long> furtherGroups,
    boolean imageGroups,
    boolean neverRoot,
    boolean readOnlyRoot,
    boolean mayGainPrivileges,
    List<String> addedCapabilities,
    List<String> droppedCapabilities,
    Confinement seccomp,
    Confinement appArmor) {

  /** All is as the image and the backend have it. */
  public static final Security USUAL =
      new Security(
          Optional.empty(),
          Optional.empty(),
          List.of(),
          true,
          false,
          false,
          true,
          List.of(),
          List.of(),
          Confinement.USUAL,
          Confinement.USUAL);

  public Security {
    furtherGroups = List.copyOf(furtherGroups);
    addedCapabilities = List.copyOf(addedCapabilities);
    droppedCapabilities = List.copyOf(droppedCapabilities);
  }

  /** What a part of the kernel lets a container do. */
  public enum Confinement {
    /** What the backend has for everybody. */
    USUAL,
    /** Everything. */
    NONE
  }

  /**
   * Its further groups but that of the volumes' files, for whoever gives that another way.
   *
   * @param files {@link Surroundings#filesGroup}
   */
  public List<Long> groupsBeside(Optional<Long> files) {
    return furtherGroups.stream().filter(group -> !files.equals(Optional.of(group))).toList();
  }

  /** Whether the user that the image names has to be known before the container can be made. */
  public boolean dependsOnImage() {
    return user.isEmpty() && (neverRoot || group.isPresent());
  }
}
