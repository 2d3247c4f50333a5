package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupSubnetId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where one group is within its pool's place.
 *
 * @param subnetId empty: in none
 * @param zone empty: Azure chose
 */
record AciSeat(Optional<String> subnetId, Optional<String> zone) {

  /** Of a group as Azure shows it. */
  static AciSeat of(ContainerGroupInner group) {
    return new AciSeat(
        Stream.ofNullable(group.subnetIds())
            .flatMap(List::stream)
            .findFirst()
            .map(ContainerGroupSubnetId::id),
        Stream.ofNullable(group.zones()).flatMap(List::stream).findFirst());
  }

  /** Azure writes ids as it likes, and compares them without regard to case. */
  boolean isIn(String subnet) {
    return subnetId
        .filter(id -> id.toLowerCase(Locale.ROOT).equals(subnet.toLowerCase(Locale.ROOT)))
        .isPresent();
  }
}
