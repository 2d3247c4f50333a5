package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.emulator.ecs.Containers.Login;
import io.virtualnodes.emulator.ecs.Containers.TaskVolume;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** What Fargate gets ready before it starts containers: secrets and logs. */
final class Initialisation {
  private final Secrets secrets;
  private final LogGroups logs;

  Initialisation(Secrets secrets, LogGroups logs) {
    this.secrets = secrets;
    this.logs = logs;
  }

  /**
   * The volumes that containers share. Of a file system of EFS each folder and each access point is
   * one by itself.
   */
  List<TaskVolume> volumes(Task task) {
    return StreamSupport.stream(task.definition.body().path("volumes").spliterator(), false)
        .map(
            volume ->
                new TaskVolume(
                    volume.path("name").asText(), shared(volume.path("efsVolumeConfiguration"))))
        .toList();
  }

  private static Optional<String> shared(JsonNode efs) {
    if (!efs.isObject()) {
      return Optional.empty();
    }
    var seen =
        efs.path("rootDirectory").asText("/")
            + efs.at("/authorizationConfig/accessPointId").asText();
    return Optional.of(
        efs.path("fileSystemId").asText() + "-" + Integer.toHexString(seen.hashCode()));
  }

  /**
   * Gets all of a task ready.
   *
   * @return why that is impossible
   */
  Optional<String> initialise(Task task) {
    try {
      for (var container : task.containers) {
        if (!task.definition
            .body()
            .at("/containerDefinitions/" + container.place + "/environmentFiles")
            .isEmpty()) {
          return Optional.of(
              "ResourceInitializationError: failed to download env files: this emulator has no S3");
        }
        container.environment = environment(container.plan);
        container.login = container.plan.registryLogin().map(this::login);
      }
    } catch (AwsError e) {
      return Optional.of(
          "ResourceInitializationError: unable to pull secrets or registry auth: execution resource"
              + " retrieval failed: unable to retrieve secret from asm: service call has been"
              + " retried 1 time(s): "
              + e.type()
              + ": "
              + e.getMessage());
    }
    return openLogs(task);
  }

  private Map<String, String> environment(ContainerPlan plan) {
    var environment = new LinkedHashMap<>(plan.environment());
    plan.secrets().forEach((name, from) -> environment.put(name, secrets.value(from)));
    return environment;
  }

  private Optional<String> openLogs(Task task) {
    for (var container : task.containers) {
      var plan = container.plan.log();
      if (plan.isPresent() && !logs.exists(plan.get().group())) {
        if (!plan.get().createsGroup()) {
          return Optional.of(
              "ResourceInitializationError: failed to validate logger args: create stream has been"
                  + " retried 1 times: failed to create Cloudwatch log stream:"
                  + " ResourceNotFoundException: The specified log group does not exist. : exit"
                  + " status 1");
        }
        logs.make(plan.get().group());
      }
    }
    return Optional.empty();
  }

  private Login login(String secret) {
    try {
      var login = Json.MAPPER.readTree(secrets.value(secret));
      return new Login(Json.text(login, "username"), Json.text(login, "password"));
    } catch (JsonProcessingException _) {
      // Its own message would show a part of the secret.
      throw AwsError.invalid("the secret of repositoryCredentials is not JSON: " + secret);
    }
  }
}
