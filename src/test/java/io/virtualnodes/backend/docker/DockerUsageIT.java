package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.Observation.Progress;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the real engine says of the use of containers. */
@Timeout(120)
class DockerUsageIT {
  private static final long MIB = 1 << 20;

  @AutoClose private final EnginePool pool = new EnginePool();
  private final DockerBackend backend = pool.backend();

  /** One look at all containers of a group, by their names. */
  private Map<String, ContainerUsage> usage(ContainerGroup group) {
    return backend.streams().usage().stream()
        .filter(one -> one.group().equals(group.id()))
        .collect(Collectors.toMap(ContainerUsage::container, one -> one));
  }

  @Test
  void whoWorksIsToldFromWhoIdles() throws Exception {
    var group =
        pool.group()
            .script("busy", "while true; do :; done")
            .script(
                "large",
                "x=$(head -c 30000000 /dev/zero | tr '\\0' x); while true; do sleep 60; done")
            .script("idle", "sleep 3600")
            .build();
    var ended = pool.group().script("main", "exit 0").build();
    backend.create(group);
    backend.create(ended);
    var running = pool.awaitRunning(backend, group.id());
    pool.awaitProgress(backend, ended.id(), Progress.FINISHED);
    await().until(() -> usage(group).get("large").workingSetBytes().orElse(0) > 28 * MIB);

    var usage = usage(group);
    Thread.sleep(Duration.ofSeconds(2));
    var later = usage(group);

    var busy = usage.get("busy");
    var idle = usage.get("idle");
    assertThat(busy.started()).isEqualTo(((Running) EnginePool.state(running, "busy")).since());
    double busyCores = cores(busy, later.get("busy"));
    assertThat(busyCores).isBetween(0.1, 1.2);
    assertThat(cores(idle, later.get("idle"))).isLessThan(0.05);
    assertThat(idle.workingSetBytes().getAsLong()).isBetween(1L, 5 * MIB);
    assertThat(idle.usageBytes().getAsLong())
        .isGreaterThanOrEqualTo(idle.workingSetBytes().getAsLong());
    assertThat(idle.receivedBytes().getAsLong()).isPositive();
    assertThat(idle.receivedBytes()).isEqualTo(busy.receivedBytes());
    assertThat(backend.streams().usage())
        .extracting(ContainerUsage::container)
        .containsExactlyInAnyOrder("busy", "large", "idle");
  }

  private static double cores(ContainerUsage one, ContainerUsage other) {
    return (double) (other.cpuNanos().getAsLong() - one.cpuNanos().getAsLong())
        / Duration.between(one.at(), other.at()).toNanos();
  }
}
