package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Optional;
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
        "/exec",
        "/exec/ns/pod",
        "/exec/ns/pod/uid/c/more",
        "/exec/ns/pod/%63",
        "/exec/ns/pod/c/",
        "/portForward/ns",
        "/portForward/ns/pod/uid/more",
        "/portforward/ns/pod",
        "https://node/healthz",
      })
  void otherPathsAreUnknown(String path) {
    assertThat(Route.of(path)).isEqualTo(new Route.Unknown());
  }

  @ParameterizedTest
  @CsvSource({
    "/exec/ns/pod/c, EXEC,, c",
    "/exec/ns/pod/11-aa/c, EXEC, 11-aa, c",
    "/attach/ns/pod/c, ATTACH,, c",
    "/run/ns/pod/c, RUN,, c",
    "/portForward/ns/pod, PORT_FORWARD,,",
    "/portForward/ns/pod/11-aa, PORT_FORWARD, 11-aa,",
  })
  void conversationsAreWithAContainerOrAPod(
      String path, Route.Conversation.Kind kind, String uid, String container) {
    assertThat(Route.of(path))
        .isEqualTo(
            new Route.Conversation(
                kind, "ns", "pod", Optional.ofNullable(uid), Optional.ofNullable(container)));
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
    "/portForward/ns/pod, GET, create",
    "/attach/ns/pod/c, GET, create",
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
    assertThat(Route.of(path).methods()).containsExactly(HttpMethod.GET);
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
