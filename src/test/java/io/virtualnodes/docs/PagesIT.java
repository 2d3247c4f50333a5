package io.virtualnodes.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Kubectl;
import io.virtualnodes.cluster.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * That the commands of kubectl that pages show do what they are to: each page's are run from top to
 * bottom, on a simulated pool that is called as in the samples, and on one at an engine where only
 * real containers will do. The quickstart has a test of its own: {@link CommandsIT}.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(Cluster.BURST)
@ResourceLock(Cluster.OPERATORS)
class PagesIT {
  private static final Duration LOGS_WITHIN = Duration.ofSeconds(30);
  private static final Path QUICKSTART = Path.of("docs", "quickstart.md");

  /**
   * What readers put into a page's commands: on the left as the page has it, on the right as it is
   * here, with variables of {@link #shell}.
   */
  private static final List<Filled> FILLED =
      List.of(
          new Filled("README.md", "MACHINE", "burst-0"),
          new Filled("README.md", "pool-docker.yaml", "pool-simulated.yaml"),
          new Filled("docs/install.md", "pool-docker.yaml", "pool-simulated.yaml"),
          new Filled("docs/kubectl-vnode.md", "-f web.yaml", "-f deploy/samples/deployment.yaml"),
          new Filled("docs/kubectl-vnode.md", "kustomize build .", "cat deploy/samples/job.yaml"),
          new Filled("docs/kubectl-vnode.md", " pool.yaml", " deploy/samples/pool-simulated.yaml"),
          new Filled("docs/kubectl-vnode.md", "nightly.yaml", "deploy/samples/job.yaml"),
          new Filled(
              "docs/kubectl-vnode.md", "pool-fargate.yaml", "deploy/samples/pool-fargate.yaml"),
          new Filled("docs/kubectl-vnode.md", "shop", "$NAMESPACE"),
          new Filled("docs/kubectl-vnode.md", "burst.tar.gz", "$FOLDER/burst.tar.gz"),
          new Filled("docs/migration.md", "virtual-node-aci-linux", "burst-2"),
          new Filled("docs/pods.md", "web-0", "real-0"),
          new Filled(
              "docs/pods.md",
              "--image=busybox",
              "--image=$BUSYBOX --image-pull-policy=IfNotPresent"),
          new Filled("docs/pods.md", "web-6f7d8c9b5d-x2x7p", "web-0"));

  /** What the API server is only asked whether it would do it, and why. */
  private static final Map<String, String> ASKED_ONLY =
      Map.ofEntries(
          Map.entry(
              "kubectl label node MACHINE virtualnodes.io/engine=docker",
              "the cluster has virtual nodes alone"),
          Map.entry(
              "kubectl apply -k deploy/overlays/docker",
              "an operator of the other tests' cluster runs already; test-install makes one so"),
          Map.entry("kubectl apply -f deploy/samples/job.yaml", "the quickstart runs it"),
          Map.entry("kubectl delete vnp --all", "other tests have pools"),
          Map.entry("kubectl delete virtualnodepools --all", "other tests have pools"),
          Map.entry(
              "kubectl delete crd virtualnodepools.virtualnodes.io", "other tests have pools"),
          Map.entry(
              "kubectl delete -f deploy/base/namespace.yaml", "the operator's rights are there"),
          Map.entry("kubectl apply -k deploy/policies/daemonsets", "other tests have DaemonSets"),
          Map.entry(
              "kubectl -n virtual-nodes create secret generic log-analytics-keys"
                  + " --from-literal=WORKSPACE-ID=KEY",
              "there is no workspace, and no operator that would mount its key"));

  /** What is not run, and why. */
  private static final Map<String, String> NOT_RUN =
      Map.of(
          "kubectl -n virtual-nodes rollout status deployment/virtual-nodes-operator",
          "the operator of these tests is a process; test-install waits so",
          "kubectl --namespace virtual-nodes rollout status deployment/virtual-nodes-operator",
          "likewise",
          "kubectl logs -n virtual-nodes deployment/virtual-nodes-operator --since=15m",
          "likewise",
          "kubectl logs --namespace=virtual-nodes deployment/virtual-nodes-operator",
          "likewise",
          "kubectl delete -k deploy/overlays/docker",
          "takes away what is not there, the operator's Deployment; test-install does it",
          "kubectl logs --previous web-0",
          "shows what Azure refuses; AzureStreamsIT asks for it",
          "kubectl vnode doctor",
          "judges the pools of other tests too, some of which are not well; the next line has one");

  private static Cluster cluster;
  private static Kubectl kubectl;
  private static Place place;
  private static Shell shell;
  private static String engine;

  /**
   * @param page its file
   * @param real what stands for it here
   */
  private record Filled(String page, String shown, String real) {
    boolean in(Command command) {
      return command.page().equals(Path.of(page)) && command.text().contains(shown);
    }
  }

  /** One that is typed as a line. */
  private record Command(Path page, String text) {
    /** As it is run here. */
    String real() {
      var real = text;
      for (var filled : FILLED) {
        if (filled.in(this)) {
          real = real.replace(filled.shown(), filled.real());
        }
      }
      return ASKED_ONLY.containsKey(text) ? real + " --dry-run=server" : real;
    }
  }

  @BeforeAll
  static void twoPools() throws IOException {
    assertThat(Shell.PLUGIN.resolve("kubectl-vnode")).as("make plugin builds it").isExecutable();
    cluster = Cluster.of(PagesIT.class);
    cluster.operator();
    CommandsIT.emptyJournal();
    place = cluster.place(PagesIT.class);
    kubectl = place.kubectl();
    engine = place.pool("engine");
    shell =
        Shell.of(
            PagesIT.class,
            kubectl,
            Map.of("NAMESPACE", place.namespace(), "BUSYBOX", "virtualnodes/busybox:latest"));
    Files.deleteIfExists(shell.folder().resolve("burst.tar.gz"));
    kubectl.run("apply", "-f", "deploy/samples/pool-simulated.yaml");
    kubectl.runWith(
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: %s }
        spec:
          nodes: { capacity: { cpu: "4", memory: 4Gi, pods: "10" } }
          backends:
          - name: local
            docker: { host: "%s", sandboxImage: "virtualnodes/pause:latest" }
          drain: { deadline: 1s }
        """
            .formatted(engine, cluster.engine().host()),
        "apply",
        "-f",
        "-");
    kubectl.run("wait", "--for=condition=Ready", "vnp/burst", "vnp/" + engine, "--timeout=60s");
    kubectl.run("create", "namespace", "argocd", "--save-config");
  }

  @AfterAll
  static void remove() {
    if (place != null) {
      kubectl.run("delete", "namespace", place.namespace(), "argocd", "--timeout=90s");
      kubectl.run("delete", "vnp", "burst", engine, "--timeout=90s");
    }
  }

  /** What pages take to be there. One of them may have emptied nodes and pools. */
  @BeforeEach
  void thePoolsTakePodsAndHaveSome() {
    cluster.client().nodes().withLabel("virtualnodes.io/pool", "burst").list().getItems().stream()
        .filter(node -> Boolean.TRUE.equals(node.getSpec().getUnschedulable()))
        .map(node -> node.getMetadata().getName())
        .forEach(node -> kubectl.run("uncordon", node));
    kubectl.run(
        "patch", "vnp", "burst", "--type=merge", "--patch={\"spec\":{\"stopPolicy\":\"None\"}}");
    kubectl.run("apply", "-f", "deploy/samples/deployment.yaml");
    kubectl.runWith(pods(), "apply", "-f", "-");
    kubectl.run("wait", "--for=condition=Ready", "pod/web-0", "pod/real-0", "--timeout=90s");
  }

  private static String pods() {
    return """
    apiVersion: v1
    kind: Pod
    metadata: { name: web-0 }
    spec:
      # Which is on no node that a page empties as kubectl does: that leaves such a pod where it is.
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchFields: [{ key: metadata.name, operator: In, values: [burst-0] }]
      tolerations: [{ key: virtualnodes.io/pool, operator: Exists }]
      terminationGracePeriodSeconds: 1
      containers: [{ name: main, image: "nginx:1.29", command: [sleep, "3600"] }]
    ---
    apiVersion: v1
    kind: Pod
    metadata: { name: real-0 }
    spec:
      nodeSelector: { virtualnodes.io/pool: %s }
      tolerations: [{ key: virtualnodes.io/pool, operator: Exists }]
      terminationGracePeriodSeconds: 1
      containers:
      - { name: main, image: "virtualnodes/busybox:latest", imagePullPolicy: IfNotPresent, command: [sleep, "3600"] }
    """
        .formatted(engine);
  }

  static List<Page> pages() {
    return Page.all().stream().filter(page -> !commands(page).isEmpty()).toList();
  }

  private static List<Command> commands(Page page) {
    return page.file().equals(QUICKSTART)
        ? List.of()
        : page.typed().stream()
            .filter(line -> line.startsWith("kubectl ") || line.contains(" | kubectl "))
            .map(line -> new Command(page.file(), line))
            .toList();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void thePagesCommandsDoWhatTheyAreTo(Page page) throws Exception {
    for (var command : commands(page)) {
      if (!NOT_RUN.containsKey(command.text())) {
        run(command);
      }
    }
  }

  private static void run(Command command) throws IOException, InterruptedException {
    if (command.text().contains("kubectl logs ")) {
      // Of what has been asked for by the line before, which readers let start; and the sample's
      // simulation is too busy for one request in twenty.
      await().atMost(LOGS_WITHIN).untilAsserted(() -> shell.run(command.real(), command.page()));
    } else {
      shell.run(command.real(), command.page());
    }
  }

  @Test
  void theListsSpeakOfWhatPagesShow() {
    var shown = Page.all().stream().flatMap(page -> commands(page).stream()).toList();
    var texts = shown.stream().map(Command::text).collect(Collectors.toSet());

    assertThat(texts).containsAll(ASKED_ONLY.keySet()).containsAll(NOT_RUN.keySet());
    assertThat(ASKED_ONLY).doesNotContainKeys(NOT_RUN.keySet().toArray(String[]::new));
    assertThat(FILLED).allSatisfy(filled -> assertThat(shown).anyMatch(filled::in));
  }
}
