package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** Azure Container Instances. */
@ValidationRule(
    value = "self.priority != 'Spot' || !has(self.subnetIds) || size(self.subnetIds) == 0",
    message =
        "spec.backends[].aci.priority: a Spot group cannot join a subnet; leave out subnetIds, or"
            + " use Regular")
@ValidationRule(
    value = "self.priority != 'Spot' || !has(self.zones) || size(self.zones) == 0",
    message =
        "spec.backends[].aci.priority: Azure chooses the zone of a Spot group; leave out zones, or"
            + " use Regular")
@ValidationRule(
    value = "self.priority != 'Spot' || self.sku != 'Confidential'",
    message =
        "spec.backends[].aci.priority: a Spot group cannot be confidential; use sku Standard, or"
            + " Regular")
@ValidationRule(
    value = "!has(self.ccePolicy) || self.sku == 'Confidential'",
    message =
        "spec.backends[].aci.ccePolicy: only confidential groups have a policy; leave it out, or"
            + " use sku Confidential")
@ValidationRule(
    value =
        "self.subscriptionId == oldSelf.subscriptionId && self.resourceGroup =="
            + " oldSelf.resourceGroup && self.location == oldSelf.location &&"
            + " self.managementEndpoint == oldSelf.managementEndpoint",
    message =
        "spec.backends[].aci cannot move to another subscription, resourceGroup, location or"
            + " managementEndpoint: the groups at the old place would be lost; make another pool"
            + " and delete this one")
public record AciSettings(
    @Required
        @Size(max = 36)
        @ValidationRule(
            value = "self.matches(r'^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
            message =
                "spec.backends[].aci.subscriptionId must be the id of a subscription, such as"
                    + " 0b1f6471-1bf0-4dda-aec3-cb9272f09590")
        @JsonPropertyDescription("The subscription that pays.")
        String subscriptionId,
    @Required
        @Size(max = 90)
        @ValidationRule(
            value = "self.matches(r'^[A-Za-z0-9_().-]*[A-Za-z0-9_()-]$')",
            message =
                "spec.backends[].aci.resourceGroup must be the name of a resource group: letters,"
                    + " digits, and any of _ ( ) . - without a dot at its end")
        @JsonPropertyDescription(
            "The resource group in which container groups are made. It must be there. Several"
                + " pools, also of several clusters, may share one.")
        String resourceGroup,
    @Required
        @Size(max = 64)
        @ValidationRule(
            value = "self.matches(r'^[a-z0-9]+$')",
            message =
                "spec.backends[].aci.location must be the short name of a region, such as eastus or"
                    + " westeurope")
        @JsonPropertyDescription("The region in which containers run, such as `eastus`.")
        String location,
    @Size(max = 10)
        @ValidationRule(
            value =
                "self.all(subnet,"
                    + " subnet.matches(r'^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.Network/virtualNetworks/[^/]+/subnets/[^/]+$'))",
            message =
                "spec.backends[].aci.subnetIds[] must be whole ids of subnets, such as"
                    + " /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…")
        @JsonPropertyDescription(
            "The subnets that pods join, each pod the one with the fewest groups; delegated to"
                + " `Microsoft.ContainerInstance/containerGroups`. Left out: pods have no address"
                + " that anybody can reach, and Azure's name servers.")
        List<@Size(max = 512) String> subnetIds,
    @Size(max = 9)
        @ValidationRule(
            value = "self.all(zone, zone.matches(r'^[1-9]$'))",
            message =
                "spec.backends[].aci.zones[] must be zones as Azure numbers them in a region, such"
                    + " as \"1\"")
        @JsonPropertyDescription(
            "The availability zones that pods are spread over, each in one, from `1` to `9`. Left"
                + " out: Azure chooses.")
        List<@Size(max = 1) String> zones,
    @Default("Regular")
        @JsonPropertyDescription(
            "`Spot` is cheaper: Azure may end containers at any time, and starts them again when it"
                + " has room.")
        Priority priority,
    @Default("Standard")
        @JsonPropertyDescription(
            "`Confidential` runs pods in memory that the machine cannot read, and only what a"
                + " policy allows: see docs/tasks/azure.md#confidential-pods.")
        Sku sku,
    @Size(max = 65536)
        @ValidationRule(
            value = "self.matches(r'^[A-Za-z0-9+/]+={0,2}$')",
            message =
                "spec.backends[].aci.ccePolicy must be a policy in base64, as az confcom writes it")
        @JsonPropertyDescription(
            "What confidential pods may run that bring no policy of their own: Azure's confidential"
                + " computing enforcement policy, in base64.")
        String ccePolicy,
    @Size(max = 20)
        @JsonPropertyDescription(
            "The managed identities that pods may ask for by the annotation"
                + " `virtualnodes.io/identity`: see docs/tasks/azure.md#identities. Left out:"
                + " none.")
        List<Identity> identities,
    @Size(max = 20)
        @JsonPropertyDescription(
            "The registries from which images are fetched by a managed identity, for pods that"
                + " bring no login for them.")
        List<Registry> registries,
    @JsonPropertyDescription(
            "The Log Analytics workspace that Azure sends the output of containers to. Its key is"
                + " not here: the operator has it from a Secret that is mounted, see"
                + " docs/tasks/azure.md#output-in-log-analytics.")
        LogAnalytics logAnalytics,
    @JsonPropertyDescription(
            "What a container gets that names neither a request nor a limit. Kubernetes counts such"
                + " a container as nothing, Azure has it paid for.")
        ContainerSize unnamed,
    @Size(max = 20)
        @ValidationRule(
            value =
                "self.all(name, name.matches(r'^[^<>%&\\\\?/]{1,512}$') &&"
                    + " !name.matches(r'^(?i)(azure|microsoft|windows|virtualnodes-)'))",
            message =
                "spec.backends[].aci.tags must have names without < > % & \\ ? / that do not begin"
                    + " with azure, microsoft, windows or virtualnodes-")
        @JsonPropertyDescription("Further tags of every container group, such as a cost centre.")
        Map<String, @Size(max = 256) String> tags,
    @Default("https://management.azure.com")
        @Size(max = 256)
        @ValidationRule(
            value =
                Rules.HTTPS_SERVER
                    + " || self.matches(r'^http://(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?$')",
            message =
                "spec.backends[].aci.managementEndpoint must be https://host, such as"
                    + " https://management.azure.com, or an emulator of this machine at"
                    + " http://127.0.0.1:port")
        @JsonPropertyDescription(
            "Azure's Resource Manager; another one for Azure's clouds of some countries. Over http"
                + " no credentials are sent.")
        String managementEndpoint) {

  private static final String IDENTITY_ID =
      "self.matches(r'^/subscriptions/[^/]+/resource[gG]roups/[^/]+/providers/Microsoft\\.ManagedIdentity/userAssignedIdentities/[^/]+$')";

  private static final String IDENTITY_ID_MESSAGE =
      "{field} must be the whole id of a managed identity, such as"
          + " /subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…";

  /** What Azure may do with a group when it needs the room. */
  public enum Priority {
    Regular,
    Spot
  }

  /** What kind of machine Azure runs groups on. */
  public enum Sku {
    Standard,
    Confidential
  }

  /** A managed identity that pods may have. */
  public record Identity(
      @Required
          @Size(max = 63)
          @ValidationRule(
              value = "self" + Rules.DNS_LABEL,
              message = "{field} must be lower-case letters, digits and dashes, such as reader")
          @JsonPropertyDescription("What pods call it.")
          String name,
      @Required
          @Size(max = 512)
          @ValidationRule(value = IDENTITY_ID, message = IDENTITY_ID_MESSAGE)
          @JsonPropertyDescription(
              "The identity: the whole id of a user-assigned managed identity.")
          String resourceId,
      // None at all would read as no restriction to one, and as no pod to another.
      @Size(min = 1, max = 100)
          @ValidationRule(
              value = "self.all(name, name" + Rules.DNS_LABEL + ")",
              message = "{field}[] must be names of namespaces, such as team-a")
          @JsonPropertyDescription(
              "The namespaces whose pods may have it. Left out: those of every namespace.")
          List<@Size(max = 63) String> namespaces) {}

  /** A registry that takes a managed identity for a login. */
  public record Registry(
      @Required
          @Size(max = 253)
          @ValidationRule(
              value = "self.matches(r'^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
              message = "{field} must be the host of a registry, such as example.azurecr.io")
          @JsonPropertyDescription(
              "The host that names of images begin with, without a port, such as"
                  + " `example.azurecr.io`.")
          String server,
      @Required
          @Size(max = 512)
          @ValidationRule(value = IDENTITY_ID, message = IDENTITY_ID_MESSAGE)
          @JsonPropertyDescription(
              "The identity that may fetch from it: the whole id of a user-assigned managed"
                  + " identity. Containers of these pods can have tokens of it too.")
          String resourceId) {}

  /** Where Azure sends what containers write. */
  public record LogAnalytics(
      @Required
          @Size(max = 36)
          @ValidationRule(
              value = "self.matches(r'^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
              message =
                  "{field} must be the id of a workspace, such as"
                      + " 0b1f6471-1bf0-4dda-aec3-cb9272f09590")
          @JsonPropertyDescription("The workspace's id, as its overview shows it.")
          String workspaceId,
      @Default("ContainerInstanceLogs")
          @JsonPropertyDescription(
              "Into which tables: those of container instances, or those of Container Insights.")
          LogType logType) {}

  /** The kinds of tables of a workspace. */
  public enum LogType {
    ContainerInstanceLogs,
    ContainerInsights
  }
}
