package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether an object is kept as a repository has it, so that a change by hand is set back: by the
 * marks that such tools leave. Pure.
 */
final class DeclaredElsewhere {
  /**
   * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ and
   * https://fluxcd.io/flux/components/kustomize/kustomizations/
   */
  private static final List<String> KEYS =
      List.of(
          "argocd.argoproj.io/tracking-id",
          "argocd.argoproj.io/instance",
          "kustomize.toolkit.fluxcd.io/name",
          "helm.toolkit.fluxcd.io/name");

  private DeclaredElsewhere() {}

  /** The mark, as key=value; empty if there is none. */
  static Optional<String> of(HasMetadata object) {
    return Stream.of(object.getMetadata().getLabels(), object.getMetadata().getAnnotations())
        .flatMap(Stream::ofNullable)
        .map(Map::entrySet)
        .flatMap(entries -> entries.stream())
        .filter(entry -> KEYS.contains(entry.getKey()))
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .sorted()
        .findFirst();
  }
}
