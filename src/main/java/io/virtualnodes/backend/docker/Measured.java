package io.virtualnodes.backend.docker;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.GroupId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an engine measured of one container. What it could not measure it leaves out or tells as 0,
 * which is the same here: nothing that runs uses nothing.
 *
 * @param network empty for a container that shares another's
 * @see <a href="https://docs.docker.com/reference/api/engine/version/v1.41/">Get container stats
 *     based on resource usage</a>
 */
record Measured(
    Instant at,
    OptionalLong cpuNanos,
    OptionalLong usageBytes,
    OptionalLong workingSetBytes,
    OptionalLong rssBytes,
    Optional<Network> network) {

  /** Since it was made, over all its interfaces. */
  record Network(long receivedBytes, long sentBytes) {}

  /** Empty if nothing was measured, as of a container that has ended meanwhile. */
  static Optional<Measured> of(JsonNode stats) {
    var at = instant(stats.path("read").asText());
    var cpu = positive(stats.at("/cpu_stats/cpu_usage/total_usage"));
    var memory = stats.path("memory_stats");
    var details = memory.path("stats");
    var usage = positive(memory.path("usage"));
    // As a kubelet counts it: without the pages of files that were not used for long. Those of
    // the groups below count with the first version of cgroups too, by names of their own.
    long inactive =
        details.has("total_inactive_file")
            ? details.path("total_inactive_file").asLong()
            : details.path("inactive_file").asLong();
    boolean known = cpu.isPresent() || usage.isPresent();
    return at.filter(_ -> known)
        .map(
            instant ->
                new Measured(
                    instant,
                    cpu,
                    usage,
                    usage.isPresent()
                        ? OptionalLong.of(Math.max(0, usage.getAsLong() - inactive))
                        : usage,
                    positive(
                        details.has("total_rss")
                            ? details.path("total_rss")
                            : details.path("anon")),
                    network(stats.path("networks"))));
  }

  private static Optional<Network> network(JsonNode interfaces) {
    if (!interfaces.isObject() || interfaces.isEmpty()) {
      return Optional.empty();
    }
    long received = 0;
    long sent = 0;
    for (var one : interfaces) {
      received += one.path("rx_bytes").asLong();
      sent += one.path("tx_bytes").asLong();
    }
    return Optional.of(new Network(received, sent));
  }

  private static OptionalLong positive(JsonNode number) {
    return number.asLong() > 0 ? OptionalLong.of(number.asLong()) : OptionalLong.empty();
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text)).filter(at -> at.isAfter(Instant.EPOCH));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  ContainerUsage usage(
      GroupId group, String container, Instant started, Optional<Network> groupsNetwork) {
    return new ContainerUsage(
        group,
        container,
        at,
        started,
        cpuNanos,
        workingSetBytes,
        usageBytes,
        rssBytes,
        bytes(groupsNetwork.map(Network::receivedBytes)),
        bytes(groupsNetwork.map(Network::sentBytes)));
  }

  private static OptionalLong bytes(Optional<Long> number) {
    return number.isPresent() ? OptionalLong.of(number.get()) : OptionalLong.empty();
  }
}
