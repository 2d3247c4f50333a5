package io.virtualnodes.runtime;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import io.virtualnodes.kubelet.Authentication;
import io.virtualnodes.kubelet.Authorization;
import io.virtualnodes.kubelet.BearerTokens;
import io.virtualnodes.kubelet.KubeletThreads;
import io.virtualnodes.kubelet.ServingCertificates;
import io.virtualnodes.kubelet.SubjectAccessReviews;
import io.virtualnodes.kubelet.TokenReviews;
import io.virtualnodes.node.NodeIdentity;
import io.virtualnodes.node.NodeRequestMeters;
import io.virtualnodes.pool.BackendFactory;
import io.virtualnodes.pool.NetworkPolicyWatch;
import io.virtualnodes.pool.NodeSettings;
import io.virtualnodes.pool.RunningPools;
import io.virtualnodes.volume.PoolBackends;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Puts the parts together. */
@ApplicationScoped
public class Wiring {

  @Produces
  @Singleton
  InstantSource clock() {
    return InstantSource.system();
  }

  /** JOSDK's own bean is read before Micrometer is there, and would measure nothing. */
  @Produces
  @Singleton
  Metrics metrics(MeterRegistry registry) {
    return new ReconcileMeters(registry);
  }

  @Produces
  @Singleton
  Parts parts(
      KubernetesClient client,
      Vertx vertx,
      OperatorConfig config,
      MeterRegistry registry,
      OperatorMetrics operatorMetrics,
      InstantSource clock) {
    var address =
        config.nodeAddress().orElseGet(() -> addressTowards(client.getMasterUrl().toString()));
    var identity =
        new NodeIdentity(
            client.getConfiguration(),
            new NodeRequestMeters(registry).counting(new VertxHttpClientFactory(vertx)),
            config.impersonation());
    var authority = new ClientAuthority(client);
    var threads = new KubeletThreads();
    var policies = new NetworkPolicyWatch();
    var pools =
        new RunningPools(
            identity,
            new NodeSettings(
                address, config.kubelet().port(), version(client), features(config.kubelet())),
            new BackendFactory(
                clock,
                new SimulatedCloud(config.simulation().folder()),
                config.azure().logAnalyticsKeys()),
            new Authentication(authority, new BearerTokens(new TokenReviews(client), clock)),
            new Authorization(new SubjectAccessReviews(client), clock),
            certificates(config.kubelet(), client),
            operatorMetrics,
            threads,
            policies,
            ReconcileMeters.ofPods(registry),
            registry,
            clock);
    return new Parts(pools, policies, identity, authority, threads);
  }

  /** Asked for when the first node needs it: while parts are made, nobody may answer yet. */
  private static Supplier<String> version(KubernetesClient client) {
    var known = new AtomicReference<String>();
    return () ->
        known.updateAndGet(
            version ->
                version == null
                    // Build metadata, so that whoever compares versions sees that of the cluster.
                    ? client.getKubernetesVersion().getGitVersion() + "+virtualnodes"
                    : version);
  }

  private static ServingCertificates certificates(
      OperatorConfig.Kubelet kubelet, KubernetesClient client) {
    return switch (kubelet.certificate()) {
      case SELF_SIGNED -> new ServingCertificates.SelfSigned();
      case CLUSTER_SIGNED ->
          new ServingCertificates.ClusterSigned(
              kubelet.approveCertificates() ? Optional.of(client) : Optional.empty());
      case GIVEN ->
          new ServingCertificates.Given(
              kubelet
                  .certificateFolder()
                  .orElseThrow(
                      () ->
                          new IllegalStateException(
                              "a given certificate needs"
                                  + " virtualnodes.kubelet.certificate-folder")));
    };
  }

  @Produces
  @Singleton
  RunningPools pools(Parts parts) {
    return parts.pools();
  }

  @Produces
  @Singleton
  NetworkPolicyWatch networkPolicies(Parts parts) {
    return parts.networkPolicies();
  }

  @Produces
  @Singleton
  PoolBackends backends(RunningPools pools) {
    return pools::backend;
  }

  @Produces
  @Singleton
  NodeIdentity identity(Parts parts) {
    return parts.identity();
  }

  /** What has to be ended, in order. */
  record Parts(
      RunningPools pools,
      NetworkPolicyWatch networkPolicies,
      NodeIdentity identity,
      ClientAuthority authority,
      KubeletThreads threads) {}

  private static List<String> features(OperatorConfig.Kubelet kubelet) {
    return kubelet.declareWebsockets() ? List.of("ExtendWebSocketsToKubelet") : List.of();
  }

  private static String addressTowards(String apiServer) {
    var uri = URI.create(apiServer);
    // Connecting a datagram socket sends nothing: it asks the routing table.
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 443 : uri.getPort()));
      return socket.getLocalAddress().getHostAddress();
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }
}
