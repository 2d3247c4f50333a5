package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Quantities as whole numbers, rounded up as Kubernetes does: less than was asked for would be a
 * surprise. One that nobody named is 0, and one that no machine could ever have is any other such.
 */
final class Amounts {
  // More than any machine has, and little enough that those of a whole group can be added up and
  // turned into other units. The API server admits up to 2^63 - 1 of anything.
  private static final long MOST_UNITS = 1L << 53;
  private static final long MOST_THOUSANDTHS = 1L << 40;

  private Amounts() {}

  /** Bytes of memory, for example. */
  static long units(Quantity quantity) {
    return whole(quantity, BigDecimal.ONE, MOST_UNITS);
  }

  /** Thousandths of a core, for example. */
  static long thousandths(Quantity quantity) {
    return whole(quantity, BigDecimal.valueOf(1000), MOST_THOUSANDTHS);
  }

  private static long whole(Quantity quantity, BigDecimal factor, long most) {
    return quantity == null
        ? 0
        : quantity
            .getNumericalAmount()
            .multiply(factor)
            .setScale(0, RoundingMode.CEILING)
            .min(BigDecimal.valueOf(most))
            .longValueExact();
  }
}
