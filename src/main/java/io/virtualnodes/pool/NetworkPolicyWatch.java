package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.pod.NetworkPolicies;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One watch of all NetworkPolicies for all nodes of this process, as the operator itself: a node
 * has no right to see any, and a list for each pod that starts would cost a request a pod.
 */
public final class NetworkPolicyWatch implements NetworkPolicies {
  private volatile Optional<InformerEventSource<NetworkPolicy, VirtualNodePool>> source =
      Optional.empty();

  /** What the pools' controller has to run for it. No pool hears of a policy. */
  EventSource<?, VirtualNodePool> source(EventSourceContext<VirtualNodePool> context) {
    var policies =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(NetworkPolicy.class, VirtualNodePool.class)
                .withWatchAllNamespaces()
                .withSecondaryToPrimaryMapper(_ -> Set.of())
                .build(),
            context);
    source = Optional.of(policies);
    return policies;
  }

  @Override
  public List<NetworkPolicy> of(String namespace) {
    return source.map(policies -> policies.list(namespace, _ -> true).toList()).orElse(List.of());
  }
}
