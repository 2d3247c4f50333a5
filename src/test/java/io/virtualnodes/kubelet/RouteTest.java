package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {

  @Test
  void aLogsPathNamesNamespacePodAndContainer() {
    assertThat(Route.of("/containerLogs/team-a/web-0.x/app"))
        .isEqualTo(new Route.Logs("team-a", "web-0.x", "app"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "*",
        "healthz",
        "/Healthz",
        "/healthz/other",
        "/healthz/",
        "/containerLogs",
        "/containerLogs/ns/pod",
        "/containerLogs/ns/pod/",
        "/containerLogs/ns//c",
        "/containerLogs/ns/pod/c/more",
        "/containerlogs/ns/pod/c",
        "/containerLogs/../pod/c",
        "/containerLogs/ns/pod/%63",
        "/containerLogs/ns/POD/c",
        "/Pods",
        "/pods/web",
        "/stats",
        "/metrics/other",
        "https://node/healthz",
      })
  void otherPathsAreUnknown(String path) {
    assertThat(Route.of(path)).isEqualTo(new Route.Unknown());
  }

  @ParameterizedTest
  @CsvSource({
    "/exec/ns/pod/c, exec",
    "/exec/ns/pod/uid/c, exec",
    "/attach/ns/pod/c, attach",
    "/portForward/ns/pod, portForward",
    "/run/ns/pod/c, run",
  })
  void conversationsAreKnownByTheirKind(String path, String kind) {
    assertThat(Route.of(path)).isEqualTo(new Route.Conversation(kind));
  }

  @ParameterizedTest
  @CsvSource({
    "/containerLogs/ns/pod/c, GET, get",
    "/containerLogs/ns/pod/c, HEAD, get",
    "/containerLogs/ns/pod/c, POST, create",
    "/containerLogs/ns/pod/c, PUT, update",
    "/containerLogs/ns/pod/c, DELETE, delete",
    "/healthz, GET, get",
    "/exec/ns/pod/c, POST, create",
    "/exec/ns/pod/c, GET, create",
    "/run/ns/pod/c, GET, create",
    "/nothing, PATCH, patch",
  })
  void theVerbFollowsTheMethodExceptForConversations(String path, String method, String verb) {
    assertThat(Route.of(path).verb(HttpMethod.valueOf(method))).isEqualTo(verb);
  }

  @ParameterizedTest
  @CsvSource({
    "/pods, PODS, pods;proxy",
    "/pods/, PODS, pods;proxy",
    "/runningpods/, RUNNING_PODS, pods;proxy",
    "/configz, CONFIGURATION, configz;proxy",
    "/stats/summary, SUMMARY, stats",
    "/metrics, OPERATOR_METRICS, metrics",
    "/metrics/resource, RESOURCE_METRICS, metrics",
    "/metrics/cadvisor, CADVISOR_METRICS, metrics",
    "/metrics/probes, PROBE_METRICS, metrics",
  })
  void pagesTakeTheirOwnRightFirst(String path, NodePage page, String subresources) {
    assertThat(Route.of(path)).isEqualTo(new Route.Page(page));
    assertThat(Route.of(path).subresources()).isEqualTo(List.of(subresources.split(";")));
    assertThat(Route.of(path).verb(HttpMethod.GET)).isEqualTo("get");
    assertThat(Route.of(path).takes(HttpMethod.POST)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/healthz", "/healthz/ping", "/healthz/log", "/healthz/syncloop"})
  void everyCheckOfAKubeletIsHealth(String path) {
    assertThat(Route.of(path)).isEqualTo(new Route.Health());
  }

  @Test
  void healthMayBeReadByWhoeverHasItsOwnRight() {
    assertThat(Route.of("/healthz").subresources()).containsExactly("healthz", "proxy");
    assertThat(Route.of("/containerLogs/ns/pod/c").subresources()).containsExactly("proxy");
    assertThat(Route.of("/exec/ns/pod/c").subresources()).containsExactly("proxy");
  }
}
