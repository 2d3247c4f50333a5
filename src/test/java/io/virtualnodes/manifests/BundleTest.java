package io.virtualnodes.manifests;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.pod.GoldenCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That the bundle for the Operator Lifecycle Manager installs what {@code deploy/base} does. */
class BundleTest {
  private static final Path BUNDLE = BundleParts.OLM.resolve("bundle");
  private static final Pattern LABEL = Pattern.compile("(?m)^LABEL ([^=]+)=(.*)$");

  @Test
  void itsFilesAreWrittenFromTheBase() throws IOException {
    var files = BundleParts.manifests();
    var folder = new GoldenCase(BUNDLE.resolve("manifests"));

    files.forEach(folder::expect);

    try (var there = Files.list(folder.folder())) {
      assertThat(there.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(files.keySet());
    }
  }

  @Test
  void theCatalogsEntryIsWrittenFromTheBundle() {
    new GoldenCase(BundleParts.OLM.resolve("catalog").resolve(Base.NAME))
        .expect("catalog.yaml", BundleParts.GENERATED + BundleParts.catalog().yaml());
  }

  @Test
  void whatOlmMakesOfItIsTheBase() {
    var rights = Base.RIGHTS;
    // OLM has labels of its own for what it makes itself.
    var installed = InstalledBundle.in(Base.NAMESPACE).without(rights).withoutLabels();
    // The namespace is there before the operator, and OLM puts no quota into it.
    var base =
        Base.manifests().without(rights).without("Namespace", "ResourceQuota").withoutLabels();

    assertThat(installed.differencesFrom(base))
        .as("what the bundle (here) says otherwise than deploy/base (there)")
        .isEmpty();
  }

  @Test
  void itGrantsMoreOnlyWhereOlmCannotGrantSoLittle() {
    var installed = Grants.of(InstalledBundle.in(Base.NAMESPACE));
    var base = Grants.of(Base.manifests());

    var more = new TreeSet<>(installed);
    more.removeAll(base);
    var less = new TreeSet<>(base);
    less.removeAll(installed);

    assertThat(more)
        .containsExactly(
            "everywhere: create events",
            "everywhere: create leases.coordination.k8s.io",
            "everywhere: get configmaps extension-apiserver-authentication",
            "everywhere: get leases.coordination.k8s.io virtual-nodes-operator",
            "everywhere: patch leases.coordination.k8s.io virtual-nodes-operator",
            "everywhere: update leases.coordination.k8s.io virtual-nodes-operator");
    assertThat(less)
        .containsExactly(
            "in default: create events",
            "in kube-system: what the Role extension-apiserver-authentication-reader says",
            "in virtual-nodes: create leases.coordination.k8s.io",
            "in virtual-nodes: get leases.coordination.k8s.io virtual-nodes-operator",
            "in virtual-nodes: patch leases.coordination.k8s.io virtual-nodes-operator",
            "in virtual-nodes: update leases.coordination.k8s.io virtual-nodes-operator");
  }

  @Test
  void theImagesLabelsAreItsAnnotations() {
    var annotations =
        Manifests.in(BUNDLE.resolve("metadata").resolve("annotations.yaml"))
            .objects()
            .getFirst()
            .get("annotations")
            .properties()
            .stream()
            .collect(toMap(Map.Entry::getKey, entry -> entry.getValue().asText()));
    var labels =
        LABEL
            .matcher(Manifests.read(BundleParts.OLM.resolve("bundle.Dockerfile")))
            .results()
            .collect(toMap(label -> label.group(1), label -> label.group(2)));

    assertThat(labels).isEqualTo(annotations);
    assertThat(annotations)
        .containsEntry("operators.operatorframework.io.bundle.package.v1", Base.NAME);
  }
}
