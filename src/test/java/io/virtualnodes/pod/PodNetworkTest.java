package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodNetworkTest {
  private static Service service(String namespace, String name, int port) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withClusterIP("10.43.0.1")
        .addNewPort()
        .withName("https")
        .withPort(port)
        .endPort()
        .endSpec()
        .build();
  }

  private static Map<String, String> variables(String apiServer, Service... services) {
    var network =
        new PodNetwork("cluster.local", List.of(), Optional.of(apiServer).map(URI::create));
    return ServiceVariables.of(network.told(List.of(services)));
  }

  @Test
  void allVariablesOfTheApiServerLeadWhereThePoolSays() {
    assertThat(variables("https://api.example.com:6443", service("default", "kubernetes", 443)))
        .isEqualTo(
            Map.of(
                "KUBERNETES_SERVICE_HOST", "api.example.com",
                "KUBERNETES_SERVICE_PORT", "6443",
                "KUBERNETES_SERVICE_PORT_HTTPS", "6443",
                "KUBERNETES_PORT", "tcp://api.example.com:6443",
                "KUBERNETES_PORT_6443_TCP", "tcp://api.example.com:6443",
                "KUBERNETES_PORT_6443_TCP_PROTO", "tcp",
                "KUBERNETES_PORT_6443_TCP_PORT", "6443",
                "KUBERNETES_PORT_6443_TCP_ADDR", "api.example.com"));
  }

  @Test
  void aUrlWithoutAPortHasThatOfHttps() {
    assertThat(variables("https://api.example.com", service("default", "kubernetes", 6443)))
        .containsEntry("KUBERNETES_SERVICE_PORT", "443");
  }

  @Test
  void anAddressOfIpv6StandsInBracketsInUrlsOnly() {
    assertThat(variables("https://[fd00::6]:6443", service("default", "kubernetes", 443)))
        .containsEntry("KUBERNETES_SERVICE_HOST", "fd00::6")
        .containsEntry("KUBERNETES_PORT", "tcp://[fd00::6]:6443");
  }

  @Test
  void otherServicesAreWhereTheyAre() {
    assertThat(
            variables(
                "https://api.example.com",
                service("shop", "kubernetes", 8443),
                service("default", "web", 80)))
        .containsEntry("KUBERNETES_SERVICE_HOST", "10.43.0.1")
        .containsEntry("KUBERNETES_SERVICE_PORT", "8443")
        .containsEntry("WEB_SERVICE_HOST", "10.43.0.1");
  }
}
