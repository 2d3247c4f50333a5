package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.ObjectFieldSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.virtualnodes.pod.MissingInput.Use;
import io.virtualnodes.pod.ObjectVersions.Kind;
import io.virtualnodes.pod.ObjectVersions.Subject;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What has to be read before a pod can start. Each is asked for once, and for the first use that
 * the pod makes of it: volumes before variables, as a kubelet does.
 *
 * @param configMaps by name
 * @param secrets by name
 * @param tokens by what is asked for
 * @param claims of volumes, by name; only {@link #of}
 * @param allocatable empty unless the pod asks for what its node can give
 * @param tokenFiles where each of the tokens is; only {@link #ofFiles}
 * @param fields what the pod asks of itself that can change; only {@link #ofFiles}
 */
record PodReferences(
    Map<String, Use> configMaps,
    Map<String, Use> secrets,
    Map<TokenTerms, Use> tokens,
    Map<String, Use> claims,
    Optional<Use> allocatable,
    Map<TokenTerms, TokenFile> tokenFiles,
    Set<String> fields) {

  static final PodReferences NONE =
      new PodReferences(Map.of(), Map.of(), Map.of(), Map.of(), Optional.empty());

  /** Where a token is: in which volume, at which path of it. */
  record TokenFile(String volume, String path) {}

  /**
   * What a token is asked for with.
   *
   * @param audience empty means the API server
   * @param seconds how long it is to work; empty leaves it to the API server
   */
  record TokenTerms(Optional<String> audience, Optional<Long> seconds) {
    /** What the API server gives who does not say how many seconds. */
    static final long USUAL = 3600;

    static TokenTerms of(ServiceAccountTokenProjection projection) {
      return new TokenTerms(
          Optional.ofNullable(projection.getAudience()).filter(name -> !name.isEmpty()),
          Optional.ofNullable(projection.getExpirationSeconds()));
    }
  }

  static PodReferences of(Pod pod) {
    var found = new Found();
    mountedVolumes(pod).forEach(found::add);
    mountedVolumes(pod).forEach(found::addKey);
    PodContainers.all(pod).forEach(found::add);
    return new PodReferences(
        found.configMaps, found.secrets, found.tokens, claims(pod), useOfAllocatable(pod));
  }

  /** What the files of a pod's volumes are made of, and nothing that is in its variables. */
  static PodReferences ofFiles(Pod pod) {
    var found = new Found();
    mountedVolumes(pod).forEach(found::add);
    return new PodReferences(
        found.configMaps,
        found.secrets,
        found.tokens,
        Map.of(),
        volumesOfAllocatable(pod).findFirst(),
        found.tokenFiles,
        fields(pod));
  }

  /** Of all that a pod refers to. */
  PodReferences(
      Map<String, Use> configMaps,
      Map<String, Use> secrets,
      Map<TokenTerms, Use> tokens,
      Map<String, Use> claims,
      Optional<Use> allocatable) {
    this(configMaps, secrets, tokens, claims, allocatable, Map.of(), Set.of());
  }

  /** Whether there is nothing that could change while the pod runs. */
  boolean isEmpty() {
    return configMaps.isEmpty() && secrets.isEmpty() && tokens.isEmpty() && fields.isEmpty();
  }

  /** Every object, in the pod's namespace. */
  List<Subject> subjects(Pod pod) {
    var namespace = pod.getMetadata().getNamespace();
    return Stream.concat(
            configMaps.keySet().stream().map(name -> new Subject(Kind.CONFIG_MAP, namespace, name)),
            secrets.keySet().stream().map(name -> new Subject(Kind.SECRET, namespace, name)))
        .toList();
  }

  /**
   * The container that a pod refers to by this name.
   *
   * @throws MissingInput if there is none, which the API server admits
   */
  static Container container(Pod pod, String name, Use use) {
    return PodContainers.all(pod)
        .filter(container -> container.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new MissingInput(use, "container " + name + " not found", null));
  }

  /** Volumes that no container mounts have no effect at a kubelet either. */
  static Stream<Volume> mountedVolumes(Pod pod) {
    var names =
        PodContainers.all(pod)
            .flatMap(container -> container.getVolumeMounts().stream())
            .map(VolumeMount::getName)
            .collect(Collectors.toSet());
    return pod.getSpec().getVolumes().stream().filter(volume -> names.contains(volume.getName()));
  }

  private static Map<String, Use> claims(Pod pod) {
    var claims = new LinkedHashMap<String, Use>();
    mountedVolumes(pod)
        .forEach(
            volume ->
                PodClaims.name(pod, volume)
                    .ifPresent(
                        name -> claims.putIfAbsent(name, new Use.OfVolume(volume.getName()))));
    return claims;
  }

  /** The first use of each. */
  private static final class Found {
    private final Map<String, Use> configMaps = new LinkedHashMap<>();
    private final Map<String, Use> secrets = new LinkedHashMap<>();
    private final Map<TokenTerms, Use> tokens = new LinkedHashMap<>();
    private final Map<TokenTerms, TokenFile> tokenFiles = new LinkedHashMap<>();

    private void add(Volume volume) {
      var use = new Use.OfVolume(volume.getName());
      if (volume.getConfigMap() != null) {
        configMaps.putIfAbsent(volume.getConfigMap().getName(), use);
      }
      if (volume.getSecret() != null) {
        secrets.putIfAbsent(volume.getSecret().getSecretName(), use);
      }
      if (volume.getProjected() != null) {
        for (var source : volume.getProjected().getSources()) {
          if (source.getConfigMap() != null) {
            configMaps.putIfAbsent(source.getConfigMap().getName(), use);
          }
          if (source.getSecret() != null) {
            secrets.putIfAbsent(source.getSecret().getName(), use);
          }
          if (source.getServiceAccountToken() != null) {
            var token = source.getServiceAccountToken();
            tokens.putIfAbsent(TokenTerms.of(token), use);
            tokenFiles.putIfAbsent(
                TokenTerms.of(token), new TokenFile(volume.getName(), normal(token.getPath())));
          }
        }
      }
    }

    /** What a volume is mounted with, which is none of its files. */
    private void addKey(Volume volume) {
      AzureShares.secret(volume)
          .ifPresent(name -> secrets.putIfAbsent(name, new Use.OfVolume(volume.getName())));
    }

    private void add(Container container) {
      var use = new Use.OfEnvironment();
      for (var source : container.getEnvFrom()) {
        if (source.getConfigMapRef() != null) {
          configMaps.putIfAbsent(source.getConfigMapRef().getName(), use);
        }
        if (source.getSecretRef() != null) {
          secrets.putIfAbsent(source.getSecretRef().getName(), use);
        }
      }
      sources(container)
          .forEach(
              source -> {
                if (source.getConfigMapKeyRef() != null) {
                  configMaps.putIfAbsent(source.getConfigMapKeyRef().getName(), use);
                }
                if (source.getSecretKeyRef() != null) {
                  secrets.putIfAbsent(source.getSecretKeyRef().getName(), use);
                }
              });
    }
  }

  /** Whether a container's variables come from ConfigMaps or Secrets. */
  static boolean inVariables(Container container) {
    return !container.getEnvFrom().isEmpty()
        || sources(container)
            .anyMatch(
                source -> source.getConfigMapKeyRef() != null || source.getSecretKeyRef() != null);
  }

  private static Stream<EnvVarSource> sources(Container container) {
    return container.getEnv().stream()
        .map(variable -> variable.getValueFrom())
        .filter(Objects::nonNull);
  }

  private static Optional<Use> useOfAllocatable(Pod pod) {
    Stream<Use> variables =
        PodContainers.all(pod)
            .flatMap(PodReferences::sources)
            .map(EnvVarSource::getResourceFieldRef)
            .filter(PodReferences::ofLimit)
            .map(selector -> new Use.OfEnvironment());
    return Stream.concat(volumesOfAllocatable(pod), variables).findFirst();
  }

  private static Stream<Use> volumesOfAllocatable(Pod pod) {
    return mountedVolumes(pod)
        .filter(
            volume ->
                downwardFiles(volume)
                    .map(DownwardAPIVolumeFile::getResourceFieldRef)
                    .anyMatch(PodReferences::ofLimit))
        .map(volume -> new Use.OfVolume(volume.getName()));
  }

  /** Name, namespace and uid stay, and so do limits. */
  private static Set<String> fields(Pod pod) {
    return mountedVolumes(pod)
        .flatMap(PodReferences::downwardFiles)
        .flatMap(file -> Stream.ofNullable(file.getFieldRef()))
        .map(ObjectFieldSelector::getFieldPath)
        .filter(path -> path.matches("(?s)metadata\\.(labels|annotations).*"))
        .collect(Collectors.toSet());
  }

  private static String normal(String path) {
    return Path.of(path).normalize().toString();
  }

  /** A limit that nobody set is what the node can give; a request that nobody set is 0. */
  private static boolean ofLimit(ResourceFieldSelector selector) {
    return selector != null && selector.getResource().startsWith("limits.");
  }

  private static Stream<DownwardAPIVolumeFile> downwardFiles(Volume volume) {
    var alone =
        Stream.ofNullable(volume.getDownwardAPI()).flatMap(source -> source.getItems().stream());
    var projected =
        Stream.ofNullable(volume.getProjected())
            .flatMap(projection -> projection.getSources().stream())
            .flatMap(source -> Stream.ofNullable(source.getDownwardAPI()))
            .flatMap(source -> source.getItems().stream());
    return Stream.concat(alone, projected);
  }
}
