package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;

/** Azure Container Instances. */
@ValidationRule(
    value = "self.priority != 'Spot' || !has(self.subnetId)",
    message =
        "spec.backends[].aci.priority: a Spot group cannot join a subnet; leave out subnetId, or"
            + " use Regular")
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
        @JsonPropertyDescription("The region in which containers run, such as eastus.")
        String location,
    @Size(max = 512)
        @ValidationRule(
            value =
                "self.matches(r'^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.Network/virtualNetworks/[^/]+/subnets/[^/]+$')",
            message =
                "spec.backends[].aci.subnetId must be the whole id of a subnet, such as"
                    + " /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…")
        @JsonPropertyDescription(
            "The subnet that pods join, delegated to Microsoft.ContainerInstance/containerGroups."
                + " Left out: pods have no address that anybody can reach, and Azure's name"
                + " servers.")
        String subnetId,
    @Default("Regular")
        @JsonPropertyDescription(
            "Spot is cheaper: Azure may end containers at any time, and starts them again when it"
                + " has room.")
        Priority priority,
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

  /** What Azure may do with a group when it needs the room. */
  public enum Priority {
    Regular,
    Spot
  }
}
