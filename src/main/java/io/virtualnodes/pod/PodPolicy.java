package io.virtualnodes.pod;

import java.time.Duration;
import java.util.Optional;

/**
 * What the pool lets its pods do.
 *
 * @param held present if new pods may not start; the text says why
 * @param retention how long a finished group is kept for its logs
 */
public record PodPolicy(Optional<String> held, Duration retention) {}
