package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;

/** What ECS takes as tags. */
final class Tags {
  private static final int MOST = 50;
  private static final int LONGEST_KEY = 128;
  private static final int LONGEST_VALUE = 256;

  private Tags() {}

  static void check(JsonNode tags) {
    if (tags.size() > MOST) {
      throw AwsError.invalid("Tags can not be more than " + MOST + ".");
    }
    for (var tag : tags) {
      var key = tag.path("key").asText();
      if (key.isEmpty() || key.length() > LONGEST_KEY) {
        throw AwsError.invalid("Tag keys must have between 1 and 128 characters: '" + key + "'");
      }
      if (key.toLowerCase(java.util.Locale.ROOT).startsWith("aws:")) {
        throw AwsError.invalid("Tag keys must not begin with aws: '" + key + "'");
      }
      if (tag.path("value").asText().length() > LONGEST_VALUE) {
        throw AwsError.invalid("Tag values must not have more than 256 characters: '" + key + "'");
      }
    }
  }
}
