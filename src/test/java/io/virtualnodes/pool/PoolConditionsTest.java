package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.pod.PodNetwork;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PoolConditionsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00.700Z");

  @Test
  void aSettledPoolIsReady() {
    var conditions = of(new Seen());

    assertThat(conditions)
        .containsOnlyKeys(
            "Ready",
            "Accepted",
            "BackendReady",
            "NodesRegistered",
            "KubeletServing",
            "Reconciling",
            "Stalled",
            "OrphansHeld",
            "DaemonSetsStalled",
            "ClusterNetwork");
    assertThat(trueOnes(conditions))
        .containsExactlyInAnyOrder(
            "Ready", "Accepted", "BackendReady", "NodesRegistered", "KubeletServing");
    assertThat(conditions.get("NodesRegistered").getMessage()).isEqualTo("3 of 3 nodes take pods");
  }

  @Test
  void whatRunsNothingSaysSoWhereItSaysThatItIsReady() {
    var conditions = of(new Seen().notice("A simulation"));

    assertThat(conditions.get("Ready").getMessage()).isEqualTo("The pool takes pods. A simulation");
  }

  @Test
  void settingsThatCannotBeUsedStallIt() {
    var conditions = of(new Seen().rejected("spec.backends[x]: no such backend"));

    assertThat(trueOnes(conditions))
        .doesNotContain("Ready", "Accepted", "BackendReady")
        .contains("Stalled");
    assertThat(conditions.get("Ready").getReason()).isEqualTo("InvalidSettings");
    assertThat(conditions.get("Ready").getMessage()).isEqualTo("spec.backends[x]: no such backend");
    assertThat(conditions.get("Reconciling").getStatus()).isEqualTo("False");
  }

  @Test
  void readyNamesTheFirstThingThatIsWrong() {
    assertThat(of(new Seen().outage("connection refused")).get("Ready").getReason())
        .isEqualTo("Unavailable");
    assertThat(of(new Seen().denied("403")).get("Ready").getReason()).isEqualTo("Denied");
    assertThat(of(new Seen().unseen()).get("Ready").getReason()).isEqualTo("Connecting");
    assertThat(of(new Seen().taken("burst-1")).get("Ready").getReason()).isEqualTo("NameTaken");
    assertThat(of(new Seen().capacityUnknown()).get("Ready").getReason())
        .isEqualTo("CapacityUnknown");
    assertThat(of(new Seen().ready(2)).get("Ready").getReason()).isEqualTo("Starting");
    assertThat(of(new Seen().serverProblem("burst-0: no port is free")).get("Ready").getReason())
        .isEqualTo("PortNotOpened");
  }

  @Test
  void anOutageIsToldInTheBackendsWords() {
    var backend = of(new Seen().outage("connection refused")).get("BackendReady");

    assertThat(backend.getMessage()).endsWith("Last: connection refused");
  }

  @Test
  void aNameThatIsTakenNamesTheNodeAndTheRemedy() {
    var conditions = of(new Seen().taken("burst-1"));

    assertThat(conditions.get("NodesRegistered").getMessage())
        .contains("burst-1", "Remove them or name the pool differently");
    assertThat(conditions.get("Stalled").getStatus()).isEqualTo("True");
  }

  @Test
  void emptyingWithoutBackendIsStalledAndNamesTheWayOut() {
    var conditions = of(new Seen().emptying(1).outage("connection refused"));

    assertThat(conditions.get("Stalled").getMessage()).contains("spec.drain.forceOrphan");
    assertThat(conditions.get("Reconciling").getReason()).isEqualTo("BackendUnavailable");
    assertThat(of(new Seen().emptying(1)).get("Reconciling").getReason())
        .isEqualTo("EmptyingNodes");
  }

  /** To kstatus a pool is in progress or has failed, and the first that is found wins. */
  @Test
  void aPoolThatWaitsForSomebodyIsNotAlsoOnItsWay() {
    for (var seen :
        List.of(
            new Seen().rejected("no"),
            new Seen().taken("burst-1").ready(2),
            new Seen().denied("403").ready(2),
            new Seen().emptying(1).outage("gone"))) {
      var conditions = of(seen);

      assertThat(trueOnes(conditions)).contains("Stalled").doesNotContain("Reconciling", "Ready");
      assertThat(conditions.get("Reconciling").getReason())
          .isEqualTo(conditions.get("Stalled").getReason());
    }
  }

  @Test
  void aPoolThatIsToldToStartNoPodsIsReadyAndSaysSo() {
    var ready = of(new Seen().stopped(StopPolicy.Hold)).get("Ready");

    assertThat(ready.getStatus()).isEqualTo("True");
    assertThat(ready.getReason()).isEqualTo("Stopped");
    assertThat(ready.getMessage()).contains("spec.stopPolicy is Hold");
  }

  @Test
  void orphansThatAreKeptAreTold() {
    assertThat(of(new Seen().heldOrphans(12)).get("OrphansHeld").getMessage())
        .startsWith("12 groups at the backend have no pod");
  }

  @Test
  void daemonSetsThatAreHeldUpAreNamedWithTheRemedy() {
    var condition = of(new Seen().refusedDaemonSets("a/one", "b/two")).get("DaemonSetsStalled");

    assertThat(condition.getStatus()).isEqualTo("True");
    assertThat(condition.getReason()).isEqualTo("PodsRefused");
    assertThat(condition.getMessage())
        .contains("hold up their rollouts: a/one, b/two. ")
        .endsWith("the policy in deploy/policies/daemonsets");
    assertThat(of(new Seen().refusedDaemonSets("a/one")).get("Ready").getStatus())
        .isEqualTo("True");
  }

  @Test
  void ofManyDaemonSetsAFewAreNamed() {
    var many = new Seen().refusedDaemonSets("a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7");

    assertThat(of(many).get("DaemonSetsStalled").getMessage())
        .contains(": a/1, a/2, a/3, a/4, a/5 and 2 more. ");
    assertThat(of(new Seen()).get("DaemonSetsStalled").getStatus()).isEqualTo("False");
  }

  @Test
  void withoutClusterDnsThePoolNamesTheRemedyAndIsReadyAllTheSame() {
    var conditions = of(new Seen());

    assertThat(conditions.get("ClusterNetwork").getStatus()).isEqualTo("False");
    assertThat(conditions.get("ClusterNetwork").getReason()).isEqualTo("NoClusterDNS");
    assertThat(conditions.get("ClusterNetwork").getMessage())
        .contains("names of Services do not resolve", "spec.network.dnsServers")
        .endsWith("They are told the cluster's own address of the API server");
    assertThat(conditions.get("Ready").getStatus()).isEqualTo("True");
  }

  @Test
  void whatTheOwnerSaysOfTheNetworkIsToldAndNotTakenForTried() {
    var network =
        new PodNetwork(
            "k8s.example.com",
            List.of("10.43.0.10", "10.43.0.11"),
            Optional.of(URI.create("https://api.example.com:6443")));

    var condition = of(new Seen().network(network)).get("ClusterNetwork");

    assertThat(condition.getStatus()).isEqualTo("True");
    assertThat(condition.getReason()).isEqualTo("Declared");
    assertThat(condition.getMessage())
        .isEqualTo(
            "Pods ask 10.43.0.10, 10.43.0.11 for names of k8s.example.com, as spec.network says;"
                + " whether the backend's network leads there is not tried. They are told that the"
                + " API server is at https://api.example.com:6443");
  }

  @Test
  void theTimeOfAChangeIsKeptUntilTheStatusChanges() {
    var first = PoolConditions.of(new Seen().facts(), 1, List.of(), NOW);
    var later = NOW.plusSeconds(60);

    assertThat(PoolConditions.of(new Seen().facts(), 2, first, later))
        .extracting(Condition::getLastTransitionTime)
        .containsOnly("2026-03-01T10:00:00Z");
    var out = byType(PoolConditions.of(new Seen().outage("down").facts(), 3, first, later));
    assertThat(out.get("Ready").getLastTransitionTime()).isEqualTo("2026-03-01T10:01:00Z");
    assertThat(out.get("Accepted").getLastTransitionTime()).isEqualTo("2026-03-01T10:00:00Z");
    assertThat(out.get("Accepted").getObservedGeneration()).isEqualTo(3);
  }

  private static Map<String, Condition> of(Seen seen) {
    return byType(PoolConditions.of(seen.facts(), 1, List.of(), NOW));
  }

  private static Map<String, Condition> byType(List<Condition> conditions) {
    return conditions.stream().collect(Collectors.toMap(Condition::getType, Function.identity()));
  }

  private static List<String> trueOnes(Map<String, Condition> conditions) {
    return conditions.values().stream()
        .filter(condition -> condition.getStatus().equals("True"))
        .map(Condition::getType)
        .toList();
  }
}
