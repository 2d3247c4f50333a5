package io.virtualnodes.kubelet;

import static io.virtualnodes.kubelet.Usages.STARTED;
import static io.virtualnodes.kubelet.Usages.group;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.backend.ProbeTally.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The formats in which a node tells what it uses, each as a whole. */
class NodeFormatsTest {
  private static final Path GOLDEN = Path.of("src/test/resources/usage");
  private static final Instant T1 = STARTED.plusSeconds(100).plusMillis(250);
  private static final Instant T2 = STARTED.plusSeconds(110).plusMillis(500);

  private static final NodePod WEB =
      Usages.pod(
          1,
          """
          metadata: { name: web }
          spec:
            initContainers: [{ name: proxy, image: "mesh:1", restartPolicy: Always }]
            containers: [{ name: app, image: "registry.example/app:2" }]
          status:
            startTime: "2026-02-03T03:59:58Z"
            containerStatuses:
            - { name: app, image: "registry.example/app:2", containerID: "docker://aa11", state: { running: { startedAt: "2026-02-03T04:00:00Z" } } }
            initContainerStatuses:
            - { name: proxy, image: "mesh:1", containerID: "docker://bb22", state: { running: { startedAt: "2026-02-03T04:00:00Z" } } }
          """);
  private static final NodePod JOB =
      Usages.pod(
          2,
          """
          metadata: { name: job }
          spec:
            containers: [{ name: main, image: busybox }, { name: unknown, image: busybox }]
          status:
            containerStatuses:
            - { name: main, image: busybox, state: { terminated: { exitCode: 0 } } }
            - { name: unknown, image: busybox, state: { waiting: { reason: ContainerCreating } } }
          """);
  private static final List<NodePod> PODS = List.of(WEB, JOB);

  private static final ContainerUsage UNKNOWN =
      new ContainerUsage(
          group(2),
          "unknown",
          T2,
          STARTED,
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty());

  @Test
  void metricsServerFindsEveryFigureInTheResourceMetrics() throws IOException {
    var text = ResourceMetricsText.of(Optional.of(usage()), false);

    assertGolden("resource.txt", text);
    var scraped = ScrapedByMetricsServer.of(text);
    assertThat(scraped.node()).hasValue(point(0, T2, 12_500_000_000L, 4_198_401));
    assertThat(scraped.pods()).containsOnlyKeys("team-a/web", "team-a/job");
    assertThat(scraped.pods().get("team-a/web"))
        .hasSize(2)
        .containsEntry("app", point(STARTED.getEpochSecond(), T2, 12_250_000_000L, 4_194_304))
        .containsEntry("proxy", point(STARTED.getEpochSecond(), T2, 250_000_000L, 4096));
  }

  @Test
  void aContainerThatUsesNothingKeepsItsPodsFigures() {
    var idle = Usages.of(group(2), "main", T2, 0, 0);

    var scraped = ScrapedByMetricsServer.of(resource(List.of(idle)));

    assertThat(scraped.pods().get("team-a/job"))
        .containsOnlyKeys("main")
        .containsEntry("main", point(STARTED.getEpochSecond(), T2, 1, 1));
  }

  @Test
  void aContainerOfWhichAFigureIsMissingIsLeftOutAltogether() {
    var idle = Usages.of(group(2), "main", T2, 5, 6);
    var withoutMemory =
        new ContainerUsage(
            group(2),
            "unknown",
            T2,
            STARTED,
            OptionalLong.of(1),
            OptionalLong.empty(),
            OptionalLong.of(9),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty());

    var text = resource(List.of(idle, withoutMemory));

    assertThat(text).doesNotContain("unknown");
    assertThat(ScrapedByMetricsServer.of(text).pods().get("team-a/job")).containsOnlyKeys("main");
    assertThat(resource(List.of(withoutMemory))).doesNotContain("container_", "pod_");
  }

  @Test
  void anEmptyNodeIsTold() {
    assertThat(ScrapedByMetricsServer.of(resource(List.of())).node()).hasValue(point(0, T2, 1, 1));
  }

  @Test
  void whatIsNotKnownIsNotTold() {
    assertThat(ResourceMetricsText.of(Optional.empty(), false))
        .contains("\nresource_scrape_error 0\n", "\nscrape_error 0\n")
        .doesNotContain("node_", "container_", "pod_");
    assertThat(ResourceMetricsText.of(Optional.empty(), true))
        .contains("\nresource_scrape_error 1\n", "\nscrape_error 1\n");
    assertThat(CadvisorMetricsText.of(Optional.empty())).isEmpty();
  }

  @Test
  void dashboardsFindTheNamesOfCadvisor() throws IOException {
    assertGolden("cadvisor.txt", CadvisorMetricsText.of(Optional.of(usage())));
  }

  @Test
  void probesAreCountedByTheirResultsAndThoseOfOtherNodesAreNotOurs() {
    var tallies =
        List.of(
            new ProbeTally(group(1), "app", "Readiness", Result.FAILED, 2),
            new ProbeTally(group(1), "app", "Liveness", Result.SUCCESSFUL, 40),
            new ProbeTally(group(1), "app", "Readiness", Result.SUCCESSFUL, 7),
            new ProbeTally(group(9), "app", "Readiness", Result.UNKNOWN, 1));
    var uid = PODS.getFirst().pod().getMetadata().getUid();
    var labels =
        "prober_probe_total{container=\"app\",namespace=\"team-a\",pod=\"web\",pod_uid=\""
            + uid
            + "\",";

    assertThat(ProbeMetricsText.of(PODS, tallies).lines().skip(2))
        .containsExactly(
            labels + "probe_type=\"Liveness\",result=\"successful\"} 40",
            labels + "probe_type=\"Readiness\",result=\"successful\"} 7",
            labels + "probe_type=\"Readiness\",result=\"failed\"} 2");
    assertThat(ProbeMetricsText.of(PODS, List.of())).isEmpty();
  }

  @Test
  void theSummaryIsThatOfAKubelet() throws IOException {
    assertGolden("summary.json", pretty(SummaryJson.of(usage(), false)));
    assertGolden("summary-cpu-and-memory.json", pretty(SummaryJson.of(usage(), true)));
  }

  @Test
  void runningPodsAreThoseWithAContainerThatRuns() throws IOException {
    assertGolden("running-pods.json", pretty(PodListJson.running(PODS)));
    assertThat(PodListJson.of(PODS)).contains("\"web\"", "\"job\"", "\"startTime\"");
  }

  @Test
  void aListWithoutPodsIsAnEmptyList() {
    assertThat(PodListJson.running(List.of())).contains("\"items\":[]");
    assertThat(PodListJson.of(List.of())).contains("\"items\":[]");
  }

  @Test
  void figuresOfOtherNodesAndOfOtherContainersAreNotOurs() {
    var foreign = Usages.of(group(3), "app", T2, 5, 6);
    var guest = Usages.of(group(1), "sandbox", T2, 5, 6);

    assertThat(NodeUsage.of(PODS, List.of(foreign, guest))).containsExactly(guest);
    assertThat(resource(List.of(guest))).doesNotContain("sandbox", "pod_");
  }

  private static String resource(List<ContainerUsage> usages) {
    var counter = NodeCounter.START.next(T2, usages, Set.of(group(1), group(2)));
    return ResourceMetricsText.of(
        Optional.of(NodeUsage.of("burst-0", STARTED, PODS, usages, counter)), false);
  }

  /** After two readings. */
  private static NodeUsage usage() {
    var groups = Set.of(group(1), group(2));
    var before =
        NodeCounter.START.next(
            T1, List.of(app(T1, 10_000_000_000L), proxy(T1, 250_000_000L)), groups);
    var usages =
        List.of(
            proxy(T2, 250_000_000L),
            app(T2, 12_250_000_000L),
            Usages.of(group(2), "main", T2, 0, 1),
            UNKNOWN);
    return NodeUsage.of("burst-0", STARTED, PODS, usages, before.next(T2, usages, groups));
  }

  private static ContainerUsage app(Instant at, long cpuNanos) {
    return new ContainerUsage(
        group(1),
        "app",
        at,
        STARTED,
        OptionalLong.of(cpuNanos),
        OptionalLong.of(4_194_304),
        OptionalLong.of(8_388_608),
        OptionalLong.of(2_097_152),
        OptionalLong.of(1000),
        OptionalLong.of(2000));
  }

  private static ContainerUsage proxy(Instant at, long cpuNanos) {
    return new ContainerUsage(
        group(1),
        "proxy",
        at,
        STARTED,
        OptionalLong.of(cpuNanos),
        OptionalLong.of(4096),
        OptionalLong.of(8192),
        OptionalLong.empty(),
        OptionalLong.of(1000),
        OptionalLong.of(2000));
  }

  private static ScrapedByMetricsServer.Point point(
      long start, Instant at, long cpuNanos, long memory) {
    return new ScrapedByMetricsServer.Point(start, at.toEpochMilli(), cpuNanos, memory);
  }

  private static String pretty(String json) throws IOException {
    var mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    return mapper.writeValueAsString(mapper.readTree(json)) + "\n";
  }

  /** {@code -Dgolden=write} writes what came out instead; the diff is then for git to show. */
  private static void assertGolden(String file, String text) throws IOException {
    if ("write".equals(System.getProperty("golden"))) {
      Files.writeString(GOLDEN.resolve(file), text);
    }
    assertThat(text).isEqualTo(Files.readString(GOLDEN.resolve(file)));
  }
}
