package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Mount;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.ContainerGroup.Volume.Medium;
import io.virtualnodes.pod.MissingInput.Use;
import io.virtualnodes.pod.PodReferences.TokenTerms;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The volumes of one group, with the files that Kubernetes fills them with, and where its
 * containers see them.
 *
 * <p>A mount of a folder below a volume ({@code subPath}) is of a volume of its own, which no
 * backend needs to know of. {@link SubPaths} refuses what would make a difference.
 */
final class PodVolumes {
  private static final int DEFAULT_MODE = 0644;
  private static final int TOKEN_MODE = 0600;
  // What a kubelet adds to every file where the pod's files belong to a group of its own.
  private static final int GROUP_MAY_READ = 0440;

  private final Pod pod;
  private final PodInputs inputs;
  private final NodeFacts node;
  private final Map<String, Volume> whole = new LinkedHashMap<>();
  // Of each volume, what is mounted of it: the folder, empty for all of it.
  private final Map<String, Map<String, Volume>> used = new LinkedHashMap<>();

  private final Set<String> readOnlyClaims = new HashSet<>();

  /**
   * @throws MissingInput if something is not there that is not optional
   * @throws io.virtualnodes.backend.BackendException.Unsupported if a volume cannot be mounted here
   */
  PodVolumes(Pod pod, PodInputs inputs, NodeFacts node) {
    this(pod, inputs, node, PodReferences.mountedVolumes(pod));
  }

  private PodVolumes(
      Pod pod,
      PodInputs inputs,
      NodeFacts node,
      Stream<io.fabric8.kubernetes.api.model.Volume> volumes) {
    this.pod = pod;
    this.inputs = inputs;
    this.node = node;
    volumes.forEach(
        volume -> {
          whole.put(volume.getName(), volume(volume));
          used.put(volume.getName(), new LinkedHashMap<>());
          if (PodClaims.readOnly(volume)) {
            readOnlyClaims.add(volume.getName());
          }
        });
  }

  /**
   * One of a pod's volumes that does not begin empty, as it would be now.
   *
   * @throws MissingInput if something is not there that is not optional
   */
  static Volume.Files files(
      Pod pod, io.fabric8.kubernetes.api.model.Volume volume, PodInputs inputs, NodeFacts node) {
    return new Volume.Files(
        volume.getName(), new PodVolumes(pod, inputs, node, Stream.empty()).files(volume));
  }

  /** Those that were mounted so far, in the pod's order. */
  List<Volume> used() {
    return used.values().stream().flatMap(parts -> parts.values().stream()).toList();
  }

  /**
   * Where a container sees one of these volumes.
   *
   * @param environment the container's
   * @throws MissingInput if the path cannot be made from the environment
   */
  Mount mount(VolumeMount mount, Map<String, EnvironmentValue> environment) {
    var folder = SubPaths.of(mount, environment);
    var path = absolute(mount.getMountPath());
    boolean readOnly = Boolean.TRUE.equals(mount.getReadOnly());
    return switch (whole.get(mount.getName())) {
      case Volume.Scratch scratch -> new Mount(part(scratch, folder).name(), path, readOnly);
      case Volume.Claimed claimed ->
          new Mount(
              part(claimed, "").name(), path, readOnly || readOnlyClaims.contains(claimed.name()));
      case Volume.AzureFile share ->
          new Mount(
              part(share, "").name(), path, readOnly || readOnlyClaims.contains(share.name()));
      case Volume.ElasticFileSystem system ->
          new Mount(
              part(system, "").name(), path, readOnly || readOnlyClaims.contains(system.name()));
      // A kubelet lets nobody write to these, whatever the mount says.
      case Volume.Files files when has(files, folder) -> {
        var all = part(files, "");
        yield new Mount(all.name(), path, true, Optional.of(folder));
      }
      case Volume.Files files -> new Mount(part(files, folder).name(), path, true);
    };
  }

  /** As the kubelet: the API server admits a path that begins nowhere, and no engine does. */
  private static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  private static boolean has(Volume.Files volume, String path) {
    return volume.files().stream().map(File::path).anyMatch(path::equals);
  }

  private Volume part(Volume volume, String folder) {
    var parts = used.get(volume.name());
    var known = parts.get(folder);
    if (known != null) {
      return known;
    }
    // No volume of a pod has a dot in its name. The folder's own name may be secret.
    var name = folder.isEmpty() ? volume.name() : volume.name() + "." + (parts.size() + 1);
    var part =
        switch (volume) {
          case Volume.Scratch(_, var medium, var limit) -> new Volume.Scratch(name, medium, limit);
          case Volume.Claimed claimed -> claimed;
          case Volume.AzureFile share -> share;
          case Volume.ElasticFileSystem system -> system;
          case Volume.Files(_, var files) -> new Volume.Files(name, below(folder, files));
        };
    parts.put(folder, part);
    return part;
  }

  private static List<File> below(String folder, List<File> files) {
    if (folder.isEmpty()) {
      return files;
    }
    var prefix = folder + "/";
    return files.stream()
        .filter(file -> file.path().startsWith(prefix))
        .map(file -> file.at(file.path().substring(prefix.length())))
        .toList();
  }

  /** Whether Kubernetes says what is in it, and nobody may write to it. */
  static boolean holdsFiles(io.fabric8.kubernetes.api.model.Volume volume) {
    return volume.getConfigMap() != null
        || volume.getSecret() != null
        || volume.getDownwardAPI() != null
        || volume.getProjected() != null;
  }

  /** Whether it is had by a claim. */
  static boolean claimed(io.fabric8.kubernetes.api.model.Volume volume) {
    return volume.getPersistentVolumeClaim() != null || volume.getEphemeral() != null;
  }

  private Volume volume(io.fabric8.kubernetes.api.model.Volume volume) {
    if (holdsFiles(volume)) {
      return new Volume.Files(volume.getName(), files(volume));
    }
    if (claimed(volume)) {
      return PodClaims.volume(pod, volume, inputs, node);
    }
    if (AzureShares.isOne(volume)) {
      return AzureShares.share(pod, volume, inputs);
    }
    var emptyDir = volume.getEmptyDir();
    boolean memory = emptyDir != null && "Memory".equals(emptyDir.getMedium());
    return new Volume.Scratch(
        volume.getName(),
        memory ? Medium.MEMORY : Medium.DISK,
        emptyDir == null ? 0 : Amounts.units(emptyDir.getSizeLimit()));
  }

  private List<File> files(io.fabric8.kubernetes.api.model.Volume volume) {
    var use = new Use.OfVolume(volume.getName());
    if (volume.getConfigMap() != null) {
      var source = volume.getConfigMap();
      var files = new Files(use, source.getDefaultMode());
      files.addConfigMap(source.getName(), source.getItems(), source.getOptional());
      return files.all();
    }
    if (volume.getSecret() != null) {
      var source = volume.getSecret();
      var files = new Files(use, source.getDefaultMode());
      files.addSecret(source.getSecretName(), source.getItems(), source.getOptional());
      return files.all();
    }
    if (volume.getDownwardAPI() != null) {
      var files = new Files(use, volume.getDownwardAPI().getDefaultMode());
      volume.getDownwardAPI().getItems().forEach(files::add);
      return files.all();
    }
    var files = new Files(use, volume.getProjected().getDefaultMode());
    volume.getProjected().getSources().forEach(files::add);
    return files.all();
  }

  /** The files of one volume; of two with one path the later one stays. */
  private final class Files {
    private final Use use;
    private final int defaultMode;
    private final Map<String, File> byPath = new LinkedHashMap<>();

    Files(Use use, Integer defaultMode) {
      this.use = use;
      this.defaultMode = Objects.requireNonNullElse(defaultMode, DEFAULT_MODE);
    }

    List<File> all() {
      return List.copyOf(byPath.values());
    }

    void add(VolumeProjection source) {
      if (source.getServiceAccountToken() != null) {
        var token = source.getServiceAccountToken();
        var content = inputs.tokens().get(TokenTerms.of(token));
        putToken(token.getPath(), content.getBytes(StandardCharsets.UTF_8));
      }
      if (source.getConfigMap() != null) {
        var configMap = source.getConfigMap();
        addConfigMap(configMap.getName(), configMap.getItems(), configMap.getOptional());
      }
      if (source.getSecret() != null) {
        var secret = source.getSecret();
        addSecret(secret.getName(), secret.getItems(), secret.getOptional());
      }
      if (source.getDownwardAPI() != null) {
        source.getDownwardAPI().getItems().forEach(this::add);
      }
    }

    void add(DownwardAPIVolumeFile file) {
      var content =
          file.getFieldRef() != null
              ? DownwardApi.field(file.getFieldRef().getFieldPath(), pod, node)
              : resource(file.getResourceFieldRef());
      put(file.getPath(), content.getBytes(StandardCharsets.UTF_8), file.getMode());
    }

    private String resource(ResourceFieldSelector selector) {
      var container = PodReferences.container(pod, selector.getContainerName(), use);
      return DownwardApi.resource(selector, container, inputs.allocatable());
    }

    void addConfigMap(String name, List<KeyToPath> items, Boolean optional) {
      var found = Optional.ofNullable(inputs.configMaps().get(name));
      if (found.isEmpty()) {
        missingUnless(optional, "configmap \"" + name + "\" not found");
      }
      addItems(
          found.map(PodVolumes::content).orElse(Map.of()),
          items,
          optional,
          "configmap references non-existent config key: ");
    }

    void addSecret(String name, List<KeyToPath> items, Boolean optional) {
      var found = Optional.ofNullable(inputs.secrets().get(name));
      if (found.isEmpty()) {
        missingUnless(optional, "secret \"" + name + "\" not found");
      }
      addItems(
          found.map(PodVolumes::content).orElse(Map.of()),
          items,
          optional,
          "references non-existent secret key: ");
    }

    private void addItems(
        Map<String, byte[]> content, List<KeyToPath> items, Boolean optional, String missingKey) {
      if (items.isEmpty()) {
        new TreeMap<>(content).forEach((key, bytes) -> put(key, bytes, null));
      }
      for (var item : items) {
        var bytes = content.get(item.getKey());
        if (bytes == null) {
          missingUnless(optional, missingKey + item.getKey());
        } else {
          put(item.getPath(), bytes, item.getMode());
        }
      }
    }

    /** As the kubelet: where it is known whom a token is for, nobody else may read it. */
    private void putToken(String path, byte[] content) {
      var owner = PodSecurity.onlyUser(pod);
      boolean known = owner.isPresent() || PodSecurity.filesGroup(pod).isPresent();
      put(path, content, known ? TOKEN_MODE : defaultMode, owner);
    }

    private void put(String path, byte[] content, Integer mode) {
      put(path, content, Objects.requireNonNullElse(mode, defaultMode), Optional.empty());
    }

    private void put(String path, byte[] content, int mode, Optional<Long> owner) {
      var normal = Path.of(path).normalize().toString();
      int readable = PodSecurity.filesGroup(pod).isPresent() ? mode | GROUP_MAY_READ : mode;
      byPath.put(normal, new File(normal, content, readable, owner));
    }

    private void missingUnless(Boolean optional, String what) {
      if (!Boolean.TRUE.equals(optional)) {
        throw new MissingInput(use, what, null);
      }
    }
  }

  private static Map<String, byte[]> content(ConfigMap configMap) {
    var content = new TreeMap<String, byte[]>();
    Optional.ofNullable(configMap.getData())
        .ifPresent(
            data ->
                data.forEach(
                    (key, text) -> content.put(key, text.getBytes(StandardCharsets.UTF_8))));
    content.putAll(decoded(configMap.getBinaryData()));
    return content;
  }

  private static Map<String, byte[]> content(Secret secret) {
    return decoded(secret.getData());
  }

  private static Map<String, byte[]> decoded(Map<String, String> data) {
    var content = new TreeMap<String, byte[]>();
    if (data != null) {
      data.forEach((key, base64) -> content.put(key, Base64.getDecoder().decode(base64)));
    }
    return content;
  }
}
