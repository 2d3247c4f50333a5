package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Quantity;
import io.virtualnodes.api.AciSettings;
import io.virtualnodes.api.BackendRung;
import io.virtualnodes.api.Capacity;
import io.virtualnodes.api.DockerSettings;
import io.virtualnodes.api.FargateSettings;
import io.virtualnodes.api.Nodes;
import io.virtualnodes.api.SimulatedPrice;
import io.virtualnodes.api.SimulatedSettings;
import io.virtualnodes.api.SimulatedSettings.QuotaCounts;
import io.virtualnodes.api.TimeSpread;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.GroupRules;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.aci.AciIdentities;
import io.virtualnodes.backend.aci.AciLogTarget;
import io.virtualnodes.backend.aci.AciPlace;
import io.virtualnodes.backend.aci.AciRules;
import io.virtualnodes.backend.docker.DockerBackend;
import io.virtualnodes.backend.docker.DockerRules;
import io.virtualnodes.backend.fargate.FargatePlace;
import io.virtualnodes.backend.fargate.FargateRules;
import io.virtualnodes.backend.simulated.Share;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedRules;
import io.virtualnodes.backend.simulated.Spread;
import io.virtualnodes.node.NodeShare;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A rung's settings as its backend knows them, and what such a backend takes. Pure. */
public final class BackendSettings {
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final BigDecimal THOUSANDTHS = BigDecimal.valueOf(1000);
  // Whoever asks for rules alone writes no logs.
  private static final Path NO_KEYS = Path.of("");

  private BackendSettings() {}

  /**
   * What such a backend takes, which needs neither it nor credentials.
   *
   * @param uid of the pool, by which a cloud tells it from another cluster's pool of its name
   * @throws BackendException.Unsupported if this operator knows no such backend
   */
  public static GroupRules rules(
      String pool, String uid, Nodes.Architecture architecture, BackendRung rung) {
    if (rung.aci() != null) {
      return new AciRules(aci(pool, uid, rung.aci(), NO_KEYS));
    }
    if (rung.docker() != null) {
      return new DockerRules(docker(pool, rung.docker()));
    }
    if (rung.fargate() != null) {
      return new FargateRules(fargate(pool, uid, architecture, rung.fargate()));
    }
    if (rung.simulated() != null) {
      return new SimulatedRules(simulated(pool, rung.simulated()));
    }
    throw unknown(rung);
  }

  /** The CRD asks for exactly one kind, so this is a CRD that is newer than the operator. */
  static BackendException.Unsupported unknown(BackendRung rung) {
    return new BackendException.Unsupported(
        List.of("spec.backends[" + rung.name() + "]: this operator knows no such backend"));
  }

  static AciPlace aci(String pool, String uid, AciSettings aci, Path logAnalyticsKeys) {
    return new AciPlace(
        pool,
        uid,
        URI.create(aci.managementEndpoint()),
        aci.subscriptionId(),
        aci.resourceGroup(),
        aci.location(),
        Optional.ofNullable(aci.subnetIds()).orElse(List.of()),
        Optional.ofNullable(aci.zones()).orElse(List.of()),
        switch (aci.priority()) {
          case Regular -> AciPlace.Priority.REGULAR;
          case Spot -> AciPlace.Priority.SPOT;
        },
        switch (aci.sku()) {
          case Standard -> new AciPlace.Sku.Standard();
          case Confidential -> new AciPlace.Sku.Confidential(Optional.ofNullable(aci.ccePolicy()));
        },
        new Resources(
            whole(aci.unnamed().cpu(), THOUSANDTHS), whole(aci.unnamed().memory(), BigDecimal.ONE)),
        Optional.ofNullable(aci.tags()).orElse(Map.of()),
        identities(aci),
        Optional.ofNullable(aci.logAnalytics())
            .map(
                logs ->
                    new AciLogTarget(logs.workspaceId(), logs.logType().name(), logAnalyticsKeys)));
  }

  private static AciIdentities identities(AciSettings aci) {
    return new AciIdentities(
        Optional.ofNullable(aci.identities()).orElse(List.of()).stream()
            .map(
                identity ->
                    new AciIdentities.Allowed(
                        identity.name(),
                        identity.resourceId(),
                        Optional.ofNullable(identity.namespaces()).orElse(List.of())))
            .toList(),
        Optional.ofNullable(aci.registries()).orElse(List.of()).stream()
            .map(registry -> new AciIdentities.Registry(registry.server(), registry.resourceId()))
            .toList());
  }

  static FargatePlace fargate(
      String pool, String uid, Nodes.Architecture architecture, FargateSettings fargate) {
    return new FargatePlace(
        pool,
        uid,
        Optional.ofNullable(fargate.endpoint()).map(URI::create),
        fargate.region(),
        fargate.cluster(),
        fargate.subnets(),
        Optional.ofNullable(fargate.securityGroups()).orElse(List.of()),
        fargate.publicAddress() == FargateSettings.PublicAddress.Enabled,
        capacity(fargate),
        switch (architecture) {
          case amd64 -> FargatePlace.Architecture.AMD64;
          case arm64 -> FargatePlace.Architecture.ARM64;
        },
        fargate.executionRole(),
        Optional.ofNullable(fargate.taskRoles()).orElse(List.of()).stream()
            .map(
                role ->
                    new FargatePlace.TaskRole(role.namespace(), role.serviceAccount(), role.role()))
            .toList(),
        fargate.logGroup(),
        fargate.helperImage(),
        new Resources(
            whole(fargate.unnamed().cpu(), THOUSANDTHS),
            whole(fargate.unnamed().memory(), BigDecimal.ONE)),
        Optional.ofNullable(fargate.sharedFileSystems()).orElse(List.of()).stream()
            .map(
                system ->
                    new FargatePlace.SharedFileSystem(
                        system.fileSystem(),
                        Optional.ofNullable(system.accessPoint()),
                        system.mountPath(),
                        system.access() == DockerSettings.Access.ReadOnly))
            .toList(),
        Optional.ofNullable(fargate.tags()).orElse(Map.of()),
        Optional.ofNullable(fargate.eventQueue()));
  }

  private static FargatePlace.CapacityOrder capacity(FargateSettings fargate) {
    return switch (fargate.capacityType()) {
      case OnDemand -> new FargatePlace.CapacityOrder.Fixed(FargatePlace.Capacity.ON_DEMAND);
      case Spot -> new FargatePlace.CapacityOrder.Fixed(FargatePlace.Capacity.SPOT);
      case SpotThenOnDemand ->
          new FargatePlace.CapacityOrder.Fixed(
              FargatePlace.Capacity.SPOT, FargatePlace.Capacity.ON_DEMAND);
      case Mixed ->
          new FargatePlace.CapacityOrder.Mixed(
              Integer.parseInt(fargate.spotShare().replace("%", "")));
    };
  }

  /** Rounded up: what a container gets is not less than what is written. */
  private static long whole(Quantity quantity, BigDecimal factor) {
    return quantity
        .getNumericalAmount()
        .multiply(factor)
        .setScale(0, RoundingMode.CEILING)
        .longValueExact();
  }

  static DockerBackend.Settings docker(String pool, DockerSettings docker) {
    return new DockerBackend.Settings(
        pool,
        URI.create(docker.host()),
        docker.network(),
        docker.sandboxImage(),
        Optional.ofNullable(docker.sharedFolders()).orElse(List.of()).stream()
            .map(
                folder ->
                    new DockerBackend.SharedFolder(
                        folder.path(),
                        folder.mountPath(),
                        folder.access() == DockerSettings.Access.ReadOnly))
            .toList());
  }

  static SimulatedBackend.Settings simulated(String pool, SimulatedSettings simulated) {
    var failures = simulated.failures();
    return new SimulatedBackend.Settings(
        pool,
        simulated.seed(),
        Optional.ofNullable(simulated.startLatency())
            .map(BackendSettings::spread)
            .orElse(Spread.NONE),
        Optional.ofNullable(simulated.runTime()).map(BackendSettings::spread),
        share(failures.nonZeroExit()),
        Optional.ofNullable(simulated.missingImages()).orElse(List.of()),
        Optional.of(quota(simulated.quota(), simulated.quotaCounts())),
        Optional.ofNullable(simulated.price()).map(BackendSettings::rates),
        new SimulatedBackend.Faults(
            share(failures.throttled()),
            share(failures.answerLost()),
            share(failures.noCapacity()),
            share(failures.groupLost()),
            share(failures.staleLists()),
            Durations.parse(failures.staleBy()),
            share(failures.slowLists()),
            Durations.parse(failures.slowBy())));
  }

  private static SimulatedBackend.Rates rates(SimulatedPrice price) {
    return new SimulatedBackend.Rates(
        new BigDecimal(price.cpuHour()), new BigDecimal(price.memoryGiBHour()), price.currency());
  }

  private static Quota quota(Capacity capacity, QuotaCounts counts) {
    var whole = NodeShare.whole(capacity);
    return new Quota(
        whole.milliCpu(),
        whole.memoryBytes(),
        Math.toIntExact(whole.pods()),
        switch (counts) {
          case Running -> Quota.Counts.RUNNING;
          case UntilDeleted -> Quota.Counts.UNTIL_DELETED;
        });
  }

  private static Spread spread(TimeSpread spread) {
    return new Spread(Durations.parse(spread.p50()), Durations.parse(spread.p99()));
  }

  /** Of a percentage. */
  private static Share share(String text) {
    var percent = new BigDecimal(text.substring(0, text.length() - 1));
    return new Share(percent.divide(HUNDRED).doubleValue());
  }
}
