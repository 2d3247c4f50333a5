package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Place;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is written for one pod never meets the next one of its name, as a StatefulSet makes it. */
class PodWriterIT {
  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));

  private static Place place;
  private static PodWriter writer;

  @BeforeAll
  static void aCluster() {
    place = Cluster.of(PodWriterIT.class).place(PodWriterIT.class);
    writer = new PodWriter(place.cluster().client());
  }

  @AfterEach
  void remove() {
    place.kubectl().run("delete", "pods", "--all", "--grace-period=0", "--force");
  }

  @Test
  void aSuccessorDoesNotGetItsPredecessorsStatus() {
    var gone = predecessor();
    var report = PodStatusReport.failed(gone, "Unsupported", "no", NODE, Instant.now());

    assertThat(writer.report(gone, report)).isInstanceOf(PodWriter.Outcome.Gone.class);

    assertThat(present().getStatus().getPhase()).isEqualTo("Pending");
    assertThat(writer.report(present(), report)).isInstanceOf(PodWriter.Outcome.Written.class);
    assertThat(present().getStatus().getPhase()).isEqualTo("Failed");
  }

  @Test
  void aSuccessorIsNotRemovedInItsPredecessorsPlace() {
    var gone = predecessor();

    writer.remove(gone);
    writer.delete(gone);
    assertThat(writer.evict(gone)).isTrue();

    assertThat(present().getMetadata().getDeletionTimestamp()).isNull();
    writer.remove(present());
    assertThat(present()).isNull();
  }

  @Test
  void whatIsGoneMayBeRemovedAgain() {
    var gone = create();
    assertThat(writer.evict(gone)).isTrue();
    assertThat(present()).isNull();

    writer.remove(gone);
    writer.delete(gone);
    assertThat(writer.evict(gone)).isTrue();
  }

  /** One that is no more, with another of its name in its place. */
  private static Pod predecessor() {
    var first = create();
    writer.remove(first);
    create();
    return first;
  }

  private static Pod create() {
    return place
        .cluster()
        .client()
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace(place.namespace())
                .withName("web-0")
                .endMetadata()
                .withNewSpec()
                // So that no scheduler touches it.
                .withSchedulerName("nobody")
                .addNewContainer()
                .withName("main")
                .withImage("example.com/web:1")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }

  private static Pod present() {
    return place.cluster().client().pods().inNamespace(place.namespace()).withName("web-0").get();
  }
}
