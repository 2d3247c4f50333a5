package io.virtualnodes.plugin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Manifests as trees, and trees as objects of Kubernetes; what is wrong is told in one line. */
final class Yaml {
  private static final ObjectMapper MAPPER = new ObjectMapper(new YAMLFactory());

  /**
   * Of objects whose types are said. The usual one also looks for all types that there are, which
   * takes longer than all else that a command does.
   */
  static final KubernetesSerialization KUBERNETES =
      new KubernetesSerialization(new ObjectMapper(), false);

  private Yaml() {}

  /**
   * Each document that is not empty.
   *
   * @param file whose name errors begin with
   * @throws BadInput if it is no YAML, or no manifest
   */
  static List<JsonNode> documents(String file, String text) {
    try (var values = MAPPER.readerFor(JsonNode.class).<JsonNode>readValues(text)) {
      var documents = new ArrayList<JsonNode>();
      while (values.hasNextValue()) {
        var document = values.nextValue();
        if (document != null && document.isObject()) {
          documents.add(document);
        } else if (document != null && !document.isNull() && !document.isMissingNode()) {
          throw new BadInput(file + ": is no manifest");
        }
      }
      return documents;
    } catch (JsonProcessingException e) {
      throw new BadInput(file + ": " + oneLine(e), e);
    } catch (IOException e) {
      throw new BadInput(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * @param at where the tree stands, with which errors begin
   * @throws BadInput if it is of another shape, with the path of what does not fit
   */
  static <T> T object(JsonNode tree, Class<T> type, String at) {
    try {
      return KUBERNETES.convertValue(tree, type);
    } catch (IllegalArgumentException e) {
      if (e.getCause() instanceof JsonMappingException mismatch) {
        throw new BadInput(at + path(mismatch) + ": " + oneLine(mismatch), e);
      }
      throw e;
    }
  }

  private static String path(JsonMappingException e) {
    var path = new StringBuilder();
    for (var step : e.getPath()) {
      path.append(
          step.getFieldName() == null
              ? "[" + step.getIndex() + "]"
              : (path.isEmpty() ? "" : ".") + step.getFieldName());
    }
    return path.toString();
  }

  private static String oneLine(JsonProcessingException e) {
    var location = e.getLocation();
    var said = e.getOriginalMessage().lines().findFirst().orElse("is no YAML");
    return location == null || location.getLineNr() < 1
        ? said
        : "line " + location.getLineNr() + ": " + said;
  }
}
