package io.virtualnodes.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * From when to when a token of a service account is meant to be used, by its own account.
 *
 * @param issued when it was made
 * @param expires when it should have been renewed at the latest: a token may work for longer, where
 *     the API server extends it for programs that never read it again
 */
record TokenLife(Instant issued, Instant expires) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  // Both are the kubelet's: pkg/kubelet/token/token_manager.go, requiresRefresh.
  private static final Duration OLDEST = Duration.ofHours(24);
  private static final int USED_PERCENT = 80;

  /**
   * Reads it from the token, whose signature is for others to check.
   *
   * @return empty if it is no token of the kind that the API server makes
   */
  static Optional<TokenLife> of(String token) {
    var parts = token.split("\\.");
    if (parts.length != 3) {
      return Optional.empty();
    }
    try {
      var claims = MAPPER.readTree(Base64.getUrlDecoder().decode(parts[1]));
      var warned = time(claims.path("kubernetes.io").path("warnafter"));
      return time(claims.path("iat"))
          .flatMap(
              issued ->
                  warned
                      .or(() -> time(claims.path("exp")))
                      .map(expires -> new TokenLife(issued, expires)));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("bytes in memory can be read", e);
    }
  }

  private static Optional<Instant> time(JsonNode seconds) {
    return seconds.isNumber()
        ? Optional.of(Instant.ofEpochSecond(seconds.asLong()))
        : Optional.empty();
  }

  /** After most of its life, or after a day. */
  Instant renewAt() {
    var mostOfIt =
        issued.plus(Duration.between(issued, expires).multipliedBy(USED_PERCENT).dividedBy(100));
    var oldest = issued.plus(OLDEST);
    return oldest.isBefore(mostOfIt) ? oldest : mostOfIt;
  }
}
