package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * What pods at a backend are told of the cluster's network, since they can reach it.
 *
 * @param clusterDomain what the names of Services end with
 * @param dnsServers where the cluster's DNS answers; empty if it cannot be reached
 * @param apiServer where the API server answers; empty if at its Service's own address
 */
public record PodNetwork(String clusterDomain, List<String> dnsServers, Optional<URI> apiServer) {
  /** Of a pool that says nothing of it. */
  public static final PodNetwork UNTOLD =
      new PodNetwork("cluster.local", List.of(), Optional.empty());

  private static final String API_SERVER = "kubernetes";
  private static final String API_SERVER_NAMESPACE = "default";
  private static final int HTTPS = 443;

  public PodNetwork {
    dnsServers = List.copyOf(dnsServers);
  }

  /** The Services that a pod hears of, the API server's at the address where pods reach it. */
  List<Service> told(List<Service> services) {
    return apiServer
        .map(
            server ->
                services.stream()
                    .map(service -> isApiServer(service) ? at(server, service) : service)
                    .toList())
        .orElse(services);
  }

  private static boolean isApiServer(Service service) {
    return API_SERVER.equals(service.getMetadata().getName())
        && API_SERVER_NAMESPACE.equals(service.getMetadata().getNamespace());
  }

  private static Service at(URI server, Service service) {
    var host = server.getHost();
    return new ServiceBuilder(service)
        .editSpec()
        // A URI keeps the brackets of an address of IPv6, which belong to the URI alone.
        .withClusterIP(host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
        .withPorts()
        .addNewPort()
        .withName("https")
        .withProtocol("TCP")
        .withPort(server.getPort() < 0 ? HTTPS : server.getPort())
        .endPort()
        .endSpec()
        .build();
  }
}
