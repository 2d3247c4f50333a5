package io.virtualnodes.plugin;

import io.virtualnodes.plugin.CloudIdentity.Broken;
import io.virtualnodes.plugin.CloudIdentity.Seen;
import io.virtualnodes.plugin.CloudIdentity.Unseen;
import java.util.List;

/**
 * As whom Azure is asked, in the order in which the operator looks ({@code AciLogin}). Pure.
 *
 * @see <a
 *     href="https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html">
 *     What the webhook of workload identity goes by</a>
 */
final class AzureIdentity {
  private static final String CLIENT = "AZURE_CLIENT_ID";
  private static final String SECRET = "AZURE_CLIENT_SECRET";
  private static final String TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE";
  private static final List<String> PRINCIPAL = List.of("AZURE_TENANT_ID", CLIENT, SECRET);

  private static final String USE = "azure.workload.identity/use";
  private static final String CLIENT_ID = "azure.workload.identity/client-id";
  private static final String GUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
  private static final String PAGE = "docs/tasks/azure.md";

  private AzureIdentity() {}

  static CloudIdentity of(OperatorFacts operator) {
    var environment = operator.environment();
    if (environment.has(PRINCIPAL)) {
      return new Seen("a service principal, by the operator's environment");
    }
    if (environment.has(SECRET) && environment.whole()) {
      var missing = PRINCIPAL.stream().filter(name -> !environment.has(name)).toList();
      return new Broken(
          "AZURE_CLIENT_SECRET counts only with " + String.join(" and ", missing),
          "put them into the operator's environment: " + PAGE);
    }
    if (environment.has(TOKEN_FILE)) {
      return new Seen("workload identity, by the operator's environment");
    }
    return workloadIdentity(operator, environment);
  }

  private static CloudIdentity workloadIdentity(
      OperatorFacts operator, OperatorEnvironment environment) {
    boolean used = operator.label(USE).filter("true"::equals).isPresent();
    var client = operator.annotation(CLIENT_ID);
    if (!used) {
      return client.isEmpty()
          ? new Unseen(
              "neither workload identity nor a service principal is set up; whether the machine has"
                  + " a managed identity cannot be seen from here",
              "nothing, if its machines have one; otherwise deploy/overlays/aci: " + PAGE)
          : new Unseen(
              "the service account has %s, but the operator's pods lack the label %s: \"true\""
                      .formatted(CLIENT_ID, USE)
                  + ", without which the webhook passes them over",
              "put it into the Deployment's template, as deploy/overlays/aci does: " + PAGE);
    }
    var unreadable = CloudIdentity.ofUnreadableAccount(operator);
    if (client.isEmpty() && unreadable.isPresent()) {
      return unreadable.get();
    }
    if (client.isEmpty() && !environment.has(CLIENT)) {
      return new Broken(
          "the operator's pods have the label %s, but their service account lacks the annotation %s"
              .formatted(USE, CLIENT_ID),
          "annotate it with the client id of the identity: " + PAGE);
    }
    if (client.filter(id -> !id.matches(GUID) || Placeholders.isPlaceholder(id)).isPresent()) {
      return new Broken(
          "%s of the service account is no client id of yours: %s"
              .formatted(CLIENT_ID, client.get()),
          "annotate it with the client id of the identity: " + PAGE);
    }
    return new Seen("workload identity, by the service account");
  }
}
