package io.virtualnodes.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.virtualnodes.api.Nodes;
import io.virtualnodes.api.VirtualNodePool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What we say about one Node, apart from its status: pool in, Node out.
 *
 * @param labels every label of ours
 * @param taints every taint of ours, in order
 * @param drainStarted when the node began to be emptied
 */
public record NodeManifest(
    String name,
    String pool,
    Map<String, String> labels,
    List<Taint> taints,
    Optional<String> providerId,
    Optional<Instant> drainStarted,
    OwnerReference owner) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  public NodeManifest {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    taints = List.copyOf(taints);
  }

  /** What stands in the annotation {@link NodeKeys#APPLIED}. */
  record Applied(Set<String> labels, Set<String> taints) {
    static final Applied NOTHING = new Applied(Set.of(), Set.of());

    // Sorted, so that the same sets always make the same text; a set that is missing is refused.
    Applied {
      labels = Collections.unmodifiableSet(new TreeSet<>(labels));
      taints = Collections.unmodifiableSet(new TreeSet<>(taints));
    }
  }

  /** The name of a pool's node; nodes count from 0. */
  public static String name(VirtualNodePool pool, int index) {
    return pool.getMetadata().getName() + "-" + index;
  }

  /** The number in a node's name; empty if it is not named like a node of this pool. */
  public static Optional<Integer> index(VirtualNodePool pool, String node) {
    var prefix = pool.getMetadata().getName() + "-";
    if (!node.startsWith(prefix) || !node.substring(prefix.length()).matches("0|[1-9][0-9]{0,5}")) {
      return Optional.empty();
    }
    return Optional.of(Integer.valueOf(node.substring(prefix.length())));
  }

  /** The Node number {@code index} of the pool, in these states. */
  public static NodeManifest of(
      VirtualNodePool pool,
      int index,
      Set<NodeTaints.State> states,
      Optional<Instant> drainStarted) {
    var nodes = pool.getSpec().nodes();
    var poolName = pool.getMetadata().getName();
    var name = name(pool, index);
    return new NodeManifest(
        name,
        poolName,
        labels(nodes, poolName, name, index),
        NodeTaints.desired(pool, states),
        nodes.providerID() == Nodes.ProviderId.Auto
            ? Optional.of("virtualnodes://" + poolName + "/" + name)
            : Optional.empty(),
        drainStarted,
        new OwnerReferenceBuilder()
            .withApiVersion(pool.getApiVersion())
            .withKind(pool.getKind())
            .withName(poolName)
            .withUid(pool.getMetadata().getUid())
            .withController(true)
            .build());
  }

  private static Map<String, String> labels(Nodes nodes, String pool, String name, int index) {
    var labels = new HashMap<String, String>();
    if (nodes.labels() != null) {
      labels.putAll(nodes.labels());
    }
    labels.put(NodeKeys.POOL, pool);
    labels.put(NodeKeys.OS, nodes.os().name());
    labels.put(NodeKeys.ARCH, nodes.arch().name());
    labels.put(NodeKeys.ROLE, "");
    labels.put(NodeKeys.NO_LOAD_BALANCER, "true");
    if (nodes.hostnameLabel() == Nodes.HostnameLabel.PerNode) {
      labels.put(NodeKeys.HOSTNAME, name);
    }
    if (nodes.zones() != null && !nodes.zones().isEmpty()) {
      labels.put(NodeKeys.ZONE, nodes.zones().get(index % nodes.zones().size()));
    }
    return labels;
  }

  /** The Node to create: labels and taints are there from the first write. */
  public Node newNode() {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(labels)
        .withAnnotations(annotations())
        .withOwnerReferences(owner)
        .endMetadata()
        .withNewSpec()
        .withProviderID(providerId.orElse(null))
        .withTaints(taints)
        .endSpec()
        .build();
  }

  /** Whether an existing Node of our name may be taken for ours: by its label or by its owner. */
  public boolean owns(Node existing) {
    return pool.equals(label(existing, NodeKeys.POOL))
        || existing.getMetadata().getOwnerReferences().stream()
            .anyMatch(other -> owner.getUid().equals(other.getUid()));
  }

  /**
   * The JSON merge patch that brings an existing Node up to date, guarded by its resource version;
   * empty if nothing is to be done. Labels, taints and annotations of others stay.
   */
  public Optional<Map<String, Object>> patch(Node existing) {
    var applied = applied(existing);
    var metadata = new LinkedHashMap<String, Object>();
    var spec = new LinkedHashMap<String, Object>();

    var changedLabels = new TreeMap<String, Object>();
    labels.forEach(
        (key, value) -> {
          if (!value.equals(label(existing, key))) {
            changedLabels.put(key, value);
          }
        });
    applied.labels().stream()
        .filter(key -> !labels.containsKey(key) && label(existing, key) != null)
        // A null takes a key away in a merge patch.
        .forEach(key -> changedLabels.put(key, null));
    if (!changedLabels.isEmpty()) {
      metadata.put("labels", changedLabels);
    }

    var changedAnnotations = new TreeMap<String, Object>();
    annotations()
        .forEach(
            (key, value) -> {
              if (!value.equals(annotation(existing, key))) {
                changedAnnotations.put(key, value);
              }
            });
    if (drainStarted.isEmpty() && annotation(existing, NodeKeys.DRAIN_STARTED) != null) {
      changedAnnotations.put(NodeKeys.DRAIN_STARTED, null);
    }
    if (!changedAnnotations.isEmpty()) {
      metadata.put("annotations", changedAnnotations);
    }

    var owners = owners(existing);
    if (!owners.equals(existing.getMetadata().getOwnerReferences())) {
      metadata.put("ownerReferences", owners);
    }

    var merged = NodeTaints.merged(existing.getSpec().getTaints(), applied.taints(), taints);
    if (!NodeTaints.same(merged, existing.getSpec().getTaints())) {
      spec.put("taints", merged);
    }
    // The API server lets it be set once and never changed.
    if (providerId.isPresent() && existing.getSpec().getProviderID() == null) {
      spec.put("providerID", providerId.get());
    }

    if (metadata.isEmpty() && spec.isEmpty()) {
      return Optional.empty();
    }
    metadata.put("resourceVersion", existing.getMetadata().getResourceVersion());
    return Optional.of(Map.of("metadata", metadata, "spec", spec));
  }

  /** When the Node says that it began to be emptied. */
  public static Optional<Instant> drainStarted(Node node) {
    return Optional.ofNullable(annotation(node, NodeKeys.DRAIN_STARTED)).map(Instant::parse);
  }

  private List<OwnerReference> owners(Node existing) {
    var owners = new ArrayList<OwnerReference>();
    existing.getMetadata().getOwnerReferences().stream()
        // A pool of our kind that had this name before us is gone; two controllers are not allowed.
        .filter(other -> !other.getKind().equals(owner.getKind()))
        .forEach(owners::add);
    owners.add(owner);
    return owners;
  }

  private Map<String, String> annotations() {
    var annotations = new TreeMap<String, String>();
    var taintIds = taints.stream().map(NodeTaints::id).collect(Collectors.toSet());
    annotations.put(NodeKeys.APPLIED, json(new Applied(labels.keySet(), taintIds)));
    drainStarted.ifPresent(at -> annotations.put(NodeKeys.DRAIN_STARTED, at.toString()));
    return annotations;
  }

  private static Applied applied(Node node) {
    var text = annotation(node, NodeKeys.APPLIED);
    if (text == null) {
      return Applied.NOTHING;
    }
    try {
      return Optional.ofNullable(MAPPER.readValue(text, Applied.class)).orElse(Applied.NOTHING);
    } catch (JsonProcessingException e) {
      // Somebody edited it. Nothing is then known to be ours, and nothing is taken away by mistake.
      return Applied.NOTHING;
    }
  }

  private static String json(Applied applied) {
    try {
      return MAPPER.writeValueAsString(applied);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String label(Node node, String key) {
    return node.getMetadata().getLabels() == null ? null : node.getMetadata().getLabels().get(key);
  }

  private static String annotation(Node node, String key) {
    return node.getMetadata().getAnnotations() == null
        ? null
        : node.getMetadata().getAnnotations().get(key);
  }
}
