package io.virtualnodes.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.pod.GoldenCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code explain} without a cluster: a pool in a file, and pods in another. */
class ExplainCommandTest {
  private static final String POOL = "src/test/resources/explain/docker-runs/pool.yaml";
  private static final String PODS = "src/test/resources/explain/docker-runs/pods.yaml";

  @TempDir private Path folder;

  static Stream<GoldenCase> cases() {
    return GoldenCase.all("explain");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void itSaysWhatWouldBecomeOfEachPod(GoldenCase given) {
    var run =
        CommandLineRun.of(
            "explain",
            "-f",
            given.folder().resolve("pods.yaml").toString(),
            "--pool-file",
            given.folder().resolve("pool.yaml").toString());

    assertThat(run.errors()).isEmpty();
    given.expect("explained.txt", run.output() + "exit code " + run.code() + "\n");
  }

  @Test
  void programsReadTheSame() throws JsonProcessingException {
    var run = CommandLineRun.of("explain", "-f", PODS, "--pool-file", POOL, "-o", "json");

    var pod = new ObjectMapper().readTree(run.output()).at("/pods/0");
    assertThat(pod.path("pod").asText()).isEqualTo("StatefulSet shop/db");
    assertThat(pod.path("runs").asBoolean()).isTrue();
    var pool = pod.at("/pools/0");
    assertThat(pool.path("kind").asText()).isEqualTo("docker");
    assertThat(pool.at("/requested/memory").asText()).isEqualTo("4Gi");
    assertThat(pool.path("refusals").isEmpty()).isTrue();
    assertThat(pool.has("price")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "pool-azure.yaml, job.yaml, 0",
    "pool-fargate.yaml, job.yaml, 0",
    "pool-docker.yaml, statefulset-with-volumes.yaml, 0",
    "pool-docker.yaml, job-with-sidecar.yaml, 0",
    "pool-simulated.yaml, deployment.yaml, 0",
    "pool-fargate.yaml, pod-without-root.yaml, 1",
    "pool-azure.yaml, job-with-azure-share.yaml, 0",
    "pool-fargate.yaml, job-with-efs.yaml, 0"
  })
  void theSamplesAreUnderstood(String pool, String pods, int code) {
    var run =
        CommandLineRun.of(
            "explain", "-f", "deploy/samples/" + pods, "--pool-file", "deploy/samples/" + pool);

    assertThat(run.errors()).isEmpty();
    assertThat(run.code()).as(run.output()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kind: Pod|metadata.name: is required",
        "{ kind: Pod, metadata: { name: web } }|spec.containers: at least one is required",
        "{ kind: Pod, metadata: { name: web }, spec: { containers: [{ name: app }] } }"
            + "|spec.containers[0].image: is required",
        "{ kind: Pod, metadata: { name: web }, spec: { containers: app } }|spec.containers",
        "{ kind: Deployment, metadata: { name: web } }|spec.template: is required",
        "{ kind: Service, metadata: { name: web } }|has no pod and no template of pods",
        "[1]|is no manifest",
        "'{ kind: Pod'|line "
      })
  void whatIsNoPodIsToldInOneLine(String manifest, String says) throws IOException {
    var file = Files.writeString(folder.resolve("pods.yaml"), manifest);

    var run = CommandLineRun.of("explain", "-f", file.toString(), "--pool-file", POOL);

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errors().lines()).hasSize(1).first().asString().contains(file.toString(), says);
    assertThat(run.output()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ nodes: { count: many } }|spec.nodes.count: must be of type integer",
        "{ nods: {} }|spec.nods: there is no such field",
        "{ stopPolicy: Never }|spec.stopPolicy: must be one of Hold, HoldAndDrain, None",
        "{ nodes: {} }|spec.backends: is required",
        "{ backends: [{ name: a, fargate: { region: r } }] }"
            + "|spec.backends[0].fargate.cluster: is required",
        "{ backends: [{ name: a, docker: { host: 'no address' } }] }|spec.backends[a]"
      })
  void whatIsNoPoolIsToldInOneLine(String pool, String says) throws IOException {
    var file =
        Files.writeString(
            folder.resolve("pool.yaml"),
            "{ apiVersion: virtualnodes.io/v1alpha1, kind: VirtualNodePool, metadata: { name: burst"
                + " }, spec: "
                + pool
                + " }");

    var run = CommandLineRun.of("explain", "-f", PODS, "--pool-file", file.toString());

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errors().lines()).hasSize(1).first().asString().contains(says);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "explain|--filename",
        "explain -f nowhere.yaml --pool-file nowhere.yaml|nowhere.yaml: there is no such file",
        "explain -f nowhere.yaml --colour|--colour",
        "status -o xml|-o",
        "status --kubeconfig nowhere|--kubeconfig: nowhere cannot be read",
        "heal|heal"
      })
  void whatIsNoCommandIsToldInOneLine(String command, String says) {
    var run = CommandLineRun.of(command.split(" "));

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errors().lines())
        .hasSize(1)
        .first()
        .asString()
        .startsWith("error: ")
        .contains(says);
  }

  @Test
  void everyCommandHasHelp() {
    for (var command : KubectlVnode.commandLine().getSubcommands().keySet()) {
      var run = CommandLineRun.of(command, "--help");

      assertThat(run.code()).as(command).isZero();
      assertThat(run.output())
          .startsWith("Usage: kubectl vnode " + command)
          .contains("-o, --output");
    }
  }
}
