package io.virtualnodes.backend.fargate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;

/**
 * A request's content as JSON, always the same for the same content: by it a task definition is
 * known again, and by its length it is known whether overrides fit. The library's own text may
 * change with its version, and its lists are in the order of its own code.
 */
final class ContentText {
  private ContentText() {}

  static JsonNode of(SdkPojo content) {
    var sorted = new TreeMap<String, JsonNode>();
    for (var field : content.sdkFields()) {
      var value = value(content, field);
      if (value != null) {
        sorted.put(field.locationName(), json(value));
      }
    }
    var object = JsonNodeFactory.instance.objectNode();
    object.setAll(sorted);
    return object;
  }

  private static Object value(SdkPojo content, SdkField<?> field) {
    var value = field.getValueOrDefault(content);
    return value instanceof SdkAutoConstructList || value instanceof SdkAutoConstructMap
        ? null
        : value;
  }

  private static JsonNode json(Object value) {
    return switch (value) {
      case SdkPojo object -> of(object);
      case List<?> list -> {
        var array = JsonNodeFactory.instance.arrayNode();
        list.forEach(item -> array.add(json(item)));
        yield array;
      }
      case Map<?, ?> map -> {
        var sorted = new TreeMap<String, JsonNode>();
        map.forEach((key, item) -> sorted.put(String.valueOf(key), json(item)));
        var object = JsonNodeFactory.instance.objectNode();
        object.setAll(sorted);
        yield object;
      }
      case Boolean flag -> JsonNodeFactory.instance.booleanNode(flag);
      case Integer number -> JsonNodeFactory.instance.numberNode(number);
      default -> JsonNodeFactory.instance.textNode(value.toString());
    };
  }
}
