package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What pods are told of the cluster's network, whether or not it leads anywhere. */
@Execution(ExecutionMode.CONCURRENT)
class PodNetworkIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool =
        VirtualPool.told(
            "{ clusterDomain: k8s.example.com, dnsServers: [192.0.2.53, 192.0.2.54], apiServer: \"%s\" }"
                .formatted(Cluster.of(PodNetworkIT.class).serverForContainers()),
            PodNetworkIT.class);
  }

  @Test
  void namesAreResolvedAsAKubeletHasThemResolved() {
    pool.run("alone", "Never", "cat /etc/resolv.conf");
    pool.run("restarted", "OnFailure", "cat /etc/resolv.conf");
    for (var podName : List.of("alone", "restarted")) {
      pool.awaitPhase(podName, "Succeeded");

      assertThat(pool.kubectl().run("logs", podName))
          .isEqualTo(
              """
              search %s.svc.k8s.example.com svc.k8s.example.com k8s.example.com
              nameserver 192.0.2.53
              nameserver 192.0.2.54
              options ndots:5
              """
                  .formatted(pool.namespace()));
    }
  }

  @Test
  void aPodThatWantsTheBackendsDnsHasIt() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: default-dns }
        spec:
          $onThePool
          dnsPolicy: Default
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [cat, /etc/resolv.conf]
        """);
    pool.awaitPhase("default-dns", "Succeeded");

    assertThat(pool.kubectl().run("logs", "default-dns"))
        .contains("nameserver")
        .doesNotContain("192.0.2.53", "k8s.example.com", "ndots:5");
  }

  @Test
  void theApiServerIsReachedWhereThePoolSays() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: client }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            image: %s
            imagePullPolicy: IfNotPresent
            command: [kubectl, auth, whoami, -o, "jsonpath={.status.userInfo.username}"]
        """
            .formatted(pool.cluster().image("control-plane")));
    pool.awaitPhase("client", "Succeeded");

    assertThat(pool.kubectl().run("logs", "client"))
        .isEqualTo("system:serviceaccount:" + pool.namespace() + ":default");
  }

  @Test
  void thePoolSaysWhatItsPodsAreTold() {
    var message =
        pool.kubectl()
            .run(
                "get",
                "vnp",
                pool.name(),
                "-o",
                "jsonpath={.status.conditions[?(@.type==\"ClusterNetwork\")].message}");

    assertThat(message)
        .startsWith("Pods ask 192.0.2.53, 192.0.2.54 for names of k8s.example.com")
        .endsWith(pool.cluster().serverForContainers());
  }

  @Test
  void aPodThatAPolicySelectsIsToldOnceThatNothingEnforcesIt() {
    pool.apply(
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: { name: guard }
        spec: { podSelector: { matchLabels: { guarded: "yes" } }, policyTypes: [Ingress] }
        """);
    pool.run("free", "Always", "sleep 1000");
    pool.run("guarded", "Always", "sleep 1000");
    pool.awaitPhase("free", "Running");
    pool.awaitPhase("guarded", "Running");
    assertThat(warnings("guarded")).isEmpty();

    pool.kubectl().run("label", "pod", "guarded", "guarded=yes");

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(warnings("guarded"))
                    .singleElement()
                    .satisfies(
                        event -> {
                          assertThat(event.getType()).isEqualTo("Warning");
                          assertThat(event.getMessage()).endsWith("Selected by guard");
                        }));
    pool.kubectl().run("label", "pod", "guarded", "looked-at=again");
    pool.run("guarded-from-the-start", "Never", "true");
    pool.awaitPhase("guarded-from-the-start", "Succeeded");
    assertThat(warnings("guarded")).hasSize(1);
    assertThat(warnings("free")).isEmpty();
    assertThat(warnings("guarded-from-the-start")).isEmpty();
  }

  private static List<Event> warnings(String podName) {
    return pool.events(podName, "NetworkPolicyNotEnforced");
  }
}
