package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Snapshot;
import io.virtualnodes.backend.Surroundings;
import io.virtualnodes.backend.simulated.DrivenClock;
import io.virtualnodes.backend.simulated.Share;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import io.virtualnodes.backend.simulated.Spread;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Place;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a cache does not know is removed only if the API server does not know it either. */
class OrphanSweepIT {
  private static final String NODE = "orphan-sweep-0";
  private static final Duration A_WHILE = Duration.ofSeconds(5);

  private static Place place;

  private final DrivenClock clock = new DrivenClock();
  private final SimulatedBackend backend =
      new SimulatedBackend(
          new SimulatedBackend.Settings(
              "orphan-sweep",
              1,
              Spread.NONE,
              Optional.empty(),
              Share.NEVER,
              List.of(),
              Optional.empty(),
              Optional.empty(),
              SimulatedBackend.Faults.NONE),
          new SimulatedCloud(Optional.empty()),
          clock,
          clock::pass);
  private final OrphanSweep sweep = new OrphanSweep(backend, _ -> place.cluster().client(), clock);

  @BeforeAll
  static void aCluster() {
    place = Cluster.of(OrphanSweepIT.class).place(OrphanSweepIT.class);
  }

  @AfterEach
  void remove() {
    place.kubectl().run("delete", "pods", "--all", "--grace-period=0", "--force");
    backend.close();
  }

  @Test
  void aGroupWhosePodTheCacheMissesStays() {
    var pod = create("web-0");
    run(uid(pod), "web-0");

    sweepTwice(Set.of());

    assertThat(backend.list()).hasSize(1);
  }

  @Test
  void aGroupWhosePodIsGoneIsRemovedWhoeverHasItsNameNow() {
    var successor = create("web-0");
    run(UUID.randomUUID().toString(), "web-0");
    run(UUID.randomUUID().toString(), "nobody");
    run(uid(successor), "web-0");

    sweepTwice(Set.of(uid(successor)));

    assertThat(backend.list())
        .extracting(group -> group.id().podUid())
        .containsExactly(uid(successor));
  }

  @Test
  void aGroupThatWasNeverSeenBeforeHasUntilTheNextSweep() {
    run(UUID.randomUUID().toString(), "nobody");

    assertThat(sweep.sweep(snapshot(), Set.of()).removed()).isZero();
    assertThat(backend.list()).hasSize(1);
  }

  private void sweepTwice(Set<String> known) {
    sweep.sweep(snapshot(), known);
    clock.pass(A_WHILE);
    sweep.sweep(snapshot(), known);
  }

  private Snapshot snapshot() {
    List<Observation> groups = backend.list();
    return new Snapshot(clock.instant(), groups);
  }

  private void run(String uid, String podName) {
    backend.create(
        new ContainerGroup(
            GroupId.first(uid),
            new GroupOwner("orphan-sweep", NODE, place.namespace(), podName),
            podName,
            List.of(
                new ContainerSpec(
                    "main",
                    Part.MAIN,
                    Optional.empty(),
                    "example.com/web:1",
                    PullPolicy.ALWAYS,
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Map.of(),
                    Resources.UNNAMED,
                    Resources.UNNAMED,
                    List.of(),
                    Terminal.NONE,
                    LastWords.USUAL,
                    Security.USUAL,
                    Care.NONE)),
            List.of(),
            RestartPolicy.ALWAYS,
            A_WHILE,
            Optional.empty(),
            Surroundings.USUAL,
            ContainerGroup.Wishes.NONE,
            ContainerGroup.USUAL_SERVICE_ACCOUNT));
  }

  private static Pod create(String podName) {
    return place
        .cluster()
        .client()
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace(place.namespace())
                .withName(podName)
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .addNewContainer()
                .withName("main")
                .withImage("example.com/web:1")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }
}
