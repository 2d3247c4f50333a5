package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Security.Confinement;
import io.virtualnodes.backend.supervisor.NonRootRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How an engine is told as whom a container runs and what it may do: nothing but values. */
final class SecurityRequests {
  // As the client can name them to the engine.
  private static final Set<String> CAPABILITIES =
      Stream.of(Capability.values()).map(Capability::name).collect(Collectors.toSet());

  private SecurityRequests() {}

  /** Every reason why an engine cannot give a container of a group what it asks for. */
  static List<String> refusals(ContainerSpec container) {
    return refusals(container, container.part() == Part.MAIN ? "containers" : "initContainers");
  }

  /** Likewise of one that joins a group. */
  static List<String> refusalsOfGuest(ContainerSpec container) {
    return refusals(container, "ephemeralContainers");
  }

  private static List<String> refusals(ContainerSpec container, String list) {
    var reasons = new ArrayList<String>();
    var security = container.security();
    if (!security.imageGroups() && (security.user().isEmpty() || security.group().isEmpty())) {
      reasons.add(
          "spec.securityContext.supplementalGroupsPolicy: the engine adds the groups that the image of container %s gives its user, unless user and group are both named; set runAsUser and runAsGroup"
              .formatted(container.name()));
    }
    var context = "spec.%s[%s].securityContext.capabilities.".formatted(list, container.name());
    unknown(context + "add", security.addedCapabilities(), reasons);
    unknown(context + "drop", security.droppedCapabilities(), reasons);
    return reasons;
  }

  private static void unknown(String path, List<String> names, List<String> reasons) {
    names.stream()
        .filter(name -> !CAPABILITIES.contains(name))
        .forEach(
            name ->
                reasons.add("%s: there is no capability %s; leave it out".formatted(path, name)));
  }

  /**
   * As whom a container is to run; empty leaves it to the image.
   *
   * @param imageUser the user that the image names, where {@link Security#dependsOnImage}
   */
  static Optional<String> user(Security security, String imageUser) {
    if (security.user().isEmpty() && security.group().isEmpty()) {
      return Optional.empty();
    }
    // The engine takes no group without a user.
    var user = security.user().map(String::valueOf).orElseGet(() -> NonRootRule.user(imageUser));
    return Optional.of(user + security.group().map(group -> ":" + group).orElse(""));
  }

  static void secure(HostConfig host, Security security) {
    host.withGroupAdd(security.furtherGroups().stream().map(String::valueOf).toList())
        .withReadonlyRootfs(security.readOnlyRoot())
        .withCapAdd(capabilities(security.addedCapabilities()))
        .withCapDrop(capabilities(security.droppedCapabilities()));
    var options = new ArrayList<String>();
    if (!security.mayGainPrivileges()) {
      options.add("no-new-privileges");
    }
    if (security.seccomp() == Confinement.NONE) {
      options.add("seccomp=unconfined");
    }
    if (security.appArmor() == Confinement.NONE) {
      options.add("apparmor=unconfined");
    }
    host.withSecurityOpts(options);
  }

  private static Capability[] capabilities(List<String> names) {
    return names.stream().map(Capability::valueOf).toArray(Capability[]::new);
  }
}
