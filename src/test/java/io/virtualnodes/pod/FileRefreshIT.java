package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LiveFiles;
import io.virtualnodes.backend.docker.DockerBackend;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Place;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What becomes of a pod's files in minutes and hours, by a clock that is set forward, with the real
 * API server, as the node, and with the real engine.
 */
@Timeout(120)
class FileRefreshIT {
  // Long enough for an operator that begins anew to have looked at every pod.
  private static final Duration A_PERIOD = ObjectVersions.PERIOD.plusSeconds(1);

  private static Place place;
  private static String nodeName;
  private static NodeFacts node;
  private static KubernetesClient client;
  private static EventOutbox outbox;
  private static DockerBackend backend;

  private Duration ahead = Duration.ZERO;
  private final InstantSource clock = () -> Instant.now().plus(ahead);
  private final Recorder files = new Recorder();
  private Pod pod;
  private FileRefresh refresh;

  /** The engine's, and how often it was asked to write. */
  private static final class Recorder implements LiveFiles {
    private int writes;

    private static LiveFiles engine() {
      return backend.liveFiles().orElseThrow();
    }

    @Override
    public List<Volume.Files> read(GroupId id, Set<String> volumes) {
      return engine().read(id, volumes);
    }

    @Override
    public void replace(GroupId id, List<Volume.Files> volumes) {
      writes++;
      engine().replace(id, volumes);
    }
  }

  @BeforeAll
  static void aNode() {
    var cluster = Cluster.of(FileRefreshIT.class);
    place = cluster.place(FileRefreshIT.class);
    nodeName = place.pool("0");
    node =
        new NodeFacts(
            place.pool("pool"),
            nodeName,
            "10.0.0.9",
            "local",
            Optional.empty(),
            Set.of(Feature.values()));
    var config = cluster.rights().config();
    config.setImpersonateUsername("system:node:" + nodeName);
    client = new KubernetesClientBuilder().withConfig(config).build();
    outbox = new EventOutbox(nodeName, client);
    cluster
        .client()
        .resource(new NodeBuilder().withNewMetadata().withName(nodeName).endMetadata().build())
        .create();
    backend =
        new DockerBackend(
            new DockerBackend.Settings(
                node.pool(),
                URI.create(cluster.engine().host()),
                "bridge",
                "virtualnodes/pause:latest",
                List.of()),
            InstantSource.system());
  }

  @AfterAll
  static void removeNode() {
    outbox.close();
    client.close();
    backend.close();
    place.cluster().client().nodes().withName(nodeName).delete();
  }

  @BeforeEach
  void runPod() {
    place
        .kubectl()
        .runWith(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: settings }
            data: { colour: green }
            ---
            apiVersion: v1
            kind: Pod
            metadata: { name: web }
            spec:
              nodeName: %s
              tolerations: [{ operator: Exists }]
              automountServiceAccountToken: false
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: virtualnodes/busybox:latest
                imagePullPolicy: IfNotPresent
                command: [sleep, "600"]
                volumeMounts:
                - { name: settings, mountPath: /settings }
                - { name: tokens, mountPath: /tokens }
              volumes:
              - { name: settings, configMap: { name: settings } }
              - name: tokens
                projected:
                  sources:
                  - { serviceAccountToken: { path: short, audience: vault, expirationSeconds: 600 } }
                  - { serviceAccountToken: { path: long, audience: vault, expirationSeconds: 7200 } }
            """
                .formatted(nodeName),
            "apply",
            "-f",
            "-");
    pod = place.cluster().client().pods().inNamespace(place.namespace()).withName("web").get();
    refresh = newOperator();
    // The API server learns of a new pod's references a moment late.
    var read =
        await()
            .ignoreExceptionsInstanceOf(MissingInput.class)
            .until(
                () -> new PodInputsReader(client, InstantSource.system()).read(pod), found -> true);
    backend.create(PodTranslator.translate(pod, read, node));
    refresh.launched(pod, read);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                backend.list().stream()
                    .flatMap(group -> group.containers().stream())
                    .anyMatch(one -> one.state() instanceof ContainerState.Running));
  }

  @AfterEach
  void removePod() {
    backend.delete(group());
    place.kubectl().run("delete", "pod/web", "--grace-period=0", "--force");
    place.kubectl().run("delete", "configmap", "settings", "--ignore-not-found");
  }

  /** One that knows nothing of the pod. */
  private FileRefresh newOperator() {
    return new FileRefresh(
        node,
        Optional.of(files),
        new PodInputsReader(client, InstantSource.system()),
        new PodEvents(outbox, node, clock),
        clock);
  }

  private GroupId group() {
    return GroupId.first(pod.getMetadata().getUid());
  }

  /** Each file of a volume as the container has it. */
  private Map<String, String> content(String volume) {
    var content = new TreeMap<String, String>();
    for (var found : files.read(group(), Set.of(volume))) {
      found
          .files()
          .forEach(
              file -> content.put(file.path(), new String(file.content(), StandardCharsets.UTF_8)));
    }
    return content;
  }

  private static boolean works(String token) {
    var review =
        new TokenReviewBuilder()
            .withNewSpec()
            .withToken(token)
            .withAudiences("vault")
            .endSpec()
            .build();
    return Boolean.TRUE.equals(
        place.cluster().client().resource(review).create().getStatus().getAuthenticated());
  }

  private static void colour(String colour) {
    place
        .kubectl()
        .run(
            "patch", "configmap", "settings", "--patch={\"data\":{\"colour\":\"" + colour + "\"}}");
  }

  @Test
  void aTokenIsRenewedAfterFourFifthsOfItsLifeAndTheOtherKept() {
    var first = content("tokens");

    ahead = Duration.ofSeconds(470);
    var next = refresh.refresh(pod, group());
    assertThat(content("tokens")).isEqualTo(first);
    assertThat(next.orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(10));

    ahead = Duration.ofSeconds(481);
    refresh.refresh(pod, group());
    var second = content("tokens");
    assertThat(second.get("short")).isNotEqualTo(first.get("short"));
    assertThat(second.get("long")).isEqualTo(first.get("long"));
    assertThat(works(second.get("short"))).isTrue();
    assertThat(files.writes).isEqualTo(1);
  }

  @Test
  void aNewOperatorTakesTheTokensOverAndRenewsThemWhenTheyAreDue() {
    var first = content("tokens");

    refresh = newOperator();
    ahead = A_PERIOD;
    refresh.refresh(pod, group());
    assertThat(files.writes).isZero();

    ahead = Duration.ofSeconds(481);
    refresh.refresh(pod, group());
    assertThat(content("tokens").get("short")).isNotEqualTo(first.get("short"));
    assertThat(content("tokens").get("long")).isEqualTo(first.get("long"));
  }

  @Test
  void aChangeIsWrittenWithinAPeriodAndOnce() {
    colour("red");

    ahead = A_PERIOD;
    assertThat(refresh.refresh(pod, group()).orElseThrow())
        .isLessThanOrEqualTo(ObjectVersions.PERIOD);
    assertThat(content("settings")).containsExactly(Map.entry("colour", "red"));
    ahead = A_PERIOD.multipliedBy(2);
    refresh.refresh(pod, group());
    assertThat(files.writes).isEqualTo(1);
  }

  @Test
  void aChangeThatNoOperatorSawIsWrittenByTheNextOneAndNothingElseIs() {
    colour("red");

    refresh = newOperator();
    assertThat(refresh.refresh(pod, group()).orElseThrow())
        .isLessThanOrEqualTo(ObjectVersions.PERIOD);
    ahead = A_PERIOD;
    refresh.refresh(pod, group());
    assertThat(content("settings")).containsExactly(Map.entry("colour", "red"));
    assertThat(files.writes).isEqualTo(1);

    refresh = newOperator();
    ahead = A_PERIOD.multipliedBy(2);
    refresh.refresh(pod, group());
    assertThat(files.writes).isEqualTo(1);
  }

  @Test
  void whatIsGoneLeavesItsFilesAndIsToldOnceAndComesBack() {
    place.kubectl().run("delete", "configmap", "settings");

    for (int n = 1; n <= 3; n++) {
      ahead = A_PERIOD.multipliedBy(n);
      refresh.refresh(pod, group());
    }
    assertThat(content("settings")).containsExactly(Map.entry("colour", "green"));
    assertThat(files.writes).isZero();
    assertThat(
            place
                .kubectl()
                .run(
                    "get",
                    "events",
                    "--field-selector=reason=FailedMount,involvedObject.uid="
                        + pod.getMetadata().getUid(),
                    "-o=jsonpath={range .items[*]}{.message}{\"\\n\"}{end}"))
        .isEqualTo(
            "MountVolume.SetUp failed for volume \"settings\" : configmap \"settings\" not found."
                + " The pod runs on with the files that it has\n");

    place.kubectl().run("create", "configmap", "settings", "--from-literal=colour=blue");
    ahead = A_PERIOD.multipliedBy(4);
    refresh.refresh(pod, group());
    assertThat(content("settings")).containsExactly(Map.entry("colour", "blue"));
  }
}
