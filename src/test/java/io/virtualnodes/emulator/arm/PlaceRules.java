package io.virtualnodes.emulator.arm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.HashSet;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What Azure refuses at once of where a group is to be and as whom. Where a code is not published,
 * it is one of the same shape.
 */
final class PlaceRules {
  private static final Pattern IDENTITY =
      Pattern.compile(
          "/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.ManagedIdentity/userAssignedIdentities/[^/]+",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9]{3,24}");
  private static final Pattern SHARE = Pattern.compile("[a-z0-9](-?[a-z0-9]){2,62}");

  private PlaceRules() {}

  static void check(JsonNode group) {
    var properties = group.path("properties");
    checkZones(group);
    checkSpot(group);
    if (properties.path("subnetIds").size() > 1) {
      throw ArmError.invalid(
          "InvalidSubnetIds", "A container group can be deployed into one subnet only.");
    }
    checkConfidential(properties);
    checkIdentity(group);
    checkLogs(properties);
  }

  private static void checkZones(JsonNode group) {
    if (group.path("zones").size() > 1) {
      throw ArmError.invalid(
          "InvalidZones", "A container group can be deployed into one availability zone only.");
    }
  }

  private static void checkSpot(JsonNode group) {
    var properties = group.path("properties");
    if (!properties.path("priority").asText().equals("Spot")) {
      return;
    }
    if (properties.has("subnetIds")) {
      throw ArmError.invalid(
          "SpotPriorityContainerGroupNotSupportedForInboundConnectivity",
          "Spot priority container groups do not support inbound connectivity.");
    }
    if (properties.path("sku").asText().equals("Confidential")) {
      throw ArmError.invalid(
          "SpotPriorityContainerGroupNotSupportedInSku",
          "Spot priority container groups are not supported in the Confidential sku.");
    }
    if (!group.path("zones").isEmpty()) {
      throw ArmError.invalid(
          "SpotPriorityContainerGroupNotSupportedWithZones",
          "Spot priority container groups do not support availability zones.");
    }
  }

  private static void checkConfidential(JsonNode properties) {
    var policy = properties.at("/confidentialComputeProperties/ccePolicy");
    boolean confidential = properties.path("sku").asText().equals("Confidential");
    if (confidential && policy.asText().isEmpty()) {
      throw ArmError.invalid("InvalidCcePolicy", "The confidential policy is required.");
    }
    if (!confidential && !policy.isMissingNode()) {
      throw ArmError.invalid(
          "ConfidentialPropertiesNotSupportedInSku",
          "Confidential compute properties are supported in the Confidential sku only.");
    }
    if (confidential) {
      try {
        Base64.getDecoder().decode(policy.asText());
      } catch (IllegalArgumentException e) {
        throw ArmError.invalid("InvalidCcePolicy", "The confidential policy is not base64.");
      }
    }
  }

  /** A registry's identity must be one that the group has. */
  private static void checkIdentity(JsonNode group) {
    var identity = group.path("identity");
    var ids = new HashSet<String>();
    identity
        .path("userAssignedIdentities")
        .fieldNames()
        .forEachRemaining(id -> ids.add(id.toLowerCase(Locale.ROOT)));
    boolean assigned = identity.path("type").asText().contains("UserAssigned");
    if (assigned == ids.isEmpty() || !ids.stream().allMatch(id -> IDENTITY.matcher(id).matches())) {
      throw ArmError.invalid(
          "InvalidIdentityValues", "The identity of the container group is invalid.");
    }
    for (var credential : group.at("/properties/imageRegistryCredentials")) {
      var id = credential.path("identity").asText();
      boolean login = credential.hasNonNull("username") && credential.hasNonNull("password");
      if (login == !id.isEmpty() || !id.isEmpty() && !ids.contains(id.toLowerCase(Locale.ROOT))) {
        throw ArmError.invalid(
            "InvalidImageRegistryCredentialType",
            "The credential of registry '%s' is invalid."
                .formatted(credential.path("server").asText()));
      }
    }
  }

  private static void checkLogs(JsonNode properties) {
    var logs = properties.at("/diagnostics/logAnalytics");
    if (!logs.isMissingNode()
        && (logs.path("workspaceId").asText().isEmpty()
            || logs.path("workspaceKey").asText().isEmpty())) {
      throw ArmError.invalid(
          "InvalidLogAnalyticsWorkspace", "The workspace's id and key are required.");
    }
  }

  static void checkShare(JsonNode volume) {
    var share = volume.path("azureFile");
    if (share.isObject()
        && (!ACCOUNT.matcher(share.path("storageAccountName").asText()).matches()
            || !SHARE.matcher(share.path("shareName").asText()).matches()
            || share.path("storageAccountKey").asText().isEmpty())) {
      throw ArmError.invalid(
          "InvalidAzureFileVolume",
          "The Azure File volume '%s' is invalid.".formatted(volume.path("name").asText()));
    }
  }
}
