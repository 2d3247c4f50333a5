package io.virtualnodes.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Kubectl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the API server takes every piece of YAML that a page shows, by a dry run. */
@Execution(ExecutionMode.CONCURRENT)
class ManifestsIT {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  /** Whole objects, into which the pieces fit that pages show without their surroundings. */
  private enum Frame {
    POD(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: docs }
        spec:
          containers: [{ name: main, image: "busybox:1.37" }]
        """),
    JOB(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: docs }
        spec:
          template:
            spec:
              restartPolicy: Never
              containers: [{ name: main, image: "busybox:1.37" }]
        """),
    POOL(
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: docs }
        spec:
          backends: [{ name: local, docker: {} }]
        """),
    AZURE(
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: docs }
        spec:
          backends:
          - name: aci
            aci:
              subscriptionId: 11111111-2222-3333-4444-555555555555
              resourceGroup: groups
              location: eastus
        """),
    AWS(
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: docs }
        spec:
          backends:
          - name: fargate
            fargate:
              region: us-east-1
              cluster: burst
              subnets: [subnet-0a1b2c3d]
              executionRole: "arn:aws:iam::123456789012:role/execution"
              logGroup: /virtualnodes/burst
        """);

    private final String text;

    Frame(String text) {
      this.text = text;
    }
  }

  private record Home(Frame frame, String path) {}

  // Where a piece belongs, by its first key.
  private static final Map<String, Home> HOMES =
      Map.ofEntries(
          Map.entry("nodeSelector", new Home(Frame.POD, "/spec")),
          Map.entry("tolerations", new Home(Frame.POD, "/spec")),
          Map.entry("affinity", new Home(Frame.POD, "/spec")),
          Map.entry("volumes", new Home(Frame.POD, "/spec")),
          Map.entry("metadata", new Home(Frame.POD, "")),
          Map.entry("command", new Home(Frame.POD, "/spec/containers/0")),
          Map.entry("env", new Home(Frame.POD, "/spec/containers/0")),
          Map.entry("resources", new Home(Frame.POD, "/spec/containers/0")),
          Map.entry("volumeMounts", new Home(Frame.POD, "/spec/containers/0")),
          Map.entry("podFailurePolicy", new Home(Frame.JOB, "/spec")),
          Map.entry("spec", new Home(Frame.POOL, "")),
          Map.entry("identities", new Home(Frame.AZURE, "/spec/backends/0/aci")),
          Map.entry("taskRoles", new Home(Frame.AWS, "/spec/backends/0/fargate")),
          Map.entry("capacityType", new Home(Frame.AWS, "/spec/backends/0/fargate")),
          Map.entry("spotShare", new Home(Frame.AWS, "/spec/backends/0/fargate")));

  // What other programs read, of which the API server knows nothing; a file of theirs is named in
  // its first line.
  private static final Set<String> OF_OTHERS = Set.of("scrape_configs", "healthCheckExprs");
  private static final Pattern FILE_OF_OTHERS = Pattern.compile("^# \\S+[.]ya?ml\\n");
  private static final String KUSTOMIZATION = "# kustomization.yaml\n";
  private static final String CLONE = "../virtual-nodes/";

  // What no cluster of Kubernetes' own serves is other programs', too; not what is ours.
  private static final String OURS = "virtualnodes.io/";

  private static Kubectl kubectl;
  private static Set<String> served;

  @BeforeAll
  static void aCluster() {
    var cluster = Cluster.of(ManifestsIT.class);
    cluster.rights();
    kubectl = cluster.place(ManifestsIT.class).kubectl();
    served = kubectl.run("api-versions").lines().collect(Collectors.toSet());
  }

  static List<Page.Block> blocks() {
    return Page.all().stream()
        .flatMap(page -> page.blocks().stream())
        .filter(block -> block.language().equals("yaml"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("blocks")
  @ResourceLock(value = Cluster.BURST, mode = ResourceAccessMode.READ)
  void aBlockOfYamlIsTaken(Page.Block block) throws IOException {
    if (block.code().startsWith(KUSTOMIZATION)) {
      assertThat(paths(YAML.readTree(block.code())))
          .as("%s", block)
          .isNotEmpty()
          .allSatisfy(path -> assertThat(path).exists());
    } else if (!FILE_OF_OTHERS.matcher(block.code()).find()) {
      applyAll(block);
    }
  }

  private static void applyAll(Page.Block block) throws IOException {
    for (var manifest : manifests(block)) {
      var outcome =
          kubectl.attemptWith(
              YAML.writeValueAsString(manifest), "apply", "--dry-run=server", "-f", "-");
      assertThat(outcome.succeeded()).as("%s%n%s", block, outcome).isTrue();
    }
  }

  /** What a kustomization refers to in the clone. */
  private static List<Path> paths(JsonNode kustomization) {
    return Stream.of("resources", "components")
        .flatMap(list -> kustomization.path(list).valueStream())
        .map(JsonNode::asText)
        .filter(path -> path.startsWith(CLONE))
        .map(path -> Path.of(path.substring(CLONE.length())))
        .toList();
  }

  private static List<JsonNode> manifests(Page.Block block) throws IOException {
    var all = new ArrayList<JsonNode>();
    try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(block.code())) {
      while (documents.hasNext()) {
        all.addAll(whole(documents.next(), block));
      }
    }
    return all;
  }

  private static List<? extends JsonNode> whole(JsonNode tree, Page.Block block) {
    if (tree.has("apiVersion")) {
      var version = tree.get("apiVersion").asText();
      return served.contains(version) || version.startsWith(OURS) ? List.of(tree) : List.of();
    }
    var whole = new LinkedHashMap<Frame, ObjectNode>();
    for (var piece : tree.properties()) {
      if (OF_OTHERS.contains(piece.getKey())) {
        continue;
      }
      var home = HOMES.get(piece.getKey());
      assertThat(home)
          .as("where `%s` belongs that %s shows: say it in this test", piece.getKey(), block)
          .isNotNull();
      var manifest = whole.computeIfAbsent(home.frame(), ManifestsIT::framed);
      merge((ObjectNode) manifest.at(home.path()), piece.getKey(), piece.getValue());
    }
    return List.copyOf(whole.values());
  }

  private static ObjectNode framed(Frame frame) {
    try {
      return (ObjectNode) YAML.readTree(frame.text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Objects are merged by their keys; all else is replaced. */
  private static void merge(ObjectNode into, String key, JsonNode value) {
    if (into.get(key) instanceof ObjectNode present && value instanceof ObjectNode more) {
      more.properties().forEach(one -> merge(present, one.getKey(), one.getValue()));
    } else {
      into.set(key, value);
    }
  }
}
