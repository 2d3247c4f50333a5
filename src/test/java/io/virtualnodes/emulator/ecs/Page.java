package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A part of a list, and where the rest begins.
 *
 * @param next what to ask for the rest with; empty if there is none
 */
record Page<T>(List<T> items, Optional<String> next) {
  Page {
    items = List.copyOf(items);
  }

  /**
   * What is asked for of a list that does not change its order.
   *
   * @param most the largest page; also its size where nobody says otherwise
   * @throws AwsError if the page is too large, or its token is none
   */
  static <T> Page<T> of(List<T> all, JsonNode asked, String sizeName, String tokenName, int most) {
    var wanted = Json.number(asked, sizeName);
    if (wanted.isPresent() && (wanted.getAsInt() < 1 || wanted.getAsInt() > most)) {
      throw AwsError.invalid(
          "%s must be between 1 and %d: %d".formatted(sizeName, most, wanted.getAsInt()));
    }
    return of(all, wanted, asked.path(tokenName).asText(), most);
  }

  private static <T> Page<T> of(List<T> all, OptionalInt wanted, String token, int most) {
    int from = 0;
    if (!token.isEmpty()) {
      if (!token.matches("from-[0-9]{1,9}")) {
        throw AwsError.invalid("Invalid token.");
      }
      from = Math.min(Integer.parseInt(token.substring(5)), all.size());
    }
    int to = Math.min(all.size(), from + wanted.orElse(most));
    return new Page<>(
        all.subList(from, to), to < all.size() ? Optional.of("from-" + to) : Optional.empty());
  }
}
