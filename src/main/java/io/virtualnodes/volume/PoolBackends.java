package io.virtualnodes.volume;

import io.virtualnodes.backend.Backend;
import java.util.Optional;

/** Where the content of a pool's volumes is. */
@FunctionalInterface
public interface PoolBackends {

  /** Empty while the pool does not run in this process. */
  Optional<Backend> of(String pool);
}
