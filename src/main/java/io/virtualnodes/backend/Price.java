package io.virtualnodes.backend;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What something costs while it is there.
 *
 * @param perHour in units of {@code currency}
 * @param currency its three letters in ISO 4217, such as USD
 */
public record Price(BigDecimal perHour, String currency) {
  // A hundredth of a core costs less than a thousandth of a unit an hour.
  private static final int DECIMALS = 6;

  public Price {
    perHour = perHour.setScale(DECIMALS, RoundingMode.HALF_UP).stripTrailingZeros();
    if (perHour.signum() < 0) {
      throw new IllegalArgumentException("a price must not be negative: " + perHour);
    }
  }

  /** Amount and currency, such as {@code 0.04048 USD}. */
  @Override
  public String toString() {
    return perHour.toPlainString() + " " + currency;
  }
}
