package io.virtualnodes.backend.fargate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.RegistryLogin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What of a group must not be read in its task: values of variables that a Secret is part of, all
 * files of its volumes, and logins to registries. It is kept by Secrets Manager, and the task
 * refers to it.
 *
 * @param texts each the content of one secret, in a fixed order
 * @param variables where a container's variable is, by {@code container/variable}
 * @param files where the pieces of the archive of all volumes are, in their order; empty if there
 *     are none to fill
 * @param logins which text is the login for a container's image, by the container
 */
record GroupSecrets(
    List<String> texts,
    Map<String, Place> variables,
    List<Place> files,
    Map<String, Integer> logins) {
  /** A secret holds 65,536 bytes; the rest is for keys and what JSON adds. */
  static final int MOST_BYTES = 60_000;

  /** Of one piece, so that two fit into a secret and each fits into a variable. */
  private static final int PIECE = 29_900;

  /** The most pieces: more would not fit into a task definition beside all else. */
  static final int MOST_PIECES = 60;

  GroupSecrets {
    texts = List.copyOf(texts);
    variables = Map.copyOf(variables);
    files = List.copyOf(files);
    logins = Map.copyOf(logins);
  }

  /** A key of a text, which is JSON. */
  record Place(int text, String key) {}

  /**
   * As a task definition refers to it: the version by its id, so that nobody changes what it says.
   *
   * @param arns of the texts' secrets
   */
  String reference(Place place, List<String> arns) {
    return "%s:%s::%s"
        .formatted(
            arns.get(place.text()), place.key(), FargateNames.version(texts.get(place.text())));
  }

  /**
   * @param logins by container; those without one are left out
   */
  static GroupSecrets of(ContainerGroup group, Map<String, RegistryLogin> logins) {
    var packing = new Packing();
    var variables = new LinkedHashMap<String, Place>();
    for (var container : group.containers()) {
      container
          .environment()
          .forEach(
              (name, value) -> {
                if (value instanceof EnvironmentValue.Secret(var text)) {
                  variables.put(key(container.name(), name), packing.add(text));
                }
              });
    }
    var files = archive(group).map(packing::addPieces).orElse(List.of());
    var texts = new ArrayList<>(packing.texts());
    var places = new LinkedHashMap<String, Integer>();
    logins.forEach(
        (container, login) -> {
          var text = text(login);
          if (!texts.contains(text)) {
            texts.add(text);
          }
          places.put(container, texts.indexOf(text));
        });
    return new GroupSecrets(texts, variables, files, places);
  }

  /** Where a container's variable is. */
  Optional<Place> variable(String container, String name) {
    return Optional.ofNullable(variables.get(key(container, name)));
  }

  /** Present if there is anything that must be in the volumes, or be allowed there. */
  private static Optional<String> archive(ContainerGroup group) {
    return group.volumes().stream().anyMatch(GroupSecrets::isFilled)
        ? Optional.of(FileArchive.of(group.volumes(), group.surroundings().filesGroup()))
        : Optional.empty();
  }

  static boolean isFilled(Volume volume) {
    return switch (volume) {
      case Volume.Files _, Volume.Scratch _ -> true;
      case Volume.Claimed _, Volume.AzureFile _, Volume.ElasticFileSystem _ -> false;
    };
  }

  private static String key(String container, String variable) {
    return container + "/" + variable;
  }

  /** In the form that a task definition's {@code repositoryCredentials} ask for. */
  private static String text(RegistryLogin login) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("username", login.username())
        .put("password", login.password())
        .toString();
  }

  /** Names what is there and leaves out what it says. */
  @Override
  public String toString() {
    return "GroupSecrets[" + texts.size() + " hidden]";
  }

  /** Fills one text after the other. */
  private static final class Packing {
    private final List<ObjectNode> full = new ArrayList<>();
    private ObjectNode open = JsonNodeFactory.instance.objectNode();
    private int bytes;

    Place add(String value) {
      int size = written(value);
      if (!open.isEmpty() && bytes + size > MOST_BYTES) {
        full.add(open);
        open = JsonNodeFactory.instance.objectNode();
        bytes = 0;
      }
      var key = "k" + open.size();
      open.put(key, value);
      bytes += size;
      return new Place(full.size(), key);
    }

    List<Place> addPieces(String text) {
      var places = new ArrayList<Place>();
      for (int from = 0; from < text.length(); from += PIECE) {
        places.add(add(text.substring(from, Math.min(text.length(), from + PIECE))));
      }
      return places;
    }

    List<String> texts() {
      var all = new ArrayList<>(full);
      if (!open.isEmpty()) {
        all.add(open);
      }
      return all.stream().map(ObjectNode::toString).toList();
    }
  }

  /** How many bytes a value takes in JSON, with its key. */
  static int written(String value) {
    return JsonNodeFactory.instance
            .textNode(value)
            .toString()
            .getBytes(StandardCharsets.UTF_8)
            .length
        + 10;
  }
}
