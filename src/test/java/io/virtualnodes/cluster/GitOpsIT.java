package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pools that somebody keeps as a repository says: what they see of them, and that theirs stays. */
@Disruptive("It ends the operator.")
class GitOpsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String AUTHOR = "argocd-controller";

  private static Cluster cluster;
  private static Place place;

  @BeforeAll
  static void prepare() {
    cluster = Cluster.of(GitOpsIT.class);
    place = cluster.place(GitOpsIT.class);
    // With them comes the CRD.
    cluster.rights();
  }

  @AfterAll
  static void remove() {
    if (place != null) {
      cluster.client().namespaces().withName(place.namespace()).delete();
    }
  }

  /**
   * Over a life with a change, a scale-down and pods: the operator has the status and its
   * finalizer. What a repository says is nobody else's, so that it never differs for the operator's
   * sake.
   */
  @Test
  void theOperatorOwnsNothingThatARepositorySays() throws IOException {
    cluster.stopOperator();
    var name = place.pool("kept");
    apply(name, 2, "simulated: {}", "");
    // Not done yet, to whoever waits by kstatus, though nobody has looked at it.
    assertThat(pool(name).at("/status/observedGeneration").asLong()).isEqualTo(-1);

    cluster.operator();
    place.kubectl().run("wait", "--for=condition=Ready", "vnp/" + name, "--timeout=60s");
    var specBefore = pool(name).get("spec");
    apply(name, 1, "simulated: {}", "");
    eventually(
        () -> {
          assertThat(pool(name).at("/status/observedGeneration"))
              .isEqualTo(pool(name).at("/metadata/generation"));
          assertThat(pool(name).at("/status/nodes").asInt()).isEqualTo(1);
        });

    assertThat(owned(name).keySet()).contains(AUTHOR);
    owned(name)
        .forEach(
            (manager, fields) -> {
              if (!manager.equals(AUTHOR)) {
                assertThat(fields).as(manager).isSubsetOf("metadata/finalizers", "status");
              }
            });
    assertThat(pool(name).at("/spec/nodes/count").asInt()).isEqualTo(1);
    assertThat(without(pool(name).get("spec"), "nodes")).isEqualTo(without(specBefore, "nodes"));
    // To apply the same again changes nothing.
    var version = pool(name).at("/metadata/generation");
    apply(name, 1, "simulated: {}", "");
    assertThat(pool(name).at("/metadata/generation")).isEqualTo(version);
    place.kubectl().run("delete", "vnp", name, "--timeout=60s");
  }

  /**
   * An application that is deleted waits for its pools, also for those whose service is no more.
   */
  @Test
  void aPoolThatMayBeOrphanedGoesWithoutItsBackendAndWithoutHelp() throws IOException {
    cluster.operator();
    var name = place.pool("lost");
    apply(
        name,
        1,
        "docker: { host: \"unix:///nonexistent.sock\" }",
        "drain: { deadline: 1m, forceOrphan: true }");
    eventually(() -> assertThat(cluster.client().nodes().withName(name + "-0").get()).isNotNull());

    place.kubectl().run("delete", "vnp", name, "--timeout=90s");

    assertThat(cluster.client().nodes().withName(name + "-0").get()).isNull();
  }

  private static void apply(String name, int nodes, String backend, String further) {
    place
        .kubectl()
        .runWith(
            """
            apiVersion: virtualnodes.io/v1alpha1
            kind: VirtualNodePool
            metadata: { name: %s }
            spec:
              nodes: { count: %d, capacity: { cpu: "2", memory: 2Gi, pods: "10" } }
              backends:
              - name: first
                %s
              %s
            """
                .formatted(name, nodes, backend, further),
            "apply",
            "--server-side",
            "--field-manager=" + AUTHOR,
            "-f",
            "-");
  }

  private static JsonNode without(JsonNode object, String field) {
    return ((ObjectNode) object.deepCopy()).without(field);
  }

  private static JsonNode pool(String name) throws IOException {
    return JSON.readTree(
        place.kubectl().run("get", "vnp", name, "-o", "json", "--show-managed-fields"));
  }

  /** By manager: {@code spec}, {@code status}, and of the metadata which. */
  private static Map<String, TreeSet<String>> owned(String name) throws IOException {
    var byManager = new TreeMap<String, TreeSet<String>>();
    for (var entry : pool(name).at("/metadata/managedFields")) {
      var fields = byManager.computeIfAbsent(entry.get("manager").asText(), _ -> new TreeSet<>());
      for (var field : List.copyOf(entry.get("fieldsV1").properties())) {
        var top = field.getKey().substring("f:".length());
        if (top.equals("metadata")) {
          field
              .getValue()
              .fieldNames()
              .forEachRemaining(
                  inside -> fields.add("metadata/" + inside.substring("f:".length())));
        } else {
          fields.add(top);
        }
      }
    }
    return byManager;
  }
}
