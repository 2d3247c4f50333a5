package io.virtualnodes;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.virtualnodes.backend.Backend;
import org.junit.jupiter.api.Test;

/** Who may know whom. The rooms and what each is for are told in the packages' own words. */
class ArchitectureTest {
  private static final JavaClasses PROGRAM =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.virtualnodes");

  @Test
  void roomsKnowOnlyThoseBelowThem() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("plugin")
        .definedBy("io.virtualnodes.plugin..")
        .layer("runtime")
        .definedBy("io.virtualnodes.runtime..")
        .layer("volume")
        .definedBy("io.virtualnodes.volume..")
        .layer("pool")
        .definedBy("io.virtualnodes.pool..")
        .layer("node")
        .definedBy("io.virtualnodes.node..")
        .layer("pod")
        .definedBy("io.virtualnodes.pod..")
        .layer("kubelet")
        .definedBy("io.virtualnodes.kubelet..")
        .layer("backend")
        .definedBy("io.virtualnodes.backend..")
        .layer("api")
        .definedBy("io.virtualnodes.api..")
        .layer("metrics")
        .definedBy("io.virtualnodes.metrics..")
        .whereLayer("plugin")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("runtime")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("volume")
        .mayOnlyBeAccessedByLayers("runtime")
        .whereLayer("pool")
        .mayOnlyBeAccessedByLayers("runtime", "plugin")
        .whereLayer("node")
        .mayOnlyBeAccessedByLayers("pool", "volume", "runtime", "plugin")
        .whereLayer("kubelet")
        .mayOnlyBeAccessedByLayers("pool", "runtime")
        .whereLayer("pod")
        .mayOnlyBeAccessedByLayers("pool", "volume", "kubelet", "runtime", "plugin")
        .whereLayer("backend")
        .mayOnlyBeAccessedByLayers("pool", "volume", "pod", "kubelet", "runtime", "plugin")
        .whereLayer("metrics")
        .mayNotAccessAnyLayer()
        .whereLayer("api")
        .mayOnlyBeAccessedByLayers("pool", "volume", "node", "backend", "runtime", "plugin")
        .check(PROGRAM);
  }

  @Test
  void theSeamKnowsNoBackend() {
    noClasses()
        .that()
        .resideInAPackage("io.virtualnodes.backend")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.virtualnodes.backend.*..")
        .check(PROGRAM);
  }

  @Test
  void backendsDoNotKnowEachOther() {
    slices()
        .matching("io.virtualnodes.backend.(*)..")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(
            DescribedPredicate.alwaysTrue(),
            DescribedPredicate.describe(
                "the supervisor, which serves those without restarts of their own",
                target -> target.getPackageName().equals("io.virtualnodes.backend.supervisor")))
        .check(PROGRAM);
  }

  @Test
  void theSupervisorKnowsNoBackend() {
    noClasses()
        .that()
        .resideInAPackage("io.virtualnodes.backend.supervisor")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.virtualnodes.backend.docker..")
        .check(PROGRAM);
  }

  @Test
  void backendsSpeakNoKubernetes() {
    noClasses()
        .that()
        .resideInAPackage("io.virtualnodes.backend..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..", "io.quarkus..")
        .check(PROGRAM);
  }

  @Test
  void thePluginMakesNoBackendAndRunsNothing() {
    noClasses()
        .that()
        .resideInAPackage("io.virtualnodes.plugin..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Backend.class)
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.virtualnodes.backend.*..", "io.javaoperatorsdk..", "io.quarkus..", "io.vertx..")
        .check(PROGRAM);
  }

  @Test
  void eachLibraryStaysInItsRoom() {
    classes()
        .that(dependOn("picocli"))
        .should()
        .resideInAPackage("io.virtualnodes.plugin")
        .check(PROGRAM);
    classes()
        .that(dependOn("com.github.dockerjava"))
        .should()
        .resideInAPackage("io.virtualnodes.backend.docker")
        .check(PROGRAM);
    classes()
        .that(dependOn("com.azure"))
        .should()
        .resideInAPackage("io.virtualnodes.backend.aci")
        .check(PROGRAM);
    classes()
        .that(dependOn("software.amazon.awssdk"))
        .should()
        .resideInAPackage("io.virtualnodes.backend.fargate")
        .check(PROGRAM);
    classes()
        .that(dependOn("io.netty"))
        .should()
        .resideInAPackage("io.virtualnodes.kubelet..")
        .check(PROGRAM);
    classes()
        .that(dependOn("org.bouncycastle"))
        .should()
        .resideInAPackage("io.virtualnodes.kubelet..")
        .check(PROGRAM);
    classes()
        .that(dependOn("com.amazon.corretto"))
        .should()
        .resideInAPackage("io.virtualnodes.runtime")
        .check(PROGRAM);
    classes()
        .that(dependOn("io.quarkus"))
        .should()
        .resideInAPackage("io.virtualnodes.runtime")
        .check(PROGRAM);
  }

  private static DescribedPredicate<com.tngtech.archunit.core.domain.JavaClass> dependOn(
      String library) {
    return DescribedPredicate.describe(
        "depend on " + library,
        candidate ->
            candidate.getDirectDependenciesFromSelf().stream()
                .anyMatch(
                    dependency ->
                        dependency.getTargetClass().getPackageName().startsWith(library)));
  }
}
