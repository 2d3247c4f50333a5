package io.virtualnodes.backend.fargate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What all pools of an operator have in common at AWS: what it takes in a region. One for the whole
 * process, which has one account.
 */
public final class FargateRegions {
  private final Map<String, FargateRates> rates = new ConcurrentHashMap<>();

  FargateRates of(FargatePlace place) {
    return rates.computeIfAbsent(
        place.region() + place.endpoint().map(Object::toString).orElse(""),
        _ -> FargateRates.usual());
  }
}
