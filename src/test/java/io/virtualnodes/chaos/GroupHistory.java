package io.virtualnodes.chaos;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What a backend itself says of a pool's groups, now and in the past, whatever the operator thinks.
 */
interface GroupHistory extends AutoCloseable {

  /** Uids of the pods of which the backend has a group, ended ones included. */
  Set<String> present();

  /**
   * Uids of pods whose group was asked to end or removed since the last call.
   *
   * @return with what was asked, in the backend's words
   */
  Map<String, String> ended();

  /**
   * Looks for what must never be: two live groups of a pod, or a second run of one that was to run
   * once.
   *
   * @param once whether the pod of this uid was to run once
   */
  void judge(Violations violations, Function<String, Boolean> once);

  @Override
  void close();
}
