package io.virtualnodes.backend;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What all containers of a group find around them.
 *
 * @param filesGroup number of the group that the files of all volumes belong to and may be used by;
 *     empty leaves them as they are
 * @param kernelSettings by their names with dots, such as {@code net.ipv4.tcp_syncookies}; each is
 *     the group's own and no other's
 */
public record Surroundings(Optional<Long> filesGroup, Map<String, String> kernelSettings) {

  /** Nothing out of the ordinary. */
  public static final Surroundings USUAL = new Surroundings(Optional.empty(), Map.of());

  public Surroundings {
    // Not Map.copyOf, which forgets the order.
    kernelSettings = Collections.unmodifiableMap(new LinkedHashMap<>(kernelSettings));
  }
}
