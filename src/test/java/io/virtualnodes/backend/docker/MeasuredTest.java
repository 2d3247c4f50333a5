package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.docker.Measured.Network;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Figures as engines write them, without the parts that nobody reads. */
class MeasuredTest {
  private static final GroupId ID = GroupId.first("pod");
  private static final Instant STARTED = Instant.parse("2026-11-26T16:00:00Z");

  private static Optional<Measured> measured(String json) throws IOException {
    return Measured.of(new ObjectMapper().readTree(json));
  }

  @Test
  void aMachineWithTheFirstVersionOfCgroups() throws IOException {
    var measured =
        measured(
                """
                {"read": "2026-11-26T16:08:12.04769895Z", "preread": "0001-01-01T00:00:00Z",
                 "cpu_stats": {"cpu_usage": {"total_usage": 26743010, "percpu_usage": [19668125, 7074885]},
                   "system_cpu_usage": 26224200000000, "online_cpus": 2},
                 "precpu_stats": {"cpu_usage": {"total_usage": 0}},
                 "memory_stats": {"usage": 50536576, "max_usage": 54341760, "limit": 25276510208,
                   "stats": {"rss": 1, "inactive_file": 2, "cache": 30000000,
                     "total_cache": 30000000, "total_rss": 20053248, "total_inactive_file": 10000000}},
                 "networks": {"eth0": {"rx_bytes": 90, "tx_bytes": 7}, "eth1": {"rx_bytes": 10, "tx_bytes": 1}}}
                """)
            .orElseThrow();

    assertThat(measured.network()).contains(new Network(100, 8));
    assertThat(measured.usage(ID, "main", STARTED, measured.network()))
        .isEqualTo(
            new ContainerUsage(
                ID,
                "main",
                Instant.parse("2026-11-26T16:08:12.04769895Z"),
                STARTED,
                OptionalLong.of(26743010),
                OptionalLong.of(40536576),
                OptionalLong.of(50536576),
                OptionalLong.of(20053248),
                OptionalLong.of(100),
                OptionalLong.of(8)));
  }

  @Test
  void aMachineWithTheSecondVersionOfCgroups() throws IOException {
    var measured =
        measured(
                """
                {"read": "2026-11-26T16:08:12.5Z",
                 "cpu_stats": {"cpu_usage": {"total_usage": 5000000, "usage_in_kernelmode": 1000000,
                   "usage_in_usermode": 4000000}, "system_cpu_usage": 26224200000000, "online_cpus": 2},
                 "memory_stats": {"usage": 9000000, "limit": 25276510208,
                   "stats": {"anon": 2000000, "file": 6000000, "inactive_file": 5000000, "active_file": 1000000}}}
                """)
            .orElseThrow();

    assertThat(measured.network()).isEmpty();
    assertThat(measured.usage(ID, "main", STARTED, Optional.empty()))
        .isEqualTo(
            new ContainerUsage(
                ID,
                "main",
                Instant.parse("2026-11-26T16:08:12.500Z"),
                STARTED,
                OptionalLong.of(5000000),
                OptionalLong.of(4000000),
                OptionalLong.of(9000000),
                OptionalLong.of(2000000),
                OptionalLong.empty(),
                OptionalLong.empty()));
  }

  @Test
  void whatIsNotMeasuredIsNotKnown() throws IOException {
    // As of a container that has ended.
    assertThat(
            measured(
                """
                {"read": "0001-01-01T00:00:00Z", "cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}}
                """))
        .isEmpty();
    assertThat(measured("{}")).isEmpty();
    var cpuOnly =
        measured(
                """
                {"read": "2026-11-26T16:08:12Z", "cpu_stats": {"cpu_usage": {"total_usage": 3}}, "memory_stats": {}}
                """)
            .orElseThrow();
    assertThat(cpuOnly.workingSetBytes()).isEmpty();
    assertThat(cpuOnly.cpuNanos()).hasValue(3);
  }

  @Test
  void morePagesOfFilesThanAllPagesLeaveNothing() throws IOException {
    assertThat(
            measured(
                    """
                    {"read": "2026-11-26T16:08:12Z", "cpu_stats": {"cpu_usage": {"total_usage": 3}},
                     "memory_stats": {"usage": 10, "stats": {"inactive_file": 11}}}
                    """)
                .orElseThrow()
                .workingSetBytes())
        .hasValue(0);
  }
}
