package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.models.ContainerGroupIdentity;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupIdentityUserAssignedIdentities;
import com.azure.resourcemanager.containerinstance.models.ImageRegistryCredential;
import com.azure.resourcemanager.containerinstance.models.ResourceIdentityType;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.RegistryLogin;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * As whom a group acts and as whom its images are fetched, in Azure's words.
 *
 * @param credentials one for each registry; a pod's own login comes before the pool's identity
 * @param identity empty if it has none
 */
record AciAccess(
    List<ImageRegistryCredential> credentials, Optional<ContainerGroupIdentity> identity) {

  /**
   * @param group whose identity is one of these, if it wants one
   * @param logins of its pod; of several for one server the first counts, since Azure takes one
   */
  static AciAccess of(ContainerGroup group, AciIdentities identities, List<RegistryLogin> logins) {
    var byServer = new LinkedHashMap<String, ImageRegistryCredential>();
    for (var login : logins) {
      var server = server(login.server());
      byServer.putIfAbsent(
          server,
          new ImageRegistryCredential()
              .withServer(server)
              .withUsername(login.username())
              .withPassword(login.password()));
    }
    var ids = new LinkedHashSet<String>();
    group
        .wishes()
        .identity()
        .flatMap(name -> identities.resourceId(name, group.owner().namespace()))
        .ifPresent(ids::add);
    identities.registries().stream()
        .filter(registry -> !byServer.containsKey(registry.server()))
        .filter(
            registry ->
                group.containers().stream().map(ContainerSpec::image).anyMatch(registry::has))
        .forEach(
            registry -> {
              ids.add(registry.resourceId());
              byServer.put(
                  registry.server(),
                  new ImageRegistryCredential()
                      .withServer(registry.server())
                      .withIdentity(registry.resourceId()));
            });
    return new AciAccess(List.copyOf(byServer.values()), identity(ids));
  }

  private static Optional<ContainerGroupIdentity> identity(SequencedSet<String> ids) {
    return ids.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ContainerGroupIdentity()
                .withType(ResourceIdentityType.USER_ASSIGNED)
                .withUserAssignedIdentities(
                    ids.stream()
                        .collect(
                            Collectors.toMap(
                                Function.identity(),
                                _ -> new ContainerGroupIdentityUserAssignedIdentities(),
                                (one, _) -> one,
                                LinkedHashMap::new))));
  }

  /** Azure knows Docker Hub by the name that its own login has. */
  private static String server(String server) {
    return server.equals("docker.io") ? "index.docker.io" : server;
  }
}
