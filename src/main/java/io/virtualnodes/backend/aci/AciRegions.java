package io.virtualnodes.backend.aci;

import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What all pools of an operator have in common at Azure: what it grants to a subscription in a
 * region. One for the whole process.
 */
public final class AciRegions {
  private final InstantSource clock;
  private final Map<String, AciRates> rates = new ConcurrentHashMap<>();

  public AciRegions(InstantSource clock) {
    this.clock = clock;
  }

  AciRates of(AciPlace place) {
    var region = place.subscriptionId() + "/" + place.location();
    return rates.computeIfAbsent(
        region.toLowerCase(Locale.ROOT), _ -> AciRates.usual(clock.instant()));
  }
}
