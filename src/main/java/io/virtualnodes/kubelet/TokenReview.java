package io.virtualnodes.kubelet;

import java.util.Optional;

/** Asks the cluster whose token this is. */
public interface TokenReview {

  /**
   * Blocks until the cluster answered; may be called by many threads at once. The token is neither
   * kept nor told to anybody else.
   *
   * @return empty if it is nobody's, or no longer
   * @throws RuntimeException if the cluster could not be asked
   */
  Optional<Identity> holder(String token);
}
