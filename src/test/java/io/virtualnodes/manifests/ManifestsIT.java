package io.virtualnodes.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Kubectl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * That a real API server accepts every manifest of {@code deploy}, unknown fields included in what
 * it refuses, and OLM's own validator the bundle.
 */
@Tag("manifests")
class ManifestsIT {
  // Tried in ChartIT and below, or no objects of Kubernetes: the documents of clouds, and rules for
  // Prometheus' own tool.
  private static final Set<String> NOT_APPLIED =
      Set.of("helm", "helm-values", "olm", "cloud", "monitoring");

  private static Kubectl kubectl;

  @BeforeAll
  static void whatTheyNeedIsThere() {
    kubectl = Cluster.of(ManifestsIT.class).kubectl();
    kubectl.run("apply", "-k", "crds");
    kubectl.run("wait", "--for=condition=Established", "crd/virtualnodepools.virtualnodes.io");
    kubectl.run("apply", "-f", Base.DEPLOY.resolve("base/namespace.yaml").toString());
    for (String others : List.of("argocd", "flux-system")) {
      kubectl.runWith(
          "apiVersion: v1\nkind: Namespace\nmetadata: { name: %s }\n".formatted(others),
          "apply",
          "-f",
          "-");
    }
    kubectl.run("apply", "--server-side", "-f", othersKinds());
    // Their files bring lists of conditions that are null, which `kubectl wait` does not take.
    await()
        .until(
            () ->
                Stream.of("csv", "applications", "kustomizations", "podmonitors", "prometheusrules")
                    .allMatch(kind -> kubectl.attempt("get", kind).succeeded()));
  }

  @AfterAll
  static void removeOthersKinds() {
    if (kubectl != null) {
      kubectl.run("delete", "--ignore-not-found", "-f", othersKinds());
    }
  }

  private static String othersKinds() {
    return Program.tool("crds").toString();
  }

  @Test
  void kubectlReadsTheBaseAsTheQuickTestsDo() {
    var read = Manifests.parse(kubectl.run("kustomize", Base.DEPLOY.resolve("base").toString()));

    assertThat(Base.manifests().differencesFrom(read)).isEmpty();
  }

  static Stream<Path> kustomizations() {
    return filesBelow(Base.DEPLOY).filter(ManifestsIT::isKustomization).map(Path::getParent);
  }

  @ParameterizedTest
  @MethodSource
  void kustomizations(Path folder) {
    kubectl.run("apply", "--dry-run=server", "-k", folder.toString());
  }

  @Test
  void componentsOnTopOfTheBase() {
    kubectl.runWith(
        Overlay.ofComponents(
                kubectl, "cluster-signed-certificates", "certificate-approval", "monitoring")
            .yaml(),
        "apply",
        "--dry-run=server",
        "-f",
        "-");
  }

  static Stream<Path> otherFiles() {
    Predicate<Path> inKustomization =
        file -> Files.exists(file.resolveSibling("kustomization.yaml"));
    return Stream.concat(
        filesBelow(Base.DEPLOY)
            .filter(file -> !NOT_APPLIED.contains(file.getName(1).toString()))
            .filter(inKustomization.negate()),
        // Beside a kustomization that is for somebody else.
        Stream.of(Base.DEPLOY.resolve("gitops/argocd/application.yaml")));
  }

  @ParameterizedTest
  @MethodSource
  void otherFiles(Path file) {
    kubectl.run("apply", "--dry-run=server", "-f", file.toString());
  }

  @Test
  void whatOlmMakesOfTheBundle() {
    var installed = InstalledBundle.in(Base.NAMESPACE).yaml();

    kubectl.runWith(installed, "apply", "--dry-run=server", "-f", "-");
  }

  @Test
  void theServiceVersionIsWhatOlmKnows() {
    kubectl.runWith(
        InstalledBundle.files().ofKinds("ClusterServiceVersion").yaml(),
        "apply",
        "--dry-run=server",
        "--namespace=" + Base.NAMESPACE,
        "-f",
        "-");
  }

  @Test
  void olmsValidatorFindsNothing() {
    var verify =
        new Program(List.of(Program.tool("operator-verify").toString(), "manifests"), Map.of());

    var outcome =
        verify.attempt(
            "--object_validate",
            "--operatorhub_validate",
            BundleParts.OLM.resolve("bundle").toString());

    // It ends with 0 whatever it finds, and each time says that its check for catalogs is an older
    // one.
    assertThat(outcome.exitCode()).as(outcome.errors()).isZero();
    assertThat(outcome.output() + outcome.errors())
        .hasLineCount(1)
        .contains("validator is deprecated");
  }

  private static boolean isKustomization(Path file) {
    return file.endsWith("kustomization.yaml")
        && !Manifests.in(file).ofKinds("Kustomization").objects().isEmpty();
  }

  private static Stream<Path> filesBelow(Path folder) {
    try (var files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
