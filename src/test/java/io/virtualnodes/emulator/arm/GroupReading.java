package io.virtualnodes.emulator.arm;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a request for a group asks to be run. */
final class GroupReading {
  private static final long BYTES_PER_GB = 1_000_000_000;

  private GroupReading() {}

  /**
   * @param pool under which the containers are run
   * @param restarts whether a group that says never is restarted all the same
   */
  static ContainerGroup read(
      JsonNode group, String pool, GroupId id, Duration grace, boolean restarts) {
    var properties = group.path("properties");
    var builder = new GroupBuilder(pool).id(id).grace(grace).restarts(policy(properties, restarts));
    var readOnly = new HashSet<String>();
    for (var volume : properties.path("volumes")) {
      builder.volume(volume(volume));
      if (volume.at("/azureFile/readOnly").asBoolean()) {
        readOnly.add(volume.path("name").asText());
      }
    }
    var servers = texts(properties.at("/dnsConfig/nameServers"));
    if (!servers.isEmpty()) {
      builder.resolver(
          new ContainerGroup.Resolver(
              servers,
              words(properties.at("/dnsConfig/searchDomains").asText()),
              words(properties.at("/dnsConfig/options").asText())));
    }
    for (var container : properties.path("initContainers")) {
      add(builder.part(Part.INIT), container, readOnly);
    }
    for (var container : properties.path("containers")) {
      add(builder.part(Part.MAIN), container, readOnly);
    }
    return builder.build();
  }

  private static RestartPolicy policy(JsonNode properties, boolean restarts) {
    return switch (properties.path("restartPolicy").asText("Always")) {
      case "Never" -> restarts ? RestartPolicy.ON_FAILURE : RestartPolicy.NEVER;
      case "OnFailure" -> RestartPolicy.ON_FAILURE;
      default -> RestartPolicy.ALWAYS;
    };
  }

  private static void add(GroupBuilder builder, JsonNode container, Set<String> readOnly) {
    var properties = container.path("properties");
    builder.image(properties.path("image").asText(), PullPolicy.IF_NOT_PRESENT);
    for (var variable : properties.path("environmentVariables")) {
      builder.environment(
          variable.path("name").asText(),
          variable.path("secureValue").asText(variable.path("value").asText()));
    }
    for (var mount : properties.path("volumeMounts")) {
      var volume = mount.path("name").asText();
      builder.mount(
          volume,
          mount.path("mountPath").asText(),
          mount.path("readOnly").asBoolean() || readOnly.contains(volume));
    }
    builder.resources(
        resources(properties.at("/resources/requests")),
        resources(properties.at("/resources/limits")));
    var liveness = properties.path("livenessProbe");
    if (!liveness.isMissingNode() && !liveness.isNull()) {
      builder.care(
          new Care(
              Optional.empty(),
              Optional.of(probe(liveness)),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty()));
    }
    builder.container(
        container.path("name").asText(), texts(properties.path("command")), List.of());
  }

  private static Resources resources(JsonNode amounts) {
    return new Resources(
        Math.round(amounts.path("cpu").asDouble() * 1000),
        Math.round(amounts.path("memoryInGB").asDouble() * BYTES_PER_GB));
  }

  private static Probe probe(JsonNode probe) {
    var http = probe.path("httpGet");
    Action action =
        http.isObject()
            ? new Action.HttpGet(
                http.path("scheme").asText("http").equalsIgnoreCase("https")
                    ? Action.Scheme.HTTPS
                    : Action.Scheme.HTTP,
                Optional.empty(),
                http.path("port").asInt(),
                http.path("path").asText("/"),
                List.of())
            : new Action.Exec(texts(probe.at("/exec/command")));
    return new Probe(
        action,
        Duration.ofSeconds(probe.path("initialDelaySeconds").asInt(0)),
        Duration.ofSeconds(probe.path("periodSeconds").asInt(10)),
        Duration.ofSeconds(probe.path("timeoutSeconds").asInt(1)),
        probe.path("successThreshold").asInt(1),
        probe.path("failureThreshold").asInt(3),
        Optional.empty());
  }

  private static Volume volume(JsonNode volume) {
    var name = volume.path("name").asText();
    var share = volume.path("azureFile");
    if (share.isObject()) {
      return new Volume.Claimed(name, share(share));
    }
    if (!volume.path("secret").isObject()) {
      return new Volume.Scratch(name, Volume.Medium.DISK, 0);
    }
    var files = new ArrayList<File>();
    volume
        .path("secret")
        .properties()
        .forEach(
            file ->
                files.add(
                    new File(
                        file.getKey(),
                        Base64.getDecoder().decode(file.getValue().asText()),
                        0644)));
    return new Volume.Files(name, files);
  }

  /** What keeps the content of a share of Azure Files, which outlives groups. */
  private static String share(JsonNode share) {
    return ArmEmulator.share(
        share.path("storageAccountName").asText(), share.path("shareName").asText());
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(" ")).filter(word -> !word.isEmpty()).toList();
  }
}
