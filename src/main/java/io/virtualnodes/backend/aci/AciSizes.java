package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.Resources;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How large the containers of a group are at Azure, in its units: hundredths of a core, and tenths
 * of a gigabyte of 10^9 bytes. Every amount is rounded up, since less than what was asked for is
 * not what was asked for.
 *
 * <p>Azure takes no group below a core and a gigabyte in all; what is missing to that is given to
 * the first main container, which may use it: it is paid for either way.
 *
 * @param containers of the main containers, by name, in their order
 * @see <a
 *     href="https://learn.microsoft.com/azure/container-instances/container-instances-container-groups#minimum-and-maximum-allocation">
 *     Minimum and maximum allocation</a>
 */
record AciSizes(Map<String, Size> containers) {
  private static final long MILLI_STEP = 10;
  private static final long BYTE_STEP = 100_000_000;
  private static final long LEAST_STEPS_CPU = 100;
  private static final long LEAST_STEPS_MEMORY = 10;

  /**
   * The largest group of the Standard SKU: 31 cores and 240 GB.
   *
   * @see <a
   *     href="https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits">
   *     Limits</a>
   */
  static final long MOST_CORES = 31;

  static final long MOST_GB = 240;

  /** Of the largest confidential group, which has as many cores as any. */
  static final long MOST_CONFIDENTIAL_GB = 180;

  /** The largest Spot group. */
  static final long MOST_SPOT_CORES = 4;

  static final long MOST_SPOT_GB = 16;

  /**
   * Of one container, in Azure's steps.
   *
   * @param cpuLimit empty if it may use what the group has
   * @param memoryLimit likewise
   */
  record Size(long cpu, long memory, OptionalLong cpuLimit, OptionalLong memoryLimit) {
    double cores() {
      return cores(cpu);
    }

    double gigabytes() {
      return gigabytes(memory);
    }

    Optional<Double> coresLimit() {
      return cpuLimit.isPresent() ? Optional.of(cores(cpuLimit.getAsLong())) : Optional.empty();
    }

    Optional<Double> gigabytesLimit() {
      return memoryLimit.isPresent()
          ? Optional.of(gigabytes(memoryLimit.getAsLong()))
          : Optional.empty();
    }

    // Divisions of whole numbers, so that 0.3 is written as 0.3.
    private static double cores(long steps) {
      return steps / 100.0;
    }

    private static double gigabytes(long steps) {
      return steps / 10.0;
    }
  }

  /**
   * @param unnamed what a container gets that requests nothing
   */
  static AciSizes of(ContainerGroup group, Resources unnamed) {
    var main =
        group.containers().stream().filter(container -> container.part() == Part.MAIN).toList();
    var cpu = new LinkedHashMap<String, Long>();
    var memory = new LinkedHashMap<String, Long>();
    for (var container : main) {
      cpu.put(
          container.name(),
          steps(
              asked(
                  container.requests().milliCpu(),
                  container.limits().milliCpu(),
                  unnamed.milliCpu()),
              MILLI_STEP));
      memory.put(
          container.name(),
          steps(
              asked(
                  container.requests().memoryBytes(),
                  container.limits().memoryBytes(),
                  unnamed.memoryBytes()),
              BYTE_STEP));
    }
    raise(cpu, LEAST_STEPS_CPU);
    raise(memory, LEAST_STEPS_MEMORY);
    long allCpu = sum(cpu);
    long allMemory = sum(memory);
    var sizes = new LinkedHashMap<String, Size>();
    for (var container : main) {
      var name = container.name();
      sizes.put(
          name,
          new Size(
              cpu.get(name),
              memory.get(name),
              limit(container.limits().milliCpu(), MILLI_STEP, cpu.get(name), allCpu),
              limit(container.limits().memoryBytes(), BYTE_STEP, memory.get(name), allMemory)));
    }
    return new AciSizes(java.util.Collections.unmodifiableMap(sizes));
  }

  /** Of one container. */
  Size of(ContainerSpec container) {
    return containers.get(container.name());
  }

  /** Of all containers, in cores. */
  double cores() {
    return containers.values().stream().mapToLong(Size::cpu).sum() / 100.0;
  }

  /** Of all containers, in gigabytes. */
  double gigabytes() {
    return containers.values().stream().mapToLong(Size::memory).sum() / 10.0;
  }

  /** A container with a limit and no request requests its limit, as in Kubernetes. */
  private static long asked(long request, long limit, long unnamed) {
    if (request > 0) {
      return request;
    }
    return limit > 0 ? limit : unnamed;
  }

  private static long steps(long amount, long step) {
    return Math.max(1, Math.ceilDiv(amount, step));
  }

  private static void raise(Map<String, Long> steps, long least) {
    long missing = least - sum(steps);
    if (missing > 0) {
      steps.entrySet().stream()
          .findFirst()
          .ifPresent(first -> first.setValue(first.getValue() + missing));
    }
  }

  private static long sum(Map<String, Long> steps) {
    return steps.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Azure refuses a limit above what the whole group requests, and one below the container's own
   * request. More than the group has is no limit at all, so cutting it off takes nothing away.
   */
  private static OptionalLong limit(long limit, long step, long request, long all) {
    if (limit == 0) {
      // Without a limit of its own a container could use no more than it requests.
      return all > request ? OptionalLong.of(all) : OptionalLong.empty();
    }
    return OptionalLong.of(Math.clamp(steps(limit, step), request, Math.max(request, all)));
  }
}
