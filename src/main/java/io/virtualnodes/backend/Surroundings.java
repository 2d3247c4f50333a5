package io.virtualnodes.backend;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What all containers of a group find around them.
 *
 * @param domain what makes the group's host name a whole one; empty if nothing does
 * @param hosts names that have an address without anybody being asked
 * @param sharesProcesses whether they see each other's processes
 * @param filesGroup number of the group that the files of all volumes belong to and may be used by;
 *     empty leaves them as they are
 * @param kernelSettings by their names with dots, such as {@code net.ipv4.tcp_syncookies}; each is
 *     the group's own and no other's
 */
public record Surroundings(
    Optional<String> domain,
    List<Host> hosts,
    boolean sharesProcesses,
    Optional<Long> filesGroup,
    Map<String, String> kernelSettings) {

  /** Nothing out of the ordinary. */
  public static final Surroundings USUAL =
      new Surroundings(Optional.empty(), List.of(), false, Optional.empty(), Map.of());

  public Surroundings {
    hosts = List.copyOf(hosts);
    // Not Map.copyOf, which forgets the order.
    kernelSettings = Collections.unmodifiableMap(new LinkedHashMap<>(kernelSettings));
  }

  /** A name and its address, of either family. */
  public record Host(String name, String address) {}
}
