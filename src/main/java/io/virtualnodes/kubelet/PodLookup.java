package io.virtualnodes.kubelet;

import java.util.Optional;

/** The pods of one node. */
public interface PodLookup {

  /**
   * The pod of this name that is bound to the node now; empty if there is none. Called for each
   * request, by many threads at once, so it answers from memory.
   */
  Optional<ServedPod> find(String namespace, String name);
}
