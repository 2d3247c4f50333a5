package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.ContainerGroup.Volume.ElasticFileSystem;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElasticFileSystemsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          fs-01                    |                                       |                           | /      |         | false
          fs-01::                  | encryptInTransit: "false"             | tls                       | /      |         | false
          fs-01:/a/b:              |                                       | ro                        | /a/b   |         | true
          fs-01:a                  |                                       |                           | /a     |         | false
          fs-01                    | PATH: /a/                             |                           | /a     |         | false
          fs-01:/b                 | path: /a                              |                           | /b     |         | false
          fs-01::fsap-02           | storage.kubernetes.io/csiProvisionerIdentity: me |                | /      | fsap-02 | false
          fs-01                    |                                       | accessPoint=fsap-02       | /      | fsap-02 | false
          """)
  void aVolumeIsReadAsItsDriverReadsIt(
      String handle,
      String attributes,
      String options,
      String folder,
      String accessPoint,
      boolean readOnly) {
    var volume = volume(handle, attributes, options);

    assertThat(ElasticFileSystems.isOne(volume)).isTrue();
    assertThat(ElasticFileSystems.of("data", volume))
        .isEqualTo(
            new ElasticFileSystem(
                "data", "fs-01", folder, Optional.ofNullable(accessPoint), readOnly));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nfs-01                  |                         |                     | volumeHandle
          fs-01:/a:fsap-02:more   |                         |                     | volumeHandle
          fs-01:/a:fsap-02        |                         |                     | volumeHandle
          fs-01::point            |                         |                     | volumeHandle
          fs-01:/a/../b           |                         |                     | volumeHandle
          fs-01::fsap-02          |                         | accesspoint=fsap-03 | mountOptions
          fs-01                   |                         | iam                 | mountOptions
          fs-01                   | mounttargetip: 10.0.0.1 |                     | volumeAttributes.mounttargetip
          fs-01                   | crossaccount: "true"    |                     | volumeAttributes.crossaccount
          """)
  void whatAMountAtFargateCannotBeIsNamed(
      String handle, String attributes, String options, String named) {
    var volume = volume(handle, attributes, options);

    var refusal =
        catchThrowableOfType(Unsupported.class, () -> ElasticFileSystems.of("data", volume));

    assertThat(refusal.reasons())
        .singleElement()
        .asString()
        .startsWith("spec.volumes[data]: persistent volume pv-1, " + named + ": ");
  }

  @Test
  void whatIsReadOnlyForTheDriverIsReadOnly() {
    var volume = volume("fs-01", null, null);
    volume.getSpec().getCsi().setReadOnly(true);

    assertThat(ElasticFileSystems.of("data", volume).readOnly()).isTrue();
  }

  @Test
  void othersVolumesAreNone() {
    var other =
        Serialization.unmarshal(
            "metadata: {name: pv-1}\nspec: {csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}}",
            PersistentVolume.class);

    assertThat(ElasticFileSystems.isOne(other)).isFalse();
  }

  private static PersistentVolume volume(String handle, String attributes, String options) {
    return Serialization.unmarshal(
        """
        metadata: {name: pv-1}
        spec:
          mountOptions: [%s]
          csi: {driver: efs.csi.aws.com, volumeHandle: "%s", volumeAttributes: {%s}}
        """
            .formatted(
                options == null ? "" : options, handle, attributes == null ? "" : attributes),
        PersistentVolume.class);
  }
}
