package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.RegistryLogins;
import io.virtualnodes.backend.fargate.FargateInventory.Known;
import io.virtualnodes.backend.fargate.TaskLaunches.Prepared;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes at AWS what a task needs before it can be run: secrets and a definition. */
record TaskPreparation(FargateRequests requests, DefinitionStore definitions, SecretStore secrets) {

  /**
   * For the first task of a group.
   *
   * @param logins to the registries of its images
   * @throws Unavailable if the turn of something has not come, or a login cannot be read
   */
  Prepared of(ContainerGroup group, RegistryLogins logins) {
    var hidden = GroupSecrets.of(group, loginsOf(group, logins));
    var arns = secrets.ensure(hidden.texts());
    var asked = requests.of(group, hidden, arns);
    return new Prepared(definitions.ensure(asked.definition()), asked.overrides(), arns);
  }

  /** The first that may fit, for each container: ECS takes one. */
  private static Map<String, RegistryLogin> loginsOf(ContainerGroup group, RegistryLogins logins) {
    var byContainer = new LinkedHashMap<String, RegistryLogin>();
    try {
      for (ContainerSpec container : group.containers()) {
        logins.of(group.id(), group.owner(), container.image()).stream()
            .findFirst()
            .ifPresent(login -> byContainer.put(container.name(), login));
      }
    } catch (RegistryLogins.Unreadable e) {
      throw new Unavailable(e.getMessage(), e);
    }
    return byContainer;
  }

  /**
   * For another task after one that ended: as that was.
   *
   * @throws Unavailable if the turn of something has not come
   */
  Prepared again(Known group) {
    var arns = secrets(group);
    return new Prepared(
        definitions.referringTo(arns, group.task().taskDefinitionArn()),
        FargateRequests.again(group.task().overrides()),
        List.copyOf(arns.values()));
  }

  /**
   * ARNs of a group's secrets, by those that its task referred to. They are looked at where that
   * could not be started for them: a login is one too, which an image is fetched by.
   */
  private Map<String, String> secrets(Known group) {
    var before = group.shape().secrets();
    boolean suspect =
        group
            .reading()
            .failedToStart()
            .map(Waiting::reason)
            .filter(Set.of(Waiting.CONFIG_ERROR, Waiting.PULL_FAILED)::contains)
            .isPresent();
    var same = new LinkedHashMap<String, String>();
    before.forEach(arn -> same.put(arn, arn));
    return suspect ? secrets.putRight(before) : same;
  }
}
