package io.virtualnodes.pool;

import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.pod.PodNetwork;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** What a pool says of the cluster's network. */
public final class PoolNetwork {
  private PoolNetwork() {}

  /** What its pods are told. */
  public static PodNetwork of(VirtualNodePool pool) {
    var network = pool.getSpec().network();
    return new PodNetwork(
        network.clusterDomain(),
        Optional.ofNullable(network.dnsServers()).orElse(List.of()),
        Optional.ofNullable(network.apiServer()).map(URI::create));
  }
}
