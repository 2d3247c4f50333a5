package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the API server makes of pools that are as they should be. One may be working on them
 * already, so what a test reads of a status is what the operator wrote.
 */
class ValidPoolsIT {
  private static final Path FOLDER = Path.of("src/test/resources/valid-pools");
  private static final Path SAMPLES = Path.of("deploy/samples");

  private static final String POOL = "valid-pools-changed";
  private static final String BACKEND = "backends: [{ name: local, docker: {} }]";

  private static Kubectl kubectl;

  @BeforeAll
  static void applyTheCrd() {
    var cluster = Cluster.of(ValidPoolsIT.class);
    cluster.rights();
    kubectl = cluster.kubectl();
  }

  @AfterEach
  void remove() {
    kubectl.run("delete", "vnp", POOL, "--ignore-not-found");
  }

  static Stream<Path> validPools() throws IOException {
    try (var files = Files.list(FOLDER);
        var samples = Files.list(SAMPLES)) {
      var pools = samples.filter(file -> file.getFileName().toString().startsWith("pool-"));
      return Stream.concat(files, pools).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("validPools")
  void isAccepted(Path file) {
    kubectl.run("apply", "--dry-run=server", "-f", file.toString());
  }

  @Test
  void whatIsLeftOutHasItsDefault() {
    var pool = tried(FOLDER.resolve("minimal.yaml"));

    assertThat(Serialization.asYaml(pool.get("spec")))
        .isEqualTo(
            """
            ---
            backends:
            - docker:
                host: "unix:///var/run/docker.sock"
                network: "bridge"
                sandboxImage: "registry.k8s.io/pause:3.10"
              name: "local"
            drain:
              deadline: "10m"
              forceOrphan: false
            network:
              clusterDomain: "cluster.local"
            nodes:
              arch: "amd64"
              count: 1
              hostnameLabel: "Omit"
              os: "linux"
              providerID: "Auto"
            retention: "1h"
            stopPolicy: "None"
            """);
  }

  @Test
  void whatIsWrittenStaysAsItIs() throws IOException {
    var file = FOLDER.resolve("all-fields.yaml");

    var pool = tried(file);

    assertThat(pool.get("spec")).isEqualTo(tree(Files.readString(file)).get("spec"));
  }

  @Test
  void scaleChangesTheCountWithinItsBounds() {
    apply("git", "nodes: { capacity: { cpu: 4, memory: 16Gi, pods: 40 } }", BACKEND);

    kubectl.run("scale", "vnp", POOL, "--replicas=3");

    assertThat(field("{.spec.nodes.count}")).isEqualTo("3");
    assertScaleRefused(0, "spec.nodes.count in body should be greater than or equal to 1");
    assertScaleRefused(51, "spec.nodes.count in body should be less than or equal to 50");
    assertScaleRefused(41, "spec.nodes.capacity.pods must be at least spec.nodes.count");
    assertThat(field("{.spec.nodes.count}")).isEqualTo("3");
  }

  @Test
  void theScaleSubresourceHasTheNodesAndTheirSelector() {
    Cluster.of(ValidPoolsIT.class).operator();
    apply("git", BACKEND, "nodes: { count: 2, capacity: { cpu: 4, memory: 16Gi, pods: 40 } }");
    kubectl.run("wait", "--for=jsonpath={.status.nodes}=2", "vnp/" + POOL, "--timeout=60s");

    var scale = tree(kubectl.run("get", "vnp", POOL, "--subresource=scale", "-o", "json"));

    assertThat(scale.at("/status/replicas").asInt()).isEqualTo(2);
    assertThat(scale.at("/status/selector").asText()).isEqualTo("virtualnodes.io/pool=" + POOL);
  }

  @Test
  void whoLeavesTheCountOutDoesNotUndoAScale() {
    apply("git", BACKEND);
    kubectl.run("scale", "vnp", POOL, "--replicas=3");

    apply("git", BACKEND, "retention: 2h");

    assertThat(field("{.spec.nodes.count}")).isEqualTo("3");
    assertThat(field("{.spec.retention}")).isEqualTo("2h");
  }

  @Test
  void twoAuthorsHaveEntriesOfTheirOwnInOneList() {
    apply("one", BACKEND, "nodes: { taints: [{ key: a, effect: NoSchedule }] }");
    apply(
        "other",
        "nodes: { taints: [{ key: a, effect: NoExecute }, { key: b, effect: NoExecute }] }");
    assertThat(taints()).isEqualTo("a:NoSchedule a:NoExecute b:NoExecute ");

    apply("other", "nodes: { taints: [{ key: b, effect: NoExecute }] }");
    assertThat(taints()).isEqualTo("a:NoSchedule b:NoExecute ");
  }

  @Test
  void anAuthorIsToldOfTheOtherWhoSetTheSameField() {
    apply("one", BACKEND, "retention: 2h");

    var outcome = attempt("other", "retention: 3h");

    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.errors()).contains("conflict with \"one\"", ".spec.retention");
  }

  @Test
  void aListOfPoolsShowsWhatAUserLooksFor() {
    apply("git", BACKEND);

    var lines = kubectl.run("get", "serverless").lines().toList();

    assertThat(lines.getFirst().split("\\s+"))
        .containsExactly(
            "NAME",
            "READY",
            "REASON",
            "NODES",
            "READY-NODES",
            "BACKEND",
            "RUNNING",
            "WAITING",
            "AGE");
    assertThat(lines).anySatisfy(line -> assertThat(line).startsWith(POOL).contains("local"));
  }

  /** The pool of a file as the API server would store it. */
  private static JsonNode tried(Path file) {
    return tree(kubectl.run("apply", "--dry-run=server", "-o", "json", "-f", file.toString()));
  }

  private static void apply(String author, String... spec) {
    var outcome = attempt(author, spec);
    assertThat(outcome.succeeded()).as(outcome.toString()).isTrue();
  }

  private static Kubectl.Outcome attempt(String author, String... spec) {
    String pool =
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata:
          name: %s
        spec:
          %s
        """
            .formatted(POOL, String.join("\n  ", spec));
    return kubectl.attemptWith(
        pool, "apply", "--server-side", "--field-manager=" + author, "-f", "-");
  }

  private static void assertScaleRefused(int count, String reason) {
    var outcome = kubectl.attempt("scale", "vnp", POOL, "--replicas=" + count);

    assertThat(outcome.succeeded()).as(outcome.toString()).isFalse();
    assertThat(outcome.errors()).contains(reason);
  }

  private static String taints() {
    return field("{range .spec.nodes.taints[*]}{.key}:{.effect} {end}");
  }

  private static String field(String template) {
    return kubectl.run("get", "vnp", POOL, "-o", "jsonpath=" + template);
  }

  private static JsonNode tree(String text) {
    return Serialization.unmarshal(text, JsonNode.class);
  }
}
