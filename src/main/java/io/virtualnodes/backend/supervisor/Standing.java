package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.Health;
import java.util.Optional;

/**
 * How a running container stands that is looked after.
 *
 * @param postStarted whether its postStart hook is done; until then it counts as being created
 * @param health empty where nothing is to be found out
 */
public record Standing(boolean postStarted, Optional<Health> health) {
  /** Of a container that is left to itself. */
  public static final Standing LEFT_ALONE = new Standing(true, Optional.empty());
}
