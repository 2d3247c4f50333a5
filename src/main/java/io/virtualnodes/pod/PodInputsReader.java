package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.pod.MissingInput.Use;
import io.virtualnodes.pod.ObjectVersions.Found;
import io.virtualnodes.pod.ObjectVersions.Subject;
import io.virtualnodes.pod.PodInputs.Claim;
import io.virtualnodes.pod.PodReferences.TokenTerms;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads what a pod refers to, as the node that it runs on and by name only, so that the API server
 * narrows it to this node's pods. Services are listed, since a pod refers to all of its namespace.
 */
final class PodInputsReader {
  // The API server makes this Service of itself, and every pod is told of it.
  private static final String API_SERVER = "kubernetes";
  private static final String API_SERVER_NAMESPACE = "default";

  private final KubernetesClient client;
  private final ServiceReader services;
  // Its address is as old as the cluster, so that it is read once.
  private volatile Optional<Service> apiServer = Optional.empty();

  PodInputsReader(KubernetesClient nodeClient, InstantSource clock) {
    this.client = nodeClient;
    this.services =
        new ServiceReader(
            (namespace, notOlderThan) ->
                nodeClient.services().inNamespace(namespace).list(fromMemory(notOlderThan)),
            clock);
  }

  /** What the API server has in memory once it has seen that version: etcd is not asked. */
  private static ListOptions fromMemory(String notOlderThan) {
    return new ListOptionsBuilder()
        .withResourceVersion(notOlderThan)
        .withResourceVersionMatch("NotOlderThan")
        .build();
  }

  /**
   * Whether what is absent is missed is for {@link PodTranslator} to say.
   *
   * @throws MissingInput if something cannot be read, maybe for a moment only: the API server
   *     learns of a new pod's references a moment after the pod is bound
   */
  PodInputs read(Pod pod) {
    return read(pod, PodReferences.of(pod), Map.of(), () -> services(pod));
  }

  /**
   * What the files of a pod that runs are made of, read anew.
   *
   * @param references of its files
   * @param kept tokens that need not be asked for again
   * @throws MissingInput as {@link #read}
   */
  PodInputs readForFiles(Pod pod, PodReferences references, Map<TokenTerms, String> kept) {
    return read(pod, references, kept, List::of);
  }

  /**
   * The Services that a container of the pod is told of, and nothing else.
   *
   * @throws MissingInput as {@link #read}
   */
  PodInputs readServices(Pod pod) {
    return read(pod, PodReferences.NONE, Map.of(), () -> services(pod));
  }

  private PodInputs read(
      Pod pod,
      PodReferences references,
      Map<TokenTerms, String> kept,
      Supplier<List<Service>> services) {
    var namespace = pod.getMetadata().getNamespace();
    Map<String, ConfigMap> configMaps =
        each(
            references.configMaps(),
            name -> "configmap \"" + name + "\"",
            name -> client.configMaps().inNamespace(namespace).withName(name).get());
    Map<String, Secret> secrets =
        each(
            references.secrets(),
            name -> "secret \"" + name + "\"",
            name -> client.secrets().inNamespace(namespace).withName(name).get());
    Map<String, Claim> claims =
        each(
            references.claims(),
            name -> "persistentvolumeclaim \"" + name + "\"",
            name -> claim(namespace, name));
    var allocatable = references.allocatable().map(use -> allocatable(pod, use)).orElseGet(Map::of);
    var tokens = new HashMap<TokenTerms, String>(kept);
    references
        .tokens()
        .forEach((terms, use) -> tokens.computeIfAbsent(terms, _ -> token(pod, terms, use)));
    return new PodInputs(configMaps, secrets, tokens, claims, services.get(), allocatable);
  }

  private Claim claim(String namespace, String name) {
    var claim = client.persistentVolumeClaims().inNamespace(namespace).withName(name).get();
    if (claim == null) {
      return null;
    }
    var volume =
        Optional.ofNullable(claim.getSpec().getVolumeName())
            .filter(bound -> !bound.isEmpty())
            .map(bound -> client.persistentVolumes().withName(bound).get());
    return new Claim(
        claim,
        volume,
        volume
            .flatMap(bound -> AzureShares.secret(bound, namespace))
            .map(key -> client.secrets().inNamespace(key.namespace()).withName(key.name()).get()));
  }

  /**
   * Of one object, without what it says.
   *
   * @throws KubernetesClientException if it cannot be read
   */
  Found version(Subject subject) {
    return switch (subject.kind()) {
      case CONFIG_MAP ->
          found(
              client.configMaps().inNamespace(subject.namespace()).withName(subject.name()).get(),
              ConfigMap::getImmutable);
      case SECRET ->
          found(
              client.secrets().inNamespace(subject.namespace()).withName(subject.name()).get(),
              Secret::getImmutable);
    };
  }

  private static <T extends HasMetadata> Found found(T object, Function<T, Boolean> immutable) {
    return object == null
        ? new Found(Optional.empty(), false)
        : new Found(
            Optional.of(object.getMetadata().getResourceVersion()),
            Boolean.TRUE.equals(immutable.apply(object)));
  }

  private List<Service> services(Pod pod) {
    try {
      var told = new ArrayList<Service>();
      apiServer = apiServer.or(this::apiServer);
      apiServer.ifPresent(told::add);
      if (!Boolean.FALSE.equals(pod.getSpec().getEnableServiceLinks())) {
        told.addAll(services.services(pod).getItems());
      }
      return told;
    } catch (KubernetesClientException e) {
      throw failure(new Use.OfEnvironment(), "services", e);
    }
  }

  private Optional<Service> apiServer() {
    return Optional.ofNullable(
        client.services().inNamespace(API_SERVER_NAMESPACE).withName(API_SERVER).get());
  }

  private static <T> Map<String, T> each(
      Map<String, Use> names, Function<String, String> described, Function<String, T> read) {
    var found = new HashMap<String, T>();
    names.forEach(
        (name, use) -> {
          try {
            Optional.ofNullable(read.apply(name)).ifPresent(object -> found.put(name, object));
          } catch (KubernetesClientException e) {
            throw failure(use, described.apply(name), e);
          }
        });
    return found;
  }

  private Map<String, Quantity> allocatable(Pod pod, Use use) {
    var name = pod.getSpec().getNodeName();
    try {
      return Optional.ofNullable(client.nodes().withName(name).get())
          .map(Node::getStatus)
          .map(NodeStatus::getAllocatable)
          .orElseThrow(() -> new MissingInput(use, "node \"" + name + "\" not found", null));
    } catch (KubernetesClientException e) {
      throw failure(use, "node \"" + name + "\"", e);
    }
  }

  private String token(Pod pod, TokenTerms terms, Use use) {
    var account = Optional.ofNullable(pod.getSpec().getServiceAccountName()).orElse("default");
    var request =
        new TokenRequestBuilder()
            .withNewSpec()
            .withExpirationSeconds(terms.seconds().orElse(null))
            .withAudiences(terms.audience().stream().toList())
            .withNewBoundObjectRef()
            .withApiVersion("v1")
            .withKind("Pod")
            .withName(pod.getMetadata().getName())
            .withUid(pod.getMetadata().getUid())
            .endBoundObjectRef()
            .endSpec()
            .build();
    try {
      var answer =
          client
              .serviceAccounts()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(account)
              .tokenRequest(request);
      if (answer == null) {
        throw new MissingInput(use, "service account \"" + account + "\" not found", null);
      }
      return answer.getStatus().getToken();
    } catch (KubernetesClientException e) {
      throw failure(use, "token of service account \"" + account + "\"", e);
    }
  }

  private static MissingInput failure(Use use, String what, KubernetesClientException e) {
    var said = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
    return new MissingInput(use, what + " cannot be read: " + said, e);
  }
}
