package io.virtualnodes.emulator.arm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What Azure refuses at once of a request for a group, each with the code that it is known for. */
final class GroupRules {
  private static final Pattern CONTAINER = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern VOLUME = Pattern.compile("[a-z0-9](-?[a-z0-9]){4,62}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z0-9_]{1,63}");
  private static final int MOST_CONTAINERS = 60;
  private static final int MOST_VOLUMES = 20;
  private static final double MOST_CORES = 31;
  private static final double MOST_GB = 240;
  private static final double MOST_CONFIDENTIAL_GB = 180;

  private GroupRules() {}

  static void check(String name, JsonNode group) {
    var properties = group.path("properties");
    if (!CONTAINER.matcher(name).matches()) {
      throw ArmError.invalid(
          "InvalidContainerGroupName", "The container group name '%s' is invalid.".formatted(name));
    }
    if (group.path("location").asText().isEmpty()) {
      throw ArmError.invalid("LocationRequired", "The location property is required.");
    }
    var containers = all(properties);
    if (properties.path("containers").isEmpty() || containers.size() > MOST_CONTAINERS) {
      throw ArmError.invalid(
          "InvalidContainerCount", "A container group has between 1 and 60 containers.");
    }
    containers.forEach(GroupRules::checkContainer);
    checkVolumes(properties, containers);
    checkResources(name, properties);
    PlaceRules.check(group);
  }

  static double cores(JsonNode properties) {
    double cores = 0;
    for (var container : properties.path("containers")) {
      cores += container.at("/properties/resources/requests/cpu").asDouble();
    }
    return cores;
  }

  private static List<JsonNode> all(JsonNode properties) {
    var all = new ArrayList<JsonNode>();
    properties.path("initContainers").forEach(all::add);
    properties.path("containers").forEach(all::add);
    return all;
  }

  private static void checkContainer(JsonNode container) {
    var name = container.path("name").asText();
    if (!CONTAINER.matcher(name).matches()) {
      throw ArmError.invalid(
          "InvalidContainerName", "The container name '%s' is invalid.".formatted(name));
    }
    var image = container.at("/properties/image").asText();
    if (image.startsWith("inaccessible/")) {
      throw ArmError.invalid(
          "InaccessibleImage",
          "The image '%s' in container group is not accessible. Please check the image and registry credential."
              .formatted(image));
    }
    for (var variable : container.at("/properties/environmentVariables")) {
      if (!VARIABLE.matcher(variable.path("name").asText()).matches()) {
        throw ArmError.invalid(
            "InvalidEnvironmentVariableName",
            "The environment variable name in container '%s' is invalid.".formatted(name));
      }
    }
  }

  private static void checkVolumes(JsonNode properties, List<JsonNode> containers) {
    var names = new ArrayList<String>();
    for (var volume : properties.path("volumes")) {
      var name = volume.path("name").asText();
      if (!VOLUME.matcher(name).matches()) {
        throw ArmError.invalid(
            "InvalidVolumeName", "The volume name '%s' is invalid.".formatted(name));
      }
      if (volume.path("secret").isObject() && volume.path("secret").isEmpty()) {
        throw ArmError.invalid(
            "InvalidSecretVolume", "The secret volume '%s' has no secrets.".formatted(name));
      }
      PlaceRules.checkShare(volume);
      names.add(name);
    }
    if (names.size() > MOST_VOLUMES) {
      throw ArmError.invalid("TooManyVolumes", "A container group has at most 20 volumes.");
    }
    for (var container : containers) {
      for (var mount : container.at("/properties/volumeMounts")) {
        if (!names.contains(mount.path("name").asText())
            || mount.path("mountPath").asText().contains(":")) {
          throw ArmError.invalid(
              "InvalidVolumeMount",
              "The volume mount '%s' in container '%s' is invalid."
                  .formatted(mount.path("name").asText(), container.path("name").asText()));
        }
      }
    }
  }

  private static void checkResources(String group, JsonNode properties) {
    double cores = cores(properties);
    double gigabytes = 0;
    for (var container : properties.path("containers")) {
      var requests = container.at("/properties/resources/requests");
      if (!requests.path("cpu").isNumber() || !requests.path("memoryInGB").isNumber()) {
        throw ArmError.invalid(
            "ResourceRequestsNotSpecified",
            "The resource requests of container '%s' are not specified."
                .formatted(container.path("name").asText()));
      }
      gigabytes += requests.path("memoryInGB").asDouble();
    }
    double most =
        properties.path("sku").asText().equals("Confidential") ? MOST_CONFIDENTIAL_GB : MOST_GB;
    if (cores < 0.999 || gigabytes < 0.999 || cores > MOST_CORES || gigabytes > most) {
      throw ArmError.invalid(
          "ResourceRequestOutOfRange",
          "The requested resource of container group '%s' is out of range.".formatted(group));
    }
    for (var container : properties.path("containers")) {
      var limits = container.at("/properties/resources/limits");
      var requests = container.at("/properties/resources/requests");
      // A little more: sums of doubles are not exact.
      if (limits.path("cpu").asDouble() > cores + 0.001
          || limits.path("memoryInGB").asDouble() > gigabytes + 0.001) {
        throw ArmError.invalid(
            "ContainerLimitGreaterThanContainerGroupTotalRequest",
            "The limit of container '%s' is greater than the total request of container group '%s'."
                .formatted(container.path("name").asText(), group));
      }
      if (limits.has("cpu") && limits.path("cpu").asDouble() < requests.path("cpu").asDouble()) {
        throw ArmError.invalid(
            "ContainerLimitLessThanRequest",
            "The limit of container '%s' is less than its request."
                .formatted(container.path("name").asText()));
      }
    }
  }
}
