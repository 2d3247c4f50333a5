package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.Resources;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How large a task is: the smallest of Fargate's sizes that holds what the group asks for. Fargate
 * has few sizes, so that nearly every amount is rounded up, and what is rounded up is paid for.
 *
 * @param cpu in units of which 1024 are a core
 * @param memory in MiB
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size">
 *     Task CPU and memory</a>
 */
record FargateSizes(int cpu, int memory) {
  static final int UNITS_PER_CORE = 1024;

  /** What a container of ours has: a shell, or less. */
  static final int HELPER_MEMORY = 32;

  private static final int MILLI = 1000;
  private static final long MIB = 1024 * 1024;
  private static final int GIB = 1024;

  /** The least memory that a container may be limited to. */
  static final int LEAST_MEMORY = 6;

  /** One row of Fargate's table: what memory a task with this much CPU may have. */
  private record Row(int cpu, int least, int most, int step) {
    Optional<FargateSizes> holding(long memory) {
      if (memory > most) {
        return Optional.empty();
      }
      long steps = Math.ceilDiv(Math.max(0, memory - least), step);
      return Optional.of(new FargateSizes(cpu, Math.toIntExact(least + steps * step)));
    }
  }

  private static final List<Row> ROWS =
      List.of(
          // 512, 1024 and 2048: the one row whose steps differ is two here.
          new Row(256, GIB / 2, GIB, GIB / 2),
          new Row(256, 2 * GIB, 2 * GIB, GIB),
          new Row(512, GIB, 4 * GIB, GIB),
          new Row(1024, 2 * GIB, 8 * GIB, GIB),
          new Row(2048, 4 * GIB, 16 * GIB, GIB),
          new Row(4096, 8 * GIB, 30 * GIB, GIB),
          new Row(8192, 16 * GIB, 60 * GIB, 4 * GIB),
          new Row(16384, 32 * GIB, 120 * GIB, 8 * GIB));

  /** The largest of all, for people. */
  static final String LARGEST = "16 cores with 120 GiB";

  /**
   * @param unnamed what a container gets that requests nothing
   * @param helpers how many containers of ours run beside the group's
   * @return empty if Fargate has no size that is large enough
   */
  static Optional<FargateSizes> of(ContainerGroup group, Resources unnamed, int helpers) {
    var wanted = wanted(group, unnamed);
    long cpu = Math.ceilDiv(wanted.milliCpu() * UNITS_PER_CORE, MILLI);
    long memory = Math.ceilDiv(wanted.memoryBytes(), MIB) + (long) helpers * HELPER_MEMORY;
    return ROWS.stream()
        .filter(row -> row.cpu() >= cpu)
        .flatMap(row -> row.holding(memory).stream())
        .findFirst();
  }

  /** What the group asks for while most of it is, with what is not named. */
  static Resources wanted(ContainerGroup group, Resources unnamed) {
    long cpu = 0;
    long memory = 0;
    long mostCpu = 0;
    long mostMemory = 0;
    for (var container : group.containers()) {
      var asked = asked(container, unnamed);
      if (container.part() == Part.INIT) {
        mostCpu = Math.max(mostCpu, asked.milliCpu());
        mostMemory = Math.max(mostMemory, asked.memoryBytes());
      } else {
        cpu += asked.milliCpu();
        memory += asked.memoryBytes();
      }
    }
    return new Resources(Math.max(cpu, mostCpu), Math.max(memory, mostMemory));
  }

  /** A container with a limit and no request requests its limit, as in Kubernetes. */
  private static Resources asked(ContainerSpec container, Resources unnamed) {
    return new Resources(
        asked(container.requests().milliCpu(), container.limits().milliCpu(), unnamed.milliCpu()),
        asked(
            container.requests().memoryBytes(),
            container.limits().memoryBytes(),
            unnamed.memoryBytes()));
  }

  private static long asked(long request, long limit, long unnamed) {
    if (request > 0) {
      return request;
    }
    return limit > 0 ? limit : unnamed;
  }

  /**
   * What a container's share of the CPU is, in units; empty leaves it what the others leave.
   * Rounded down, since all together must not be more than the task's.
   */
  static OptionalInt cpuOf(ContainerSpec container) {
    long asked = asked(container.requests().milliCpu(), container.limits().milliCpu(), 0);
    return asked == 0
        ? OptionalInt.empty()
        : OptionalInt.of(Math.toIntExact(Math.max(1, asked * UNITS_PER_CORE / MILLI)));
  }

  /** At how many MiB a container is ended; empty if the task's size is its only limit. */
  static OptionalInt memoryLimitOf(ContainerSpec container) {
    return mebibytes(container.limits().memoryBytes());
  }

  /** How many MiB are kept for a container. */
  static OptionalInt memoryRequestOf(ContainerSpec container) {
    return mebibytes(asked(container, Resources.UNNAMED).memoryBytes());
  }

  private static OptionalInt mebibytes(long bytes) {
    return bytes == 0
        ? OptionalInt.empty()
        : OptionalInt.of(Math.max(LEAST_MEMORY, Math.toIntExact(Math.ceilDiv(bytes, MIB))));
  }

  /** For people, such as {@code 0.25 cores with 512 MiB}. */
  @Override
  public String toString() {
    return "%s cores with %d MiB"
        .formatted(
            java.math.BigDecimal.valueOf(cpu)
                .divide(java.math.BigDecimal.valueOf(UNITS_PER_CORE))
                .stripTrailingZeros()
                .toPlainString(),
            memory);
  }
}
