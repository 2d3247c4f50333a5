package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.OptionalInt;

/** How AWS writes what it says, and reads what it is asked. */
final class Json {
  /** Times are numbers without an exponent. */
  static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private Json() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /** Seconds since 1970, with thousandths. */
  static BigDecimal time(Instant at) {
    return BigDecimal.valueOf(at.toEpochMilli(), 3);
  }

  /**
   * A name and a value that must be there.
   *
   * @throws AwsError if it is not
   */
  static String text(JsonNode asked, String name) {
    var text = asked.path(name).asText();
    if (!asked.path(name).isTextual() || text.isEmpty()) {
      throw AwsError.invalid(name + " can not be blank.");
    }
    return text;
  }

  static OptionalInt number(JsonNode asked, String name) {
    return asked.path(name).isInt()
        ? OptionalInt.of(asked.path(name).asInt())
        : OptionalInt.empty();
  }

  /** Tags after others were added, those of the same key replaced. */
  static ArrayNode tagged(JsonNode tags, JsonNode more, String key) {
    var merged = array();
    tags.forEach(
        tag -> {
          boolean replaced = false;
          for (var other : more) {
            replaced |= other.path(key).equals(tag.path(key));
          }
          if (!replaced) {
            merged.add(tag);
          }
        });
    more.forEach(merged::add);
    return merged;
  }

  /** Tags after some were taken away. */
  static ArrayNode untagged(JsonNode tags, JsonNode keys, String key) {
    var left = array();
    tags.forEach(
        tag -> {
          boolean goes = false;
          for (var gone : keys) {
            goes |= gone.equals(tag.path(key));
          }
          if (!goes) {
            left.add(tag);
          }
        });
    return left;
  }
}
