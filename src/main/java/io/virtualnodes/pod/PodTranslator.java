package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.DownwardAPIProjection;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Mount;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns a pod into the group that a backend is asked for. */
final class PodTranslator {
  private static final int DEFAULT_FILE_MODE = 0644;
  // A host name is one DNS label.
  private static final int LONGEST_HOSTNAME = 63;

  private PodTranslator() {}

  /** Every reason why the pod can never run here, each naming its field; empty if it can. */
  static List<String> refusals(Pod pod) {
    return Stream.concat(daemon(pod).stream(), PodFields.refusals(pod).stream()).toList();
  }

  /**
   * The group of a pod that has no {@link #refusals}.
   *
   * @param inputs everything that {@link PodInputs} says the pod refers to
   */
  static ContainerGroup translate(Pod pod, PodInputs inputs, NodeFacts node) {
    var metadata = pod.getMetadata();
    var spec = pod.getSpec();
    return new ContainerGroup(
        GroupId.first(metadata.getUid()),
        new GroupOwner(node.pool(), node.node(), metadata.getNamespace(), metadata.getName()),
        hostname(pod),
        containers(pod),
        mounted(pod).map(volume -> volume(volume, pod, inputs)).toList(),
        restartPolicy(spec.getRestartPolicy()),
        PodGrace.of(pod));
  }

  private static Optional<String> daemon(Pod pod) {
    return pod.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .map(OwnerReference::getKind)
        .filter("DaemonSet"::equals)
        .map(
            kind ->
                "metadata.ownerReferences: a DaemonSet serves machines, and a virtual node is none;"
                    + " keep it off with node affinity")
        .findFirst();
  }

  private static String hostname(Pod pod) {
    var name =
        Optional.ofNullable(pod.getSpec().getHostname())
            .filter(text -> !text.isEmpty())
            .orElse(pod.getMetadata().getName());
    if (name.length() <= LONGEST_HOSTNAME) {
      return name;
    }
    // As the kubelet: cut, and not ending in what a label may not end in.
    return name.substring(0, LONGEST_HOSTNAME).replaceAll("[-.]+$", "");
  }

  private static List<ContainerSpec> containers(Pod pod) {
    var spec = pod.getSpec();
    return Stream.concat(
            spec.getInitContainers().stream().map(init -> container(init, partOfInit(init))),
            spec.getContainers().stream().map(main -> container(main, Part.MAIN)))
        .toList();
  }

  /** PodFields lets no policy of its own but Always through. */
  private static Part partOfInit(Container container) {
    return container.getRestartPolicy() == null ? Part.INIT : Part.SIDECAR;
  }

  private static ContainerSpec container(Container container, Part part) {
    var environment = environment(container);
    return new ContainerSpec(
        container.getName(),
        part,
        container.getImage(),
        pullPolicy(container.getImagePullPolicy()),
        expanded(container.getCommand(), environment),
        expanded(container.getArgs(), environment),
        Optional.ofNullable(container.getWorkingDir()).filter(text -> !text.isEmpty()),
        environment,
        resources(
            Optional.ofNullable(container.getResources()).map(r -> r.getRequests()).orElse(null)),
        resources(
            Optional.ofNullable(container.getResources()).map(r -> r.getLimits()).orElse(null)),
        container.getVolumeMounts().stream()
            .map(
                mount ->
                    new Mount(
                        mount.getName(),
                        mount.getMountPath(),
                        Boolean.TRUE.equals(mount.getReadOnly())))
            .toList());
  }

  private static Map<String, String> environment(Container container) {
    var environment = new LinkedHashMap<String, String>();
    for (EnvVar variable : container.getEnv()) {
      var value = Optional.ofNullable(variable.getValue()).orElse("");
      environment.put(variable.getName(), VariableExpansion.expand(value, environment));
    }
    return environment;
  }

  private static List<String> expanded(List<String> words, Map<String, String> environment) {
    return words.stream().map(word -> VariableExpansion.expand(word, environment)).toList();
  }

  private static Resources resources(Map<String, Quantity> amounts) {
    if (amounts == null) {
      return Resources.UNNAMED;
    }
    return new Resources(number(amounts.get("cpu"), 1000), number(amounts.get("memory"), 1));
  }

  /** Rounds up, as Kubernetes does with quantities: less than was asked for would be a surprise. */
  private static long number(Quantity quantity, long factor) {
    if (quantity == null) {
      return 0;
    }
    return quantity
        .getNumericalAmount()
        .multiply(java.math.BigDecimal.valueOf(factor))
        .setScale(0, RoundingMode.CEILING)
        .longValueExact();
  }

  /** Volumes that no container mounts have no effect at a kubelet either. */
  private static Stream<io.fabric8.kubernetes.api.model.Volume> mounted(Pod pod) {
    var names =
        Stream.concat(
                pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream())
            .flatMap(container -> container.getVolumeMounts().stream())
            .map(mount -> mount.getName())
            .collect(java.util.stream.Collectors.toSet());
    return pod.getSpec().getVolumes().stream().filter(volume -> names.contains(volume.getName()));
  }

  private static Volume volume(
      io.fabric8.kubernetes.api.model.Volume volume, Pod pod, PodInputs inputs) {
    if (volume.getProjected() != null) {
      return new Volume.Files(volume.getName(), files(volume.getProjected(), pod, inputs));
    }
    var emptyDir = volume.getEmptyDir();
    boolean memory = emptyDir != null && "Memory".equals(emptyDir.getMedium());
    return new Volume.Scratch(
        volume.getName(),
        memory ? Volume.Medium.MEMORY : Volume.Medium.DISK,
        emptyDir == null ? 0 : number(emptyDir.getSizeLimit(), 1));
  }

  private static List<File> files(ProjectedVolumeSource projected, Pod pod, PodInputs inputs) {
    int mode = Optional.ofNullable(projected.getDefaultMode()).orElse(DEFAULT_FILE_MODE);
    var files = new ArrayList<File>();
    for (var source : projected.getSources()) {
      var token = source.getServiceAccountToken();
      if (token != null) {
        files.add(file(token.getPath(), inputs.tokens().get(PodInputs.Audience.of(token)), mode));
      }
      var configMap = source.getConfigMap();
      if (configMap != null) {
        var data = inputs.configMaps().getOrDefault(configMap.getName(), Map.of());
        files.addAll(configMapFiles(data, configMap.getItems(), mode));
      }
      if (source.getDownwardAPI() != null) {
        files.addAll(downwardFiles(source.getDownwardAPI(), pod, mode));
      }
    }
    return files;
  }

  private static List<File> configMapFiles(
      Map<String, String> data, List<KeyToPath> items, int mode) {
    if (items.isEmpty()) {
      return data.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .map(entry -> file(entry.getKey(), entry.getValue(), mode))
          .toList();
    }
    return items.stream()
        .filter(item -> data.containsKey(item.getKey()))
        .map(
            item ->
                file(
                    item.getPath(),
                    data.get(item.getKey()),
                    Optional.ofNullable(item.getMode()).orElse(mode)))
        .toList();
  }

  private static List<File> downwardFiles(DownwardAPIProjection projection, Pod pod, int mode) {
    // PodFields lets one field through.
    return projection.getItems().stream()
        .map(
            item ->
                file(
                    item.getPath(),
                    pod.getMetadata().getNamespace(),
                    Optional.ofNullable(item.getMode()).orElse(mode)))
        .toList();
  }

  private static File file(String path, String content, int mode) {
    return new File(path, content.getBytes(StandardCharsets.UTF_8), mode);
  }

  private static PullPolicy pullPolicy(String policy) {
    return switch (policy) {
      case "Always" -> PullPolicy.ALWAYS;
      case "Never" -> PullPolicy.NEVER;
      case "IfNotPresent" -> PullPolicy.IF_NOT_PRESENT;
      // The API server defaults the field and admits nothing else.
      case null, default -> throw new IllegalArgumentException("imagePullPolicy: " + policy);
    };
  }

  private static RestartPolicy restartPolicy(String policy) {
    return switch (policy) {
      case "Always" -> RestartPolicy.ALWAYS;
      case "OnFailure" -> RestartPolicy.ON_FAILURE;
      case "Never" -> RestartPolicy.NEVER;
      case null, default -> throw new IllegalArgumentException("restartPolicy: " + policy);
    };
  }
}
