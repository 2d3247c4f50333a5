package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Quantities as whole numbers, rounded up as Kubernetes does: less than was asked for would be a
 * surprise. One that nobody named is 0.
 */
final class Amounts {
  private Amounts() {}

  /** Bytes of memory, for example. */
  static long units(Quantity quantity) {
    return whole(quantity, BigDecimal.ONE);
  }

  /** Thousandths of a core, for example. */
  static long thousandths(Quantity quantity) {
    return whole(quantity, BigDecimal.valueOf(1000));
  }

  private static long whole(Quantity quantity, BigDecimal factor) {
    return quantity == null
        ? 0
        : quantity
            .getNumericalAmount()
            .multiply(factor)
            .setScale(0, RoundingMode.CEILING)
            .longValueExact();
  }
}
