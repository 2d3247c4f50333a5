package io.virtualnodes.emulator.ecs;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The sizes that Fargate has.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html">
 *     Invalid CPU or memory value specified</a>
 */
final class FargateSizes {
  private static final int GIB = 1024;
  private static final Pattern CPU_IN_VCPUS =
      Pattern.compile("([0-9]*\\.?[0-9]+) ?vcpu", Pattern.CASE_INSENSITIVE);
  private static final Pattern MEMORY_IN_GB =
      Pattern.compile("([0-9]*\\.?[0-9]+) ?gb", Pattern.CASE_INSENSITIVE);

  private FargateSizes() {}

  /**
   * @param cpu in units, 1024 a core
   */
  static boolean exists(int cpu, int memoryMib) {
    return switch (cpu) {
      case 256 -> memoryMib == 512 || memoryMib == GIB || memoryMib == 2 * GIB;
      case 512 -> within(memoryMib, 1, 4, 1);
      case 1024 -> within(memoryMib, 2, 8, 1);
      case 2048 -> within(memoryMib, 4, 16, 1);
      case 4096 -> within(memoryMib, 8, 30, 1);
      case 8192 -> within(memoryMib, 16, 60, 4);
      case 16_384 -> within(memoryMib, 32, 120, 8);
      default -> false;
    };
  }

  private static boolean within(int memoryMib, int fromGib, int toGib, int stepGib) {
    return memoryMib >= fromGib * GIB
        && memoryMib <= toGib * GIB
        && (memoryMib - fromGib * GIB) % (stepGib * GIB) == 0;
  }

  /** Units, from a number of them or such as {@code 1 vCPU}. */
  static Optional<Integer> cpu(String text) {
    return amount(text, CPU_IN_VCPUS);
  }

  /** MiB, from a number of them or such as {@code 2 GB}. */
  static Optional<Integer> memoryMib(String text) {
    return amount(text, MEMORY_IN_GB);
  }

  private static Optional<Integer> amount(String text, Pattern inThousands) {
    if (text.matches("[0-9]{1,9}")) {
      return Optional.of(Integer.valueOf(text));
    }
    var match = inThousands.matcher(text.strip());
    return match.matches()
        ? Optional.of((int) Math.round(Double.parseDouble(match.group(1)) * 1024))
        : Optional.empty();
  }
}
