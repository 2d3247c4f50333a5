package io.virtualnodes.backend;

/**
 * The volumes of a pool that outlive its groups, where a backend keeps any: each is made with the
 * first group that has it. Calls block and may overlap; failures are {@link BackendException}s.
 */
public interface Volumes {

  /**
   * Removes a volume with all that it holds. Already gone is success, and so is one that was never
   * made. Only what carries our marks and belongs to this pool is touched.
   *
   * @param id as in {@link ContainerGroup.Volume.Claimed}
   * @throws BackendException.Unavailable if a group still has it
   */
  void delete(String id);
}
