package io.virtualnodes.pool;

import io.virtualnodes.pod.EventReason;

/** Why the owner of a pool is told something. */
public enum PoolEventReason implements EventReason {
  NODE_CREATED("NodeCreated", false, "The pool has made a node.", ""),
  NODE_DRAINING(
      "NodeDraining",
      false,
      "A node is being emptied: its pods are evicted, and deleted after spec.drain.deadline.",
      ""),
  NODE_REMOVED("NodeRemoved", false, "A node was empty and is gone.", ""),
  NODE_ABANDONED(
      "NodeAbandoned",
      true,
      "A node is gone without the backend, as spec.drain.forceOrphan says.",
      "Look at the backend for what carries the pool's name, and remove it there."),
  BACKEND_UNAVAILABLE(
      "BackendUnavailable",
      true,
      "The backend does not answer any more; what runs there goes on.",
      "What its last words say."),
  BACKEND_DENIED(
      "BackendDenied",
      true,
      "The backend refuses the pool's settings or credentials.",
      "Mend them: the message has the backend's words."),
  BACKEND_AVAILABLE("BackendAvailable", false, "The backend is well again.", ""),
  NAME_TAKEN(
      "NameTaken",
      true,
      "Nodes of the pool's names exist and do not belong to it.",
      "Remove them, or name the pool differently.");

  private final Told told;

  PoolEventReason(String reason, boolean warns, String meaning, String remedy) {
    this.told = new Told(reason, warns, meaning, remedy);
  }

  @Override
  public Told told() {
    return told;
  }
}
