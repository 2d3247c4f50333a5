package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.CareText;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.Probe;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.Secret;
import software.amazon.awssdk.services.ecs.model.TaskDefinition;

/**
 * What a task definition says of the groups that it is for. What Fargate has no words for is in
 * labels of its containers.
 *
 * @param containers the group's own, in its order
 * @param secrets ARNs of all secrets that it refers to
 */
record TaskShape(List<Shaped> containers, RestartPolicy policy, List<String> secrets) {
  static final String PART = "io.virtualnodes.part";
  static final String POLICY = "io.virtualnodes.restart-policy";
  static final String CARE = "io.virtualnodes.care";

  /** Of an ARN of a secret: what comes after it in a reference names a key in it. */
  private static final int ARN_PARTS = 7;

  TaskShape {
    containers = List.copyOf(containers);
    secrets = List.copyOf(secrets);
  }

  /** One container of the group. */
  record Shaped(String name, Part part, Care care) {}

  /** The readiness probes of the containers, by the containers' names. */
  Map<String, Probe> readiness() {
    var probes = new LinkedHashMap<String, Probe>();
    containers.forEach(
        container ->
            container.care().readiness().ifPresent(probe -> probes.put(container.name(), probe)));
    return probes;
  }

  /** The labels of a container of a group. */
  static Map<String, String> labels(Part part, RestartPolicy policy, Care care) {
    var labels = new LinkedHashMap<String, String>();
    labels.put(PART, part.name());
    labels.put(POLICY, policy.name());
    if (!care.equals(Care.NONE)) {
      labels.put(CARE, CareText.of(care));
    }
    return labels;
  }

  /** Empty if it is not one that this operator made as it is. */
  static Optional<TaskShape> of(TaskDefinition definition) {
    try {
      var containers =
          definition.containerDefinitions().stream()
              .filter(container -> container.dockerLabels().containsKey(PART))
              .map(TaskShape::shaped)
              .toList();
      return definition.containerDefinitions().stream()
          .flatMap(container -> Optional.ofNullable(container.dockerLabels().get(POLICY)).stream())
          .findFirst()
          .map(RestartPolicy::valueOf)
          .map(policy -> new TaskShape(containers, policy, secrets(definition)));
    } catch (IllegalArgumentException e) {
      // Somebody else's labels of the same names: what is not ours is left alone.
      return Optional.empty();
    }
  }

  private static Shaped shaped(ContainerDefinition container) {
    var labels = container.dockerLabels();
    return new Shaped(
        container.name(),
        Part.valueOf(labels.get(PART)),
        Optional.ofNullable(labels.get(CARE)).map(CareText::parse).orElse(Care.NONE));
  }

  private static List<String> secrets(TaskDefinition definition) {
    var references =
        definition.containerDefinitions().stream()
            .flatMap(container -> container.secrets().stream())
            .map(Secret::valueFrom)
            .map(TaskShape::secretOf);
    var logins =
        definition.containerDefinitions().stream()
            .map(ContainerDefinition::repositoryCredentials)
            .filter(java.util.Objects::nonNull)
            .map(login -> login.credentialsParameter());
    return java.util.stream.Stream.concat(references, logins).distinct().toList();
  }

  /** The ARN in a reference to a secret. */
  static String secretOf(String reference) {
    return java.util.Arrays.stream(reference.split(":"))
        .limit(ARN_PARTS)
        .collect(Collectors.joining(":"));
  }
}
