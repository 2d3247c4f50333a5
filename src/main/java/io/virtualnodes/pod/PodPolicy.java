package io.virtualnodes.pod;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the pool lets its pods do.
 *
 * @param held present if new pods may not start; the text says why
 * @param retention how long a finished group is kept for its logs
 * @param givenUpTo groups that finished at this instant or before are not kept any longer, since
 *     their room is needed; before all times if no room is
 */
public record PodPolicy(Optional<String> held, Duration retention, Instant givenUpTo) {}
