package io.virtualnodes.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Kubectl;
import io.virtualnodes.pod.GoldenCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the real helm makes of the chart, in the real API server's eyes. The operator does not run
 * here.
 */
@Tag("manifests")
class ChartIT {
  private static final String RELEASE = "virtual-nodes";
  private static final String CRD = "crd/virtualnodepools.virtualnodes.io";
  private static final String CHART = Chart.FOLDER.toString();
  private static final Path VALUES = Base.DEPLOY.resolve("helm-values");

  private static Kubectl kubectl;
  private static Program helm;

  @BeforeAll
  static void helmAndACluster() {
    var cluster = Cluster.of(ChartIT.class);
    kubectl = cluster.kubectl();
    kubectl.run("apply", "-f", Base.DEPLOY.resolve("base/namespace.yaml").toString());
    helm = Chart.helm(cluster);
  }

  @Test
  void withoutValuesItIsWhatTheQuickTestReads() {
    new GoldenCase(Chart.RENDERED.getParent())
        .expect(
            Chart.RENDERED.getFileName().toString(),
            Chart.renderedOf()
                + Manifests.parse(helm.run("template", RELEASE, CHART, "--set=crds.install=false"))
                    .sorted()
                    .yaml());
  }

  @Test
  void itsCrdIsTheGeneratedOne() {
    var rendered =
        Chart.withoutHelmsLabels(
            Manifests.parse(
                helm.run("template", RELEASE, CHART, "--show-only=templates/crd.yaml")));
    var crd = Base.manifests().ofKinds("CustomResourceDefinition");

    assertThat(rendered.differencesFrom(crd))
        .containsExactly(
            "CustomResourceDefinition virtualnodepools.virtualnodes.io:"
                + " metadata.annotations.helm.sh/resource-policy is \"keep\" here and absent"
                + " there");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "aci", "docker", "fargate", "named-nodes", "simulated"})
  void strictLintFindsNothing(String values) {
    helm.run(with(values, "lint", "--strict", CHART));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "aci", "docker", "fargate", "named-nodes", "simulated"})
  void theApiServerAcceptsIt(String values) {
    String rendered = helm.run(with(values, "template", RELEASE, CHART));

    kubectl.runWith(rendered, "apply", "--dry-run=server", "-f", "-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"aci", "docker", "fargate", "named-nodes", "simulated"})
  void valuesMakeOfItWhatTheOverlayOfTheirNameMakesOfTheBase(String name) {
    var chart = Manifests.parse(helm.run(with(name, "template", RELEASE, CHART)));

    assertSame(chart, Overlay.of(kubectl, name));
  }

  @Test
  void certificatesAreThoseOfTheComponents() {
    var chart =
        Manifests.parse(
            helm.run(
                "template",
                RELEASE,
                CHART,
                "--set=certificates.clusterSigned=true,certificates.approve=true"));

    // Kustomize labels what is in the base, and not what a component adds.
    assertSame(
        chart.withoutLabels(),
        Overlay.ofComponents(kubectl, "cluster-signed-certificates", "certificate-approval")
            .withoutLabels());
  }

  @Test
  void monitoringIsThatOfTheComponent() {
    var chart =
        Manifests.parse(helm.run("template", RELEASE, CHART, "--set=monitoring.enabled=true"));

    assertSame(chart.withoutLabels(), Overlay.ofComponents(kubectl, "monitoring").withoutLabels());
  }

  @Test
  void whatIsSwitchedOffIsNotThere() {
    var chart =
        Manifests.parse(
            helm.run(
                "template",
                RELEASE,
                CHART,
                "--set=crds.install=false,networkPolicy.enabled=false",
                "--set=podDisruptionBudget.enabled=false,priorityQuota.enabled=false"));

    assertThat(
            chart
                .ofKinds(
                    "CustomResourceDefinition",
                    "NetworkPolicy",
                    "PodDisruptionBudget",
                    "ResourceQuota")
                .objects())
        .isEmpty();
  }

  static Stream<Arguments> badValues() {
    return Stream.of(
        arguments("--set=replica=2", "'replica' not allowed"),
        arguments("--set=replicas=two", "/replicas"),
        arguments("--set=image.tag=a b", "/image/tag"),
        arguments("--set=image.digest=sha256:1", "/image/digest"),
        arguments("--set=image.pullPolicy=Sometimes", "/image/pullPolicy"),
        arguments("--set=resources.limits.memory=much", "/resources/limits/memory"),
        arguments("--set=impersonation.mode=Named", "/impersonation/nodes"),
        arguments("--set=impersonation.nodes[0]=burst-0", "/impersonation/nodes"),
        arguments(
            "--set-json=impersonation={\"mode\":\"Named\",\"nodes\":[\"*\"]}",
            "/impersonation/nodes/0"),
        arguments("--set=certificates.approve=true", "/certificates/clusterSigned"),
        arguments("--set-json=podLabels={\"team\":1}", "/podLabels/team"),
        arguments(
            "--set=env[0].name=JAVA_TOOL_OPTIONS",
            "env: JAVA_TOOL_OPTIONS is what jvmOptions sets"),
        arguments(
            "--set=env[0].name=VIRTUALNODES_NODE_ADDRESS",
            "env: VIRTUALNODES_NODE_ADDRESS is what nodeAddress sets"),
        arguments(
            "--kube-version=1.34.0", "impersonation.mode: Constrained takes Kubernetes 1.36"));
  }

  @ParameterizedTest
  @MethodSource
  void badValues(String argument, String named) {
    var outcome = helm.attempt("template", RELEASE, CHART, argument);

    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.errors()).contains(named);
  }

  @Test
  void anUpgradeBringsTheNewCrdAndUninstallingLeavesItWithThePools(@TempDir Path older)
      throws IOException {
    // The API server's own state before: of a run in this cluster, or of tests beside this one.
    kubectl.run("delete", CRD, "--ignore-not-found");
    copyOfAnOlderChart(older);
    try {
      helm.run("install", RELEASE, older.toString());
      kubectl.run("wait", "--for=condition=Established", CRD);
      assertThat(columns()).doesNotContain("Ready-Nodes");

      helm.run("upgrade", RELEASE, CHART, "--set=replicas=3");
      assertThat(columns()).contains("Ready-Nodes");
      assertThat(live("deployment", ".spec.replicas")).isEqualTo("3");

      kubectl.run("apply", "-f", Base.DEPLOY.resolve("samples/pool-simulated.yaml").toString());
      helm.run("uninstall", RELEASE);
      assertThat(kubectl.run("get", "vnp", "--output=name")).contains("/burst");
      assertThat(
              kubectl.run(
                  "get",
                  "deployments,serviceaccounts,roles,clusterroles,clusterrolebindings,rolebindings",
                  "--all-namespaces",
                  "--selector=app.kubernetes.io/instance=" + RELEASE,
                  "--output=name"))
          .isEmpty();

      // The definition that stayed is taken up again by a release of the same name.
      helm.run("install", RELEASE, CHART);
      assertThat(live("deployment", ".spec.replicas")).isEqualTo("2");
    } finally {
      helm.attempt("uninstall", RELEASE);
      kubectl.run("delete", CRD, "--ignore-not-found");
    }
  }

  /** One whose CRD lacks a column. */
  private static void copyOfAnOlderChart(Path folder) throws IOException {
    try (var files = Files.walk(Chart.FOLDER)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = folder.resolve(Chart.FOLDER.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    Path crd = folder.resolve("templates").resolve("crd.yaml");
    String column =
        """
            - jsonPath: ".status.readyNodes"
              name: "Ready-Nodes"
              type: "integer"
        """;
    String text = Files.readString(crd);
    assertThat(text).contains(column);
    Files.writeString(crd, text.replace(column, ""));
  }

  private static String columns() {
    return kubectl.run(
        "get", CRD, "--output=jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}");
  }

  private static String live(String kind, String path) {
    return kubectl.run(
        "get",
        kind,
        Base.NAME,
        "--namespace=" + Base.NAMESPACE,
        "--output=jsonpath={" + path + "}");
  }

  private static void assertSame(Manifests chart, Manifests kustomized) {
    String[] compared = {"Namespace", "CustomResourceDefinition"};
    assertThat(
            Chart.withoutHelmsLabels(chart)
                .without(compared)
                .differencesFrom(Chart.withoutHelmsLabels(kustomized).without(compared)))
        .as("what the chart (here) says otherwise than kustomize (there)")
        .isEmpty();
  }

  private static String[] with(String values, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    if (!values.isEmpty()) {
      all.add("--values=" + VALUES.resolve(values + ".yaml"));
    }
    return all.toArray(String[]::new);
  }
}
