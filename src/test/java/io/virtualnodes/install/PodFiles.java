package io.virtualnodes.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Volume;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The volumes of one pod, as a kubelet makes them on its machine: a folder each.
 *
 * @param folder where all of them are; the pod has no other place to write to
 */
record PodFiles(KubernetesClient client, Pod pod, Path folder) {

  /** Makes what the volumes hold, and returns where a container of the pod sees it. */
  List<Bind> binds() {
    var sources = new HashMap<String, String>();
    for (var volume : pod.getSpec().getVolumes()) {
      sources.put(volume.getName(), source(volume));
    }
    return pod.getSpec().getContainers().getFirst().getVolumeMounts().stream()
        .map(mount -> bind(sources, mount))
        .toList();
  }

  /** The bytes that are in the pod's {@code emptyDir} of this name. */
  long size(String volume) {
    try (Stream<Path> files = Files.walk(folder.resolve(volume))) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes all of them: the token of its ServiceAccount is among them. */
  void delete() {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Bind bind(Map<String, String> sources, VolumeMount mount) {
    return new Bind(
        sources.get(mount.getName()),
        new Volume(mount.getMountPath()),
        Boolean.TRUE.equals(mount.getReadOnly()) ? AccessMode.ro : AccessMode.rw);
  }

  private String source(io.fabric8.kubernetes.api.model.Volume volume) {
    if (volume.getHostPath() != null) {
      return volume.getHostPath().getPath();
    }
    if (volume.getEmptyDir() != null) {
      return made(volume.getName(), Map.of(), "rwxrwxrwx");
    }
    if (volume.getSecret() != null) {
      return made(volume.getName(), secret(volume.getSecret().getSecretName()), "rwxr-xr-x");
    }
    if (volume.getProjected() != null) {
      var files = new HashMap<String, String>();
      volume.getProjected().getSources().forEach(source -> files.putAll(projected(source)));
      return made(volume.getName(), files, "rwxr-xr-x");
    }
    throw new IllegalStateException("no volume of this kind is made here: " + volume);
  }

  private String made(String name, Map<String, String> files, String permissions) {
    Path made = folder.resolve(name);
    try {
      Files.createDirectories(made);
      // Whatever the process's own mask takes away.
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(permissions));
      for (var file : files.entrySet()) {
        Files.writeString(made.resolve(file.getKey()), file.getValue(), UTF_8);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return made.toString();
  }

  /**
   * What a Secret holds, by key; empty where it is not there: the Deployment's own are optional.
   */
  Map<String, String> secret(String name) {
    var secret = client.secrets().inNamespace(namespace()).withName(name).get();
    var files = new HashMap<String, String>();
    if (secret != null) {
      secret
          .getData()
          .forEach(
              (key, value) -> files.put(key, new String(Base64.getDecoder().decode(value), UTF_8)));
    }
    return files;
  }

  private Map<String, String> projected(VolumeProjection source) {
    if (source.getServiceAccountToken() != null) {
      var wanted = source.getServiceAccountToken();
      return Map.of(wanted.getPath(), token(wanted.getExpirationSeconds()));
    }
    if (source.getConfigMap() != null) {
      var map =
          client
              .configMaps()
              .inNamespace(namespace())
              .withName(source.getConfigMap().getName())
              .require();
      var files = new HashMap<String, String>();
      source
          .getConfigMap()
          .getItems()
          .forEach(item -> files.put(item.getPath(), map.getData().get(item.getKey())));
      return Map.copyOf(files);
    }
    if (source.getDownwardAPI() != null) {
      var files = new HashMap<String, String>();
      source
          .getDownwardAPI()
          .getItems()
          .forEach(item -> files.put(item.getPath(), field(item.getFieldRef().getFieldPath())));
      return Map.copyOf(files);
    }
    throw new IllegalStateException("nothing of this kind is projected here: " + source);
  }

  private String field(String path) {
    if (path.equals("metadata.namespace")) {
      return namespace();
    }
    throw new IllegalStateException("no such field is projected here: " + path);
  }

  /** Bound to the pod, so that it ends with it. */
  private String token(long seconds) {
    return client
        .serviceAccounts()
        .inNamespace(namespace())
        .withName(pod.getSpec().getServiceAccountName())
        .tokenRequest(
            new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(seconds)
                .withNewBoundObjectRef()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endBoundObjectRef()
                .endSpec()
                .build())
        .getStatus()
        .getToken();
  }

  private String namespace() {
    return pod.getMetadata().getNamespace();
  }
}
