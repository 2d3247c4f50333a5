package io.virtualnodes.backend.aci;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What all pools of an operator have in common at Azure: what it grants to a subscription in a
 * region. One for the whole process.
 */
public final class AciRegions {
  private final InstantSource clock;
  private final Instant began;
  private final Map<String, AciRates> rates = new ConcurrentHashMap<>();
  private final Set<String> remembered = ConcurrentHashMap.newKeySet();

  public AciRegions(InstantSource clock) {
    this.clock = clock;
    this.began = clock.instant();
  }

  AciRates of(AciPlace place) {
    var region = place.subscriptionId() + "/" + place.location();
    return rates.computeIfAbsent(
        region.toLowerCase(Locale.ROOT), _ -> AciRates.usual(clock.instant()));
  }

  /**
   * Takes note of what a pool's groups tell of creations before this process, which count at Azure
   * too; of groups that are gone nothing is known. Only a pool's first time counts.
   */
  void remember(AciPlace place, List<Instant> createdAt) {
    if (remembered.add(place.poolUid())) {
      of(place).creations().remember(createdAt.stream().filter(began::isAfter).toList());
    }
  }
}
