package io.virtualnodes.pod;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.pod.PodInputs.Claim;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Everything that a pod refers to, as if it were there, with made-up values: for a look at a pod
 * before it is launched, by somebody who may read neither Secrets nor volumes. Pure.
 */
final class AssumedInputs {
  // Longer than any backend takes for a secret that is too short to be kept out of its logs.
  private static final String VALUE = "assumed-value";
  // Of an object of which it is not known what else is in it.
  private static final String ANY_KEY = "assumed-key";
  private static final String ACCOUNT = "assumed";
  private static final String CLAIM_UID = "00000000-0000-0000-0000-00000000c1a1";

  private final Pod pod;
  private final NodeFacts node;
  private final PodReferences references;

  AssumedInputs(Pod pod, NodeFacts node) {
    this.pod = pod;
    this.node = node;
    this.references = PodReferences.of(pod);
  }

  PodInputs inputs() {
    Map<String, ConfigMap> configMaps = each(references.configMaps().keySet(), this::configMap);
    Map<String, Secret> secrets = each(references.secrets().keySet(), this::secret);
    Map<String, Claim> claims = each(references.claims().keySet(), this::claim);
    return new PodInputs(
        configMaps,
        secrets,
        each(references.tokens().keySet(), _ -> VALUE),
        claims,
        List.of(),
        Map.of("cpu", new Quantity("1"), "memory", new Quantity("1Gi")));
  }

  /** What has to be there, for people. The objects that are there of themselves are left out. */
  List<String> described() {
    var described = new ArrayList<String>();
    references.configMaps().keySet().stream()
        .filter(name -> !name.equals("kube-root-ca.crt"))
        .forEach(name -> described.add("ConfigMap " + name));
    references.secrets().keySet().forEach(name -> described.add("Secret " + name));
    references
        .claims()
        .keySet()
        .forEach(
            name ->
                described.add(
                    "PersistentVolumeClaim " + name + ", bound to a volume that the pool mounts"));
    return described;
  }

  private static <K, V> Map<K, V> each(Set<K> names, Function<K, V> made) {
    var all = new LinkedHashMap<K, V>();
    names.forEach(name -> all.put(name, made.apply(name)));
    return all;
  }

  private ConfigMap configMap(String name) {
    var keys = new HashSet<String>();
    sources(source -> Optional.ofNullable(source.getConfigMapKeyRef()))
        .filter(key -> name.equals(key.getName()))
        .forEach(key -> keys.add(key.getKey()));
    PodReferences.mountedVolumes(pod)
        .forEach(
            volume -> {
              Stream.ofNullable(volume.getConfigMap())
                  .filter(source -> name.equals(source.getName()))
                  .forEach(source -> add(keys, source.getItems()));
              projected(volume)
                  .flatMap(source -> Stream.ofNullable(source.getConfigMap()))
                  .filter(source -> name.equals(source.getName()))
                  .forEach(source -> add(keys, source.getItems()));
            });
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withData(each(keys, _ -> VALUE))
        .build();
  }

  private Secret secret(String name) {
    var keys = new HashSet<String>();
    sources(source -> Optional.ofNullable(source.getSecretKeyRef()))
        .filter(key -> name.equals(key.getName()))
        .forEach(key -> keys.add(key.getKey()));
    PodReferences.mountedVolumes(pod)
        .forEach(
            volume -> {
              Stream.ofNullable(volume.getSecret())
                  .filter(source -> name.equals(source.getSecretName()))
                  .forEach(source -> add(keys, source.getItems()));
              projected(volume)
                  .flatMap(source -> Stream.ofNullable(source.getSecret()))
                  .filter(source -> name.equals(source.getName()))
                  .forEach(source -> add(keys, source.getItems()));
            });
    var data = each(keys, _ -> encoded(VALUE));
    var shares =
        PodReferences.mountedVolumes(pod)
            .filter(volume -> AzureShares.secret(volume).filter(name::equals).isPresent())
            .toList();
    if (!shares.isEmpty()) {
      data.putAll(keyOfShare(account(shares)));
    }
    return new SecretBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withData(data)
        .build();
  }

  private static Map<String, String> keyOfShare(String account) {
    return Map.of(
        AzureShares.ACCOUNT_NAME, encoded(account), AzureShares.ACCOUNT_KEY, encoded(VALUE));
  }

  /** That of the server, where one of the volumes names one. */
  private static String account(List<Volume> shares) {
    return shares.stream()
        .flatMap(volume -> Stream.ofNullable(volume.getCsi()))
        .map(csi -> AzureShares.attributes(csi.getVolumeAttributes()).get(AzureShares.SERVER))
        .filter(Objects::nonNull)
        .map(server -> server.split("\\.", 2)[0])
        .findFirst()
        .orElse(ACCOUNT);
  }

  /** Of an object of which nobody says what is in it, something is. */
  private static void add(Set<String> keys, List<KeyToPath> items) {
    if (items == null || items.isEmpty()) {
      keys.add(ANY_KEY);
    } else {
      items.forEach(item -> keys.add(item.getKey()));
    }
  }

  private <T> Stream<T> sources(Function<EnvVarSource, Optional<T>> kind) {
    return PodContainers.all(pod)
        .flatMap(container -> container.getEnv().stream())
        .map(variable -> variable.getValueFrom())
        .filter(Objects::nonNull)
        .flatMap(source -> kind.apply(source).stream());
  }

  private static Stream<VolumeProjection> projected(Volume volume) {
    return Stream.ofNullable(volume.getProjected())
        .flatMap(projection -> projection.getSources().stream());
  }

  /** Bound to such a volume as the backend takes. */
  private Claim claim(String name) {
    var metadata = pod.getMetadata();
    var claim =
        new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(metadata.getNamespace())
            .withUid(CLAIM_UID)
            .addNewOwnerReference()
            .withController(true)
            .withUid(metadata.getUid())
            .endOwnerReference()
            .endMetadata()
            .build();
    return new Claim(
        claim,
        Optional.of(volume(name)),
        Optional.of(new SecretBuilder().withData(keyOfShare(ACCOUNT)).build()));
  }

  private PersistentVolume volume(String claim) {
    if (node.features().contains(Feature.CLAIMED_VOLUMES)) {
      return ofPool(claim);
    }
    return node.features().contains(Feature.ELASTIC_FILE_SYSTEMS) ? ofAws(claim) : ofAzure(claim);
  }

  private PersistentVolume ofPool(String claim) {
    return bound(claim)
        .editMetadata()
        .addToAnnotations(ClaimKeys.PROVISIONED_BY, ClaimKeys.PROVISIONER)
        .addToLabels(ClaimKeys.POOL, node.pool())
        .endMetadata()
        .build();
  }

  private static PersistentVolume ofAws(String claim) {
    return bound(claim)
        .editSpec()
        .withNewCsi()
        .withDriver(ElasticFileSystems.DRIVER)
        .withVolumeHandle("fs-0123")
        .endCsi()
        .endSpec()
        .build();
  }

  private static PersistentVolume ofAzure(String claim) {
    return bound(claim)
        .editSpec()
        .withNewAzureFile()
        .withShareName("assumed")
        .withSecretName("assumed")
        .endAzureFile()
        .endSpec()
        .build();
  }

  /** Nothing but bound to the claim. */
  private static PersistentVolumeBuilder bound(String claim) {
    return new PersistentVolumeBuilder()
        .withNewMetadata()
        .withName("assumed-" + claim)
        .endMetadata()
        .withNewSpec()
        .withNewClaimRef()
        .withUid(CLAIM_UID)
        .endClaimRef()
        .endSpec();
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
