package io.virtualnodes.volume;

import io.fabric8.kubernetes.api.model.PersistentVolume;

/** When a volume of ours is to go, and its content with it: pure. */
final class VolumeRule {
  private VolumeRule() {}

  /** What becomes of the content of a volume that somebody deleted. */
  enum End {
    /** Somebody's claim has it still. */
    WAIT,
    /** It goes with the volume. */
    DELETE,
    /** It stays where it is. */
    RETAIN
  }

  /** Whether its claim is gone, and it is to go with it. */
  static boolean toBeDeleted(PersistentVolume volume) {
    return "Released".equals(phase(volume)) && deletes(volume);
  }

  static End end(PersistentVolume volume) {
    if (!deletes(volume)) {
      return End.RETAIN;
    }
    return "Bound".equals(phase(volume)) ? End.WAIT : End.DELETE;
  }

  private static boolean deletes(PersistentVolume volume) {
    return "Delete".equals(volume.getSpec().getPersistentVolumeReclaimPolicy());
  }

  private static String phase(PersistentVolume volume) {
    return volume.getStatus() == null ? null : volume.getStatus().getPhase();
  }
}
