package io.virtualnodes.backend.aci;

import com.azure.json.JsonProviders;
import com.azure.json.JsonSerializable;
import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Azure's models from and to JSON, and where a pool's groups are made at Azure. */
final class Azures {
  static final String SUBNET =
      "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/n";

  private static final ObjectMapper JSON = new ObjectMapper();

  private Azures() {}

  static AciPlace place() {
    return place(Optional.of(SUBNET), AciPlace.Priority.REGULAR);
  }

  static AciPlace place(Optional<String> subnet, AciPlace.Priority priority) {
    return new PlaceBuilder()
        .subnets(subnet.stream().toArray(String[]::new))
        .priority(priority)
        .build();
  }

  /** Of a group in {@link #SUBNET}, whose images anybody may fetch. */
  static AciRequests.Terms terms(Instant now) {
    return new AciRequests.Terms(
        new AciSeat(Optional.of(SUBNET), Optional.empty()), List.of(), Optional.empty(), now);
  }

  /** As Azure answers. */
  static ContainerGroupInner group(String json) {
    try (var reader = JsonProviders.createReader(json)) {
      return ContainerGroupInner.fromJson(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As Azure is asked. */
  static JsonNode json(JsonSerializable<?> request) {
    try {
      return json(request.toJsonString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
