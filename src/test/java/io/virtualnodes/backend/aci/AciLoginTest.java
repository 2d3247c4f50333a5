package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class AciLoginTest {
  private static final Map<String, String> WORKLOAD =
      Map.of(
          "AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c", "AZURE_FEDERATED_TOKEN_FILE", "/token");
  private static final Map<String, String> PRINCIPAL =
      Map.of("AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c", "AZURE_CLIENT_SECRET", "s");

  @Test
  void theSurroundingsSayAsWhomAzureIsAsked() {
    assertThat(AciLogin.of(Map.of())).isEqualTo(AciLogin.MANAGED_IDENTITY);
    assertThat(AciLogin.of(Map.of("AZURE_CLIENT_ID", "c"))).isEqualTo(AciLogin.MANAGED_IDENTITY);
    assertThat(AciLogin.of(WORKLOAD)).isEqualTo(AciLogin.WORKLOAD_IDENTITY);
    assertThat(AciLogin.of(PRINCIPAL)).isEqualTo(AciLogin.SERVICE_PRINCIPAL);
  }

  @Test
  void eachCanBeMadeWithoutAskingAnybody() {
    assertThat(AciLogin.MANAGED_IDENTITY.credential(Map.of())).isNotNull();
    assertThat(AciLogin.WORKLOAD_IDENTITY.credential(WORKLOAD)).isNotNull();
    assertThat(AciLogin.SERVICE_PRINCIPAL.credential(PRINCIPAL)).isNotNull();
  }
}
