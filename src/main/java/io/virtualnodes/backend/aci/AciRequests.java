package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import com.azure.resourcemanager.containerinstance.models.AzureFileVolume;
import com.azure.resourcemanager.containerinstance.models.ConfidentialComputeProperties;
import com.azure.resourcemanager.containerinstance.models.Container;
import com.azure.resourcemanager.containerinstance.models.ContainerExec;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupDiagnostics;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupPriority;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupRestartPolicy;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupSku;
import com.azure.resourcemanager.containerinstance.models.ContainerGroupSubnetId;
import com.azure.resourcemanager.containerinstance.models.ContainerHttpGet;
import com.azure.resourcemanager.containerinstance.models.ContainerProbe;
import com.azure.resourcemanager.containerinstance.models.DnsConfiguration;
import com.azure.resourcemanager.containerinstance.models.EnvironmentVariable;
import com.azure.resourcemanager.containerinstance.models.HttpHeader;
import com.azure.resourcemanager.containerinstance.models.InitContainerDefinition;
import com.azure.resourcemanager.containerinstance.models.LogAnalytics;
import com.azure.resourcemanager.containerinstance.models.LogAnalyticsLogType;
import com.azure.resourcemanager.containerinstance.models.OperatingSystemTypes;
import com.azure.resourcemanager.containerinstance.models.ResourceLimits;
import com.azure.resourcemanager.containerinstance.models.ResourceRequests;
import com.azure.resourcemanager.containerinstance.models.ResourceRequirements;
import com.azure.resourcemanager.containerinstance.models.Scheme;
import com.azure.resourcemanager.containerinstance.models.SecurityContextCapabilitiesDefinition;
import com.azure.resourcemanager.containerinstance.models.SecurityContextDefinition;
import com.azure.resourcemanager.containerinstance.models.Volume;
import com.azure.resourcemanager.containerinstance.models.VolumeMount;
import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.Resolver;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A group in Azure's words. Only for groups of which nothing is refused by {@link AciRefusals}.
 *
 * <p>What a Secret says goes into values that Azure's API does not show again: variables as secure
 * values, files as secret volumes, keys as the keys of what they open.
 */
final class AciRequests {
  private final AciPlace place;
  private final AciNames names;

  AciRequests(AciPlace place) {
    this.place = place;
    this.names = new AciNames(place.pool(), place.poolUid());
  }

  AciNames names() {
    return names;
  }

  /**
   * What is known of a group only when it is asked for.
   *
   * @param seat where it is to be
   * @param logins for its images; of several for one server the first counts, since Azure takes one
   * @param logKey of the workspace that its output goes to; empty if it goes nowhere
   * @param now what its creation is noted as
   */
  record Terms(AciSeat seat, List<RegistryLogin> logins, Optional<String> logKey, Instant now) {
    Terms {
      logins = List.copyOf(logins);
    }

    /** Says where and when, and no secret. */
    @Override
    public String toString() {
      return "Terms[%s, %s]".formatted(seat, now);
    }
  }

  ContainerGroupInner of(ContainerGroup group, Terms terms) {
    var sizes = AciSizes.of(group, place.unnamed());
    var volumes = volumeNames(group);
    var request =
        new ContainerGroupInner()
            .withLocation(place.location())
            .withTags(tags(group, terms.now()))
            .withOsType(OperatingSystemTypes.LINUX)
            .withPriority(
                place.priority() == AciPlace.Priority.SPOT
                    ? ContainerGroupPriority.SPOT
                    : ContainerGroupPriority.REGULAR)
            .withRestartPolicy(policy(group.restartPolicy()))
            .withContainers(
                only(group, Part.MAIN)
                    .map(container -> main(container, sizes.of(container), volumes))
                    .toList());
    var init = only(group, Part.INIT).map(container -> init(container, volumes)).toList();
    if (!init.isEmpty()) {
      request.withInitContainers(init);
    }
    if (!group.volumes().isEmpty()) {
      request.withVolumes(
          group.volumes().stream()
              .map(volume -> volume(volume, volumes.get(volume.name())))
              .toList());
    }
    var access = AciAccess.of(group, place.identities(), terms.logins());
    if (!access.credentials().isEmpty()) {
      request.withImageRegistryCredentials(access.credentials());
    }
    access.identity().ifPresent(request::withIdentity);
    seat(request, group, terms.seat());
    sku(request, group);
    place
        .logs()
        .flatMap(logs -> terms.logKey().map(key -> diagnostics(logs, key)))
        .ifPresent(request::withDiagnostics);
    return request;
  }

  private static void seat(ContainerGroupInner request, ContainerGroup group, AciSeat seat) {
    seat.zone().ifPresent(zone -> request.withZones(List.of(zone)));
    seat.subnetId()
        .ifPresent(
            subnet -> {
              request.withSubnetIds(List.of(new ContainerGroupSubnetId().withId(subnet)));
              group.resolver().flatMap(AciRequests::dns).ifPresent(request::withDnsConfig);
            });
  }

  private void sku(ContainerGroupInner request, ContainerGroup group) {
    switch (place.sku()) {
      case AciPlace.Sku.Standard _ -> request.withSku(ContainerGroupSku.STANDARD);
      case AciPlace.Sku.Confidential(var policy) ->
          request
              .withSku(ContainerGroupSku.CONFIDENTIAL)
              .withConfidentialComputeProperties(
                  new ConfidentialComputeProperties()
                      .withCcePolicy(group.wishes().policy().or(() -> policy).orElseThrow()));
    }
  }

  private static ContainerGroupDiagnostics diagnostics(AciLogTarget logs, String key) {
    return new ContainerGroupDiagnostics()
        .withLogAnalytics(
            new LogAnalytics()
                .withWorkspaceId(logs.workspaceId())
                .withWorkspaceKey(key)
                .withLogType(LogAnalyticsLogType.fromString(logs.logType())));
  }

  private static Stream<ContainerSpec> only(ContainerGroup group, Part part) {
    return group.containers().stream().filter(container -> container.part() == part);
  }

  private Map<String, String> tags(ContainerGroup group, Instant now) {
    var tags = new LinkedHashMap<>(place.tags());
    // Ours last: nobody's tag may make a group look like another's.
    tags.putAll(new AciTags(place.poolUid(), group.id(), group.owner(), now).toMap());
    group
        .containers()
        .forEach(
            container ->
                container
                    .care()
                    .readiness()
                    .ifPresent(probe -> tags.putAll(AciTags.readiness(container.name(), probe))));
    return tags;
  }

  private static ContainerGroupRestartPolicy policy(RestartPolicy policy) {
    return switch (policy) {
      case ALWAYS -> ContainerGroupRestartPolicy.ALWAYS;
      case ON_FAILURE -> ContainerGroupRestartPolicy.ON_FAILURE;
      case NEVER -> ContainerGroupRestartPolicy.NEVER;
    };
  }

  // ---- Containers

  private static Container main(
      ContainerSpec container, AciSizes.Size size, Map<String, String> volumes) {
    var main =
        new Container()
            .withName(container.name())
            .withImage(container.image())
            .withResources(resources(size));
    if (!container.command().isEmpty()) {
      main.withCommand(command(container));
    }
    if (!container.environment().isEmpty()) {
      main.withEnvironmentVariables(environment(container));
    }
    if (!container.mounts().isEmpty()) {
      main.withVolumeMounts(mounts(container, volumes));
    }
    security(container.security()).ifPresent(main::withSecurityContext);
    container.care().liveness().map(AciRequests::probe).ifPresent(main::withLivenessProbe);
    return main;
  }

  /** Init containers have the whole group's resources at Azure, and name none. */
  private static InitContainerDefinition init(
      ContainerSpec container, Map<String, String> volumes) {
    var init =
        new InitContainerDefinition().withName(container.name()).withImage(container.image());
    if (!container.command().isEmpty()) {
      init.withCommand(command(container));
    }
    if (!container.environment().isEmpty()) {
      init.withEnvironmentVariables(environment(container));
    }
    if (!container.mounts().isEmpty()) {
      init.withVolumeMounts(mounts(container, volumes));
    }
    security(container.security()).ifPresent(init::withSecurityContext);
    return init;
  }

  private static List<String> command(ContainerSpec container) {
    return Stream.concat(container.command().stream(), container.arguments().stream()).toList();
  }

  /** Empty values are values too, and are not left out. */
  private static List<EnvironmentVariable> environment(ContainerSpec container) {
    return container.environment().entrySet().stream()
        .map(
            entry -> {
              var variable = new EnvironmentVariable().withName(entry.getKey());
              return switch (entry.getValue()) {
                case EnvironmentValue.Plain(var text) -> variable.withValue(text);
                case EnvironmentValue.Secret(var text) -> variable.withSecureValue(text);
              };
            })
        .toList();
  }

  private static ResourceRequirements resources(AciSizes.Size size) {
    var resources =
        new ResourceRequirements()
            .withRequests(
                new ResourceRequests().withCpu(size.cores()).withMemoryInGB(size.gigabytes()));
    if (size.cpuLimit().isPresent() || size.memoryLimit().isPresent()) {
      resources.withLimits(
          new ResourceLimits()
              .withCpu(size.coresLimit().orElse(null))
              .withMemoryInGB(size.gigabytesLimit().orElse(null)));
    }
    return resources;
  }

  private static Optional<SecurityContextDefinition> security(Security security) {
    boolean usual =
        security.user().isEmpty()
            && security.group().isEmpty()
            && security.mayGainPrivileges()
            && security.addedCapabilities().isEmpty()
            && security.droppedCapabilities().isEmpty();
    if (usual) {
      return Optional.empty();
    }
    var context = new SecurityContextDefinition();
    security.user().map(Math::toIntExact).ifPresent(context::withRunAsUser);
    security.group().map(Math::toIntExact).ifPresent(context::withRunAsGroup);
    if (!security.mayGainPrivileges()) {
      context.withAllowPrivilegeEscalation(false);
    }
    if (!security.addedCapabilities().isEmpty() || !security.droppedCapabilities().isEmpty()) {
      context.withCapabilities(
          new SecurityContextCapabilitiesDefinition()
              .withAdd(security.addedCapabilities())
              .withDrop(security.droppedCapabilities()));
    }
    return Optional.of(context);
  }

  private static ContainerProbe probe(Probe probe) {
    var request =
        new ContainerProbe()
            .withInitialDelaySeconds(seconds(probe.initialDelay()))
            .withPeriodSeconds(seconds(probe.period()))
            .withTimeoutSeconds(seconds(probe.timeout()))
            .withSuccessThreshold(probe.successThreshold())
            .withFailureThreshold(probe.failureThreshold());
    return switch (probe.action()) {
      case Action.Exec(var command) -> request.withExec(new ContainerExec().withCommand(command));
      case Action.HttpGet(var scheme, _, var port, var path, var headers) ->
          request.withHttpGet(
              new ContainerHttpGet()
                  .withScheme(scheme == Action.Scheme.HTTPS ? Scheme.HTTPS : Scheme.HTTP)
                  .withPort(port)
                  .withPath(path)
                  .withHttpHeaders(
                      headers.stream()
                          .map(
                              header ->
                                  new HttpHeader()
                                      .withName(header.name())
                                      .withValue(header.value()))
                          .toList()));
      case Action.TcpSocket _, Action.Grpc _, Action.Sleep _ ->
          throw new IllegalArgumentException("refused before: " + probe);
    };
  }

  private static int seconds(Duration time) {
    return Math.toIntExact(time.toSeconds());
  }

  // ---- Around them

  private static Map<String, String> volumeNames(ContainerGroup group) {
    var names = new LinkedHashMap<String, String>();
    group.volumes().forEach(volume -> names.put(volume.name(), AciNames.volume(names.size())));
    return names;
  }

  private static List<VolumeMount> mounts(ContainerSpec container, Map<String, String> volumes) {
    return container.mounts().stream()
        .map(
            mount ->
                new VolumeMount()
                    .withName(volumes.get(mount.volume()))
                    .withMountPath(mount.path())
                    .withReadOnly(mount.readOnly()))
        .toList();
  }

  private static Volume volume(ContainerGroup.Volume volume, String name) {
    return switch (volume) {
      case ContainerGroup.Volume.Scratch _ -> empty(name);
      case ContainerGroup.Volume.AzureFile(_, var account, var share, var key, var readOnly) ->
          new Volume()
              .withName(name)
              .withAzureFile(
                  new AzureFileVolume()
                      .withShareName(share)
                      .withStorageAccountName(account)
                      .withStorageAccountKey(key)
                      .withReadOnly(readOnly));
      case ContainerGroup.Volume.Claimed claimed ->
          throw new IllegalArgumentException("refused before: " + claimed);
      case ContainerGroup.Volume.ElasticFileSystem system ->
          throw new IllegalArgumentException("refused before: " + system);
      // A Secret that is optional and not there: Azure takes no secret volume without a file.
      case ContainerGroup.Volume.Files(_, var files) when files.isEmpty() -> empty(name);
      case ContainerGroup.Volume.Files(_, var files) ->
          new Volume()
              .withName(name)
              .withSecret(
                  files.stream()
                      .collect(
                          Collectors.toMap(
                              File::path,
                              file -> Base64.getEncoder().encodeToString(file.content()),
                              (_, later) -> later,
                              LinkedHashMap::new)));
    };
  }

  private static Volume empty(String name) {
    return new Volume().withName(name).withEmptyDir(Map.of());
  }

  private static Optional<DnsConfiguration> dns(Resolver resolver) {
    if (resolver.servers().isEmpty()) {
      return Optional.empty();
    }
    var dns = new DnsConfiguration().withNameServers(resolver.servers());
    if (!resolver.searches().isEmpty()) {
      dns.withSearchDomains(String.join(" ", resolver.searches()));
    }
    if (!resolver.options().isEmpty()) {
      dns.withOptions(String.join(" ", resolver.options()));
    }
    return Optional.of(dns);
  }
}
