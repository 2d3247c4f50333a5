package io.virtualnodes.emulator.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the emulated Azure refuses what Azure does, so that nobody relies on more. */
class PlaceRulesTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final String ID =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity"
          + "/userAssignedIdentities/i";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {zones: ['1', '2']}                                          | InvalidZones
          {properties: {subnetIds: [{id: a}, {id: b}]}}                | InvalidSubnetIds
          {zones: ['1'], properties: {priority: Spot}}                 | SpotPriorityContainerGroupNotSupportedWithZones
          {properties: {priority: Spot, subnetIds: [{id: a}]}}         | SpotPriorityContainerGroupNotSupportedForInboundConnectivity
          {properties: {priority: Spot, sku: Confidential}}            | SpotPriorityContainerGroupNotSupportedInSku
          {properties: {sku: Confidential}}                            | InvalidCcePolicy
          {properties: {sku: Confidential, confidentialComputeProperties: {ccePolicy: 'not base64'}}} | InvalidCcePolicy
          {properties: {confidentialComputeProperties: {ccePolicy: YWxs}}} | ConfidentialPropertiesNotSupportedInSku
          {identity: {type: UserAssigned}}                             | InvalidIdentityValues
          {identity: {type: UserAssigned, userAssignedIdentities: {reader: {}}}} | InvalidIdentityValues
          {properties: {imageRegistryCredentials: [{server: a, identity: ID}]}} | InvalidImageRegistryCredentialType
          {properties: {imageRegistryCredentials: [{server: a, username: u}]}} | InvalidImageRegistryCredentialType
          {properties: {diagnostics: {logAnalytics: {workspaceId: w}}}} | InvalidLogAnalyticsWorkspace
          """)
  void whatAzureRefusesOfAGroupsPlace(String group, String code) {
    var refusal = catchThrowableOfType(ArmError.class, () -> PlaceRules.check(json(group)));

    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal.status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {zones: ['1'], properties: {subnetIds: [{id: a}]}}
          {properties: {sku: Confidential, confidentialComputeProperties: {ccePolicy: YWxs}}}
          {identity: {type: UserAssigned, userAssignedIdentities: {ID: {}}}, properties: {imageRegistryCredentials: [{server: a, identity: ID}]}}
          {properties: {imageRegistryCredentials: [{server: a, username: u, password: p}]}}
          {properties: {diagnostics: {logAnalytics: {workspaceId: w, workspaceKey: k}}}}
          """)
  void whatAzureTakes(String group) {
    assertThatCode(() -> PlaceRules.check(json(group))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {shareName: books, storageAccountName: store1}
          {shareName: books, storageAccountName: Store-1, storageAccountKey: k}
          {shareName: a--b, storageAccountName: store1, storageAccountKey: k}
          """)
  void aShareNeedsItsAccountsNameAndKey(String share) {
    var volume = json("{name: volume-0, azureFile: " + share + "}");

    var refusal = catchThrowableOfType(ArmError.class, () -> PlaceRules.checkShare(volume));

    assertThat(refusal.code()).isEqualTo("InvalidAzureFileVolume");
  }

  private static JsonNode json(String yaml) {
    try {
      return YAML.readTree(yaml.replace("ID", "'" + ID + "'"));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
