package io.virtualnodes.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.api.VirtualNodePoolStatus;
import io.virtualnodes.node.NodeIdentity.Impersonation;
import io.virtualnodes.plugin.Finding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator needs before it can run a pod, as the manifests that are shipped give it. */
class PreflightTest {
  private static final Path OVERLAYS = Path.of("deploy", "overlays");
  private static final String WORKSPACE = "0b1f6471-1bf0-4dda-aec3-cb9272f09590";
  private static final String CLIENT = "5f6b2c1e-9d1c-4c0e-8a53-6d2f0e7a91bb";
  private static final String ACI =
      "{ name: cloud, aci: { subscriptionId: %1$s, resourceGroup: burst, location: eastus%2$s } }";
  private static final String FARGATE =
      """
      { name: cloud, fargate: { region: us-east-1, cluster: burst, subnets: [subnet-11112222],
          executionRole: "arn:aws:iam::%1$s:role/run", logGroup: /burst%2$s } }
      """;
  private static final String ACCOUNT = "210987654321";

  private final HealthyCluster cluster = new HealthyCluster();

  @ParameterizedTest
  @ValueSource(strings = {"Named", "NAMED", "named", "Constrained"})
  void theWayToActAsNodesIsReadAsTheOperatorReadsIt(String text) {
    var operator =
        new SmallRyeConfigBuilder()
            .withDefaultValue("impersonation", text)
            .build()
            .getValue("impersonation", Impersonation.class);
    var doctor =
        new OperatorEnvironment(Map.of("VIRTUALNODES_IMPERSONATION", Optional.of(text)), true);

    assertThat(doctor.namesNodes()).isEqualTo(operator == Impersonation.NAMED);
  }

  @Test
  void rightsThatAreNotThereAreNamed() {
    cluster.refused =
        Set.of("patch virtualnodepools/status.virtualnodes.io", "create events in default");

    cluster.expect(Level.FAIL, "rights", "create events in default", "operator-rights.yaml");
    assertThat(cluster.only("rights").message())
        .contains("patch virtualnodepools/status.virtualnodes.io");
  }

  @Test
  void aNodeThatIsNotNamedIsTold() throws IOException {
    cluster.operators =
        new Reading.Known<>(List.of(overlay(Deployment.class, "named-nodes/impersonation.yaml")));
    assertThat(cluster.only("rights").level()).isEqualTo(Level.OK);

    cluster.refused = Set.of("impersonate users system:node:burst-0");
    cluster.expect(
        Level.FAIL, "rights", "impersonate users system:node:burst-0", "every node of every");
  }

  @Test
  void rightsThatNobodyShouldHaveGivenAreTold() {
    cluster.excess = Set.of("list secrets", "everything");

    cluster.expect(Level.WARN, "excess-rights", "everything, list secrets", "clusterrolebindings");
    assertThat(cluster.only("rights").level()).isEqualTo(Level.OK);
  }

  @Test
  void rightsThatMayNotBeAskedForAreNotKnown() {
    cluster.rightsUnreadable =
        Optional.of(new Reading.Unreadable<>(403, "subjectaccessreviews is forbidden"));

    cluster.expect(
        Level.WARN, "rights", "subjectaccessreviews is forbidden", "somebody with the right");
    cluster.expect(Level.WARN, "excess-rights", "is forbidden", "somebody with the right");
  }

  @Test
  void whatIsNeededIsWhatIsShipped() {
    var texts =
        OperatorRight.needed(
                "elsewhere", new OperatorEnvironment(Map.of(), true), List.of("a-0", "a-1"))
            .stream()
            .map(OperatorRight::text)
            .toList();

    assertThat(texts)
        .contains(
            "watch virtualnodepools.virtualnodes.io",
            "patch leases.coordination.k8s.io virtual-nodes-operator in elsewhere",
            "create events in default",
            "impersonate:arbitrary-node nodes.authentication.k8s.io a-1",
            "impersonate-on:arbitrary-node:get secrets")
        .doesNotHaveDuplicates();

    assertThat(
            OperatorRight.needed(
                "elsewhere",
                new OperatorEnvironment(
                    Map.of(
                        "VIRTUALNODES_KUBELET_CERTIFICATE",
                        Optional.of("cluster-signed"),
                        "VIRTUALNODES_KUBELET_APPROVE_CERTIFICATES",
                        Optional.of("true")),
                    true),
                List.of()))
        .extracting(OperatorRight::text)
        .contains(
            "impersonate-on:arbitrary-node:create certificatesigningrequests.certificates.k8s.io",
            "approve signers.certificates.k8s.io kubernetes.io/kubelet-serving");
  }

  @ParameterizedTest
  @CsvSource({"aci/identity.yaml, pool-azure.yaml", "fargate/identity.yaml, pool-fargate.yaml"})
  void namesOfTheExamplesAreFoundInAllThatIsShipped(String identity, String sample)
      throws IOException {
    cluster.operators = new Reading.Known<>(List.of(labelledAsTheOverlayDoes()));
    cluster.account = new Reading.Known<>(Optional.of(overlay(ServiceAccount.class, identity)));
    assertThat(cluster.all("placeholders"))
        .extracting(Finding::level)
        .as("no pool of a cloud needs them")
        .containsExactly(Level.WARN, Level.OK);

    cluster.pool =
        PoolSchema.complete(
            Yaml.documents(sample, Files.readString(Path.of("deploy", "samples", sample)))
                .getFirst(),
            sample);
    assertThat(cluster.all("placeholders"))
        .allSatisfy(
            finding -> {
              assertThat(finding.level()).isEqualTo(Level.FAIL);
              assertThat(finding.next().orElseThrow()).contains("your own");
            });
    assertThat(cluster.all("placeholders").getFirst().message()).contains("metadata.annotations[");
    assertThat(cluster.all("placeholders").getLast().message())
        .contains(
            sample.contains("azure")
                ? List.of("spec.backends[0].aci.subscriptionId: 0", "aci.subnetIds[0]: /subscr")
                : List.of(
                    "fargate.subnets[0]: subnet-0a",
                    "fargate.subnets[1]: subnet-0b",
                    "fargate.securityGroups[0]: sg-0a",
                    "fargate.executionRole: arn",
                    "fargate.eventQueue: https"));
    cluster.expect(Level.FAIL, "credentials", "of yours", "annotate");
  }

  @Test
  void anEmulatedCloudTakesAnyName() {
    cluster.pool =
        cloud(
            ACI,
            "00000000-0000-0000-0000-000000000000",
            "managementEndpoint: 'http://127.0.0.1:1'");

    assertThat(cluster.all("placeholders")).extracting(Finding::level).containsOnly(Level.OK);
    assertThat(cluster.all("credentials")).isEmpty();
  }

  @Test
  void azureIsAskedByWorkloadIdentityOrAPrincipalOrWhatCannotBeSeen() throws IOException {
    cluster.pool = cloud(ACI, CLIENT, "");
    cluster.expect(
        Level.WARN, "credentials", "managed identity cannot be seen", "deploy/overlays/aci");

    cluster.pool.setStatus(ready());
    assertThat(cluster.only("credentials").level()).isEqualTo(Level.OK);
    cluster.pool = cloud(ACI, CLIENT, "");

    cluster.account = account("azure.workload.identity/client-id", CLIENT);
    cluster.expect(
        Level.WARN, "credentials", "lack the label azure.workload.identity/use", "template");

    cluster.operators = new Reading.Known<>(List.of(labelledAsTheOverlayDoes()));
    assertThat(cluster.only("credentials").message())
        .endsWith("workload identity, by the service account");
    assertThat(cluster.only("credentials").level()).isEqualTo(Level.OK);

    cluster.account = new Reading.Known<>(Optional.of(HealthyCluster.account("{}")));
    cluster.expect(Level.FAIL, "credentials", "lacks the annotation", "client id");

    cluster.account = account("azure.workload.identity/client-id", "CLIENT-ID");
    cluster.expect(Level.FAIL, "credentials", "no client id of yours: CLIENT-ID", "client id");

    cluster.account = new Reading.Unreadable<>(403, "serviceaccounts is forbidden");
    cluster.expect(
        Level.WARN, "credentials", "serviceaccounts is forbidden", "somebody with the right");

    cluster.operators =
        new Reading.Known<>(List.of(operator(secretVariable("AZURE_CLIENT_SECRET"))));
    cluster.expect(
        Level.FAIL, "credentials", "only with AZURE_TENANT_ID and AZURE_CLIENT_ID", "put them");

    cluster.operators =
        new Reading.Known<>(List.of(operator("envFrom: [{ secretRef: { name: login } }]")));
    cluster.secrets =
        Map.of("login", keys("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"));
    assertThat(cluster.only("credentials").message()).contains("a service principal");
  }

  @Test
  void awsIsAskedByARoleOrKeysOrWhatCannotBeSeen() {
    cluster.pool = cloud(FARGATE, ACCOUNT, "");
    cluster.expect(
        Level.WARN, "credentials", "cannot be seen from here", "deploy/overlays/fargate");

    cluster.account =
        account("eks.amazonaws.com/role-arn", "arn:aws-cn:iam::" + ACCOUNT + ":role/operator");
    assertThat(cluster.only("credentials").message()).endsWith("a role, by the service account");

    cluster.account = account("eks.amazonaws.com/role-arn", "operator");
    cluster.expect(Level.FAIL, "credentials", "no role of yours: operator", "annotate it");

    cluster.operators =
        new Reading.Known<>(List.of(operator(secretVariable("AWS_SECRET_ACCESS_KEY"))));
    cluster.expect(Level.FAIL, "credentials", "AWS_SECRET_ACCESS_KEY counts only", "put both");

    cluster.operators =
        new Reading.Known<>(
            List.of(
                operator(
                    "env: [{ name: AWS_ROLE_ARN, value: x }, { name: AWS_WEB_IDENTITY_TOKEN_FILE,"
                        + " value: x }]")));
    assertThat(cluster.only("credentials").level()).isEqualTo(Level.OK);

    cluster.operators = new Reading.Known<>(List.of());
    cluster.expect(Level.WARN, "credentials", "not in this cluster", "environment");
  }

  @Test
  void secretsThatAreNamedHaveToBeThereWithTheirKeys() {
    cluster.operators =
        new Reading.Known<>(List.of(operator(secretVariable("AZURE_CLIENT_SECRET"))));
    cluster.secrets = Map.of("login", new Reading.Known<>(Optional.empty()));
    cluster.expect(
        Level.FAIL,
        "secrets",
        "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef: there is no Secret login",
        "kubectl -n virtual-nodes create secret generic login");

    cluster.secrets = Map.of("login", keys("other"));
    cluster.expect(Level.FAIL, "secrets", "the Secret login has no key word", "create secret");

    cluster.secrets = Map.of("login", keys("word"));
    assertThat(cluster.only("secrets").message()).isEqualTo("those that it needs are there: login");

    cluster.secrets = Map.of("login", new Reading.Unreadable<>(403, "secrets is forbidden"));
    cluster.expect(Level.WARN, "secrets", "secrets is forbidden", "somebody with the right");
  }

  @Test
  void theKeyOfAWorkspaceHasToBeWhereTheOperatorLooks() throws IOException {
    cluster.pool = cloud(ACI, CLIENT, "logAnalytics: { workspaceId: %s }".formatted(WORKSPACE));
    cluster.expect(
        Level.WARN, "log-analytics-key", "no Secret is mounted at /etc/virtual-nodes", "mount");

    cluster.operators =
        new Reading.Known<>(
            List.of(
                HealthyCluster.yaml(
                    Deployment.class, Files.readString(Path.of("deploy/base/deployment.yaml")))));
    cluster.secrets = Map.of("log-analytics-keys", new Reading.Known<>(Optional.empty()));
    assertThat(cluster.only("secrets").level()).as("it is optional").isEqualTo(Level.OK);
    cluster.expect(
        Level.FAIL,
        "log-analytics-key",
        "spec.backends[0].aci.logAnalytics.workspaceId: the Secret"
            + " virtual-nodes/log-analytics-keys",
        "docs/tasks/azure.md");

    cluster.secrets = Map.of("log-analytics-keys", keys(WORKSPACE));
    assertThat(cluster.only("log-analytics-key").level()).isEqualTo(Level.OK);
  }

  @Test
  void theSocketOfAnEngineHasToBeThereAndOfAGroupOfTheOperators() throws IOException {
    cluster.pool = HealthyCluster.pool("{}", "{ name: cloud, docker: {} }", "");
    cluster.expect(
        Level.FAIL, "engine-socket", "no file /var/run/docker.sock", "deploy/overlays/docker");

    var overlay = overlay(Deployment.class, "docker/socket.yaml");
    cluster.operators = new Reading.Known<>(List.of(overlay));
    cluster.expect(
        Level.WARN, "engine-socket", "in the group 999", "stat --format=%g /var/run/docker.sock");

    cluster.pool.setStatus(ready());
    assertThat(cluster.only("engine-socket").level()).isEqualTo(Level.OK);
    cluster.pool.setStatus(null);

    overlay.getSpec().getTemplate().getSpec().setSecurityContext(null);
    cluster.expect(Level.FAIL, "engine-socket", "in no group that may use", "supplementalGroups");

    cluster.pool =
        HealthyCluster.pool("{}", "{ name: cloud, docker: { host: 'tcp://engine:2375' } }", "");
    assertThat(cluster.all("engine-socket")).isEmpty();
  }

  private static <T> T overlay(Class<T> type, String file) throws IOException {
    return HealthyCluster.yaml(type, Files.readString(OVERLAYS.resolve(file)));
  }

  private static Deployment labelledAsTheOverlayDoes() throws IOException {
    return new DeploymentBuilder(HealthyCluster.operator(1))
        .editSpec()
        .editTemplate()
        .withMetadata(
            overlay(Deployment.class, "aci/workload-identity.yaml")
                .getSpec()
                .getTemplate()
                .getMetadata())
        .endTemplate()
        .endSpec()
        .build();
  }

  /**
   * @param field of its only container
   */
  private static Deployment operator(String field) {
    return HealthyCluster.yaml(
        Deployment.class,
        """
        metadata: { name: virtual-nodes-operator, namespace: virtual-nodes }
        spec: { template: { spec: { containers: [{ name: operator, %s }] } } }
        status: { readyReplicas: 1 }
        """
            .formatted(field));
  }

  private static String secretVariable(String name) {
    return "env: [{ name: %s, valueFrom: { secretKeyRef: { name: login, key: word } } }]"
        .formatted(name);
  }

  private static VirtualNodePool cloud(String backend, String id, String setting) {
    return HealthyCluster.pool(
        "{}", backend.formatted(id, setting.isEmpty() ? "" : ", " + setting), "");
  }

  private static VirtualNodePoolStatus ready() {
    return HealthyCluster.yaml(
            VirtualNodePool.class, "status: { backends: [{ name: cloud, state: Ready }] }")
        .getStatus();
  }

  private static Reading<Optional<ServiceAccount>> account(String annotation, String value) {
    return new Reading.Known<>(
        Optional.of(HealthyCluster.account("{ '%s': '%s' }".formatted(annotation, value))));
  }

  private static Reading<Optional<Set<String>>> keys(String... names) {
    return new Reading.Known<>(Optional.of(Set.of(names)));
  }
}
