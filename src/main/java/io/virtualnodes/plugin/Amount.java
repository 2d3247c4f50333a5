package io.virtualnodes.plugin;

import io.virtualnodes.backend.ContainerGroup.Resources;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * CPU and memory as Kubernetes writes them.
 *
 * @param cpu such as {@code 500m} or {@code 2}
 * @param memory such as {@code 512Mi}
 */
record Amount(String cpu, String memory) {
  private static final long MILLI = 1000;
  private static final String[] UNITS = {"", "Ki", "Mi", "Gi", "Ti", "Pi"};
  private static final BigDecimal STEP = BigDecimal.valueOf(1024);

  static Amount of(Resources resources) {
    return of(resources.milliCpu(), resources.memoryBytes());
  }

  static Amount of(long milliCpu, long memoryBytes) {
    return new Amount(
        milliCpu % MILLI == 0 ? String.valueOf(milliCpu / MILLI) : milliCpu + "m",
        memory(memoryBytes));
  }

  /** In the largest unit that leaves a whole number, or rounded to a tenth of one. */
  private static String memory(long bytes) {
    var amount = BigDecimal.valueOf(bytes);
    int unit = 0;
    while (unit < UNITS.length - 1 && amount.compareTo(STEP) >= 0) {
      amount = amount.divide(STEP);
      unit++;
    }
    return amount.setScale(1, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString()
        + UNITS[unit];
  }

  /** For people. */
  @Override
  public String toString() {
    return cpu + " CPU, " + memory;
  }
}
