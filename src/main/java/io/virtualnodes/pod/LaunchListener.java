package io.virtualnodes.pod;

import io.virtualnodes.backend.BackendException;

/**
 * Is told how launches go: what a failure means beyond its pod is the pool's business. Must not
 * block.
 */
public interface LaunchListener {
  void launched();

  void failed(BackendException failure);
}
