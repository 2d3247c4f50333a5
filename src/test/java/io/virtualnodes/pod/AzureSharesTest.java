package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.pod.AzureShares.SecretName;
import io.virtualnodes.pod.PodInputs.Claim;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AzureSharesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          protocol: NFS                          | protocol
          folderName: reports                    | folderName
          subdir: reports                        | subDir
          diskName: one.vhd                      | diskName
          mountWithManagedIdentity: "true"       | mountWithManagedIdentity
          mountwithworkloadidentitytoken: "true" | mountWithWorkloadIdentityToken
          server: other.file.core.windows.net    | server
          """)
  void whatAMountByTheAccountsKeyCannotBeIsNamed(String attribute, String named) {
    var claim = claim("shareName: books, " + attribute, "any");

    var refusal = catchThrowableOfType(Unsupported.class, () -> AzureShares.share("data", claim));

    assertThat(refusal.reasons())
        .singleElement()
        .asString()
        .startsWith("spec.volumes[data]: persistent volume pv-1, " + named + ": ");
  }

  @Test
  void aDiskInAShareIsKnownByTheVolumesHandle() {
    var claim = claim("skuName: Standard_LRS", "group#store1#books#one.vhd#");

    var refusal = catchThrowableOfType(Unsupported.class, () -> AzureShares.share("data", claim));

    assertThat(refusal.getMessage()).contains("diskName: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          shareName: books, protocol: smb, server: store1.file.core.windows.net | any
          SHARENAME: books, mountWithManagedIdentity: "false"                   | a#b#other#
          csi.storage.k8s.io/pv/name: pv-1                                      | group#store1#books
          """)
  void theShareIsTheOneThatIsNamedOrElseThatOfTheHandle(String attributes, String handle) {
    var share = AzureShares.share("data", claim(attributes, handle));

    assertThat(share.share()).isEqualTo("books");
    assertThat(share.account()).isEqualTo("store1");
    // As a file that ends with a line's end makes it.
    assertThat(share.key()).isEqualTo("key-of-store1");
  }

  @Test
  void theKeyStaysOutOfWhatIsPrinted() {
    var claim = claim("shareName: books", "any");

    assertThat(claim.toString() + AzureShares.share("data", claim))
        .contains("data", "store1/books")
        .doesNotContain("key-of-store1", "a2V5LW9mLXN0b3JlMQo=");
  }

  @Test
  void aVolumeOfFormerTimesHasItsSecretWhereItSaysOrWhereItsClaimIs() {
    var here = volume("azureFile: {secretName: account, shareName: books}");
    var there =
        volume("azureFile: {secretName: account, secretNamespace: vault, shareName: books}");
    var other = volume("nfs: {server: a, path: /}");

    assertThat(AzureShares.secret(here, "shop")).contains(new SecretName("shop", "account"));
    assertThat(AzureShares.secret(there, "shop")).contains(new SecretName("vault", "account"));
    assertThat(AzureShares.secret(other, "shop")).isEmpty();
  }

  private static Claim claim(String attributes, String handle) {
    var claim =
        Serialization.unmarshal(
            "metadata: {name: data, namespace: shop, uid: c-1}", PersistentVolumeClaim.class);
    var volume =
        volume(
            """
            csi:
                driver: file.csi.azure.com
                volumeHandle: "%s"
                volumeAttributes: {%s}
                nodeStageSecretRef: {name: account, namespace: shop}
            """
                .formatted(handle, attributes));
    var key =
        new SecretBuilder()
            .withNewMetadata()
            .withName("account")
            .withNamespace("shop")
            .endMetadata()
            .addToData("azurestorageaccountname", "c3RvcmUx")
            .addToData("azurestorageaccountkey", "a2V5LW9mLXN0b3JlMQo=")
            .build();
    return new Claim(claim, Optional.of(volume), Optional.of(key));
  }

  private static PersistentVolume volume(String source) {
    return Serialization.unmarshal(
        "metadata: {name: pv-1}\nspec:\n  " + source, PersistentVolume.class);
  }
}
