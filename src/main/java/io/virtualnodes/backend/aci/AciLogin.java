package io.virtualnodes.backend.aci;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import java.util.Map;

/**
 * As whom Azure is asked: as what the operator's own surroundings say, in the variables that all of
 * Azure's tools read. A pool's spec never holds a credential.
 *
 * @see <a href="https://azure.github.io/azure-workload-identity/docs/">Workload identity</a>
 */
enum AciLogin {
  /**
   * A service principal: {@code AZURE_TENANT_ID}, {@code _CLIENT_ID} and {@code _CLIENT_SECRET}.
   */
  SERVICE_PRINCIPAL,
  /** The identity of the operator's service account, by a token that Kubernetes renews. */
  WORKLOAD_IDENTITY,
  /** The identity of the machine; of several, the one of {@code AZURE_CLIENT_ID}. */
  MANAGED_IDENTITY;

  private static final String TENANT = "AZURE_TENANT_ID";
  private static final String CLIENT = "AZURE_CLIENT_ID";
  private static final String SECRET = "AZURE_CLIENT_SECRET";
  // Set by the webhook of workload identity, with the tenant and the client.
  private static final String TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE";

  /** What is said most deliberately comes first. */
  static AciLogin of(Map<String, String> environment) {
    if (environment.keySet().containsAll(java.util.List.of(TENANT, CLIENT, SECRET))) {
      return SERVICE_PRINCIPAL;
    }
    return environment.containsKey(TOKEN_FILE) ? WORKLOAD_IDENTITY : MANAGED_IDENTITY;
  }

  /** Asks nobody yet; renews its tokens by itself. */
  TokenCredential credential(Map<String, String> environment) {
    // Named, so that the order of the class path does not decide.
    HttpClient client = new JdkHttpClientBuilder().build();
    return switch (this) {
      case SERVICE_PRINCIPAL ->
          new ClientSecretCredentialBuilder()
              .tenantId(environment.get(TENANT))
              .clientId(environment.get(CLIENT))
              .clientSecret(environment.get(SECRET))
              .httpClient(client)
              .build();
      case WORKLOAD_IDENTITY ->
          new WorkloadIdentityCredentialBuilder()
              .tenantId(environment.get(TENANT))
              .clientId(environment.get(CLIENT))
              .tokenFilePath(environment.get(TOKEN_FILE))
              .httpClient(client)
              .build();
      case MANAGED_IDENTITY ->
          new ManagedIdentityCredentialBuilder()
              .clientId(environment.get(CLIENT))
              .httpClient(client)
              .build();
    };
  }
}
