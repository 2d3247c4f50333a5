package io.virtualnodes.backend.docker;

import static io.virtualnodes.backend.docker.EnginePool.exit;
import static io.virtualnodes.backend.docker.EnginePool.find;
import static io.virtualnodes.backend.docker.EnginePool.log;
import static io.virtualnodes.backend.docker.EnginePool.state;
import static io.virtualnodes.backend.docker.EnginePool.waitingReason;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.ContainerGroup.Volume.Medium;
import io.virtualnodes.backend.ContainerGroup.Volume.Scratch;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Health.Readiness;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Security.Confinement;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The life of groups on the real engine, beyond what every backend does. */
@Timeout(120)
class DockerBackendIT {
  private static final LogOptions PREVIOUS =
      new LogOptions(
          false, true, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
  // Ends at once when it is told to, unlike a shell that waits for its child.
  private static final String OBEYS = "trap 'exit 7' TERM; while :; do sleep 0.1; done";
  private static final String DISOBEYS = "trap '' TERM; while :; do sleep 0.1; done";

  private static EnginePool pool;
  private static DockerBackend backend;

  @BeforeAll
  static void open() {
    pool = new EnginePool();
    backend = pool.backend();
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  // ---- Running and ending

  @Test
  void aGroupThatSucceedsIsFinishedWithItsTimes() {
    var group = pool.group().script("main", "echo done").build();

    backend.create(group);

    var finished = pool.awaitProgress(backend, group.id(), Progress.FINISHED);
    var exit = exit(finished, "main");
    assertThat(exit.code()).isZero();
    assertThat(exit.reason()).isEqualTo("Completed");
    assertThat(exit.since()).isBeforeOrEqualTo(exit.at());
    assertThat(finished.finishedAt()).contains(exit.at());
    assertThat(finished.owner()).isEqualTo(group.owner());
    var container = finished.containers().getFirst();
    assertThat(container.image()).isEqualTo(EnginePool.BUSYBOX);
    assertThat(container.imageId()).startsWith("sha256:");
    assertThat(container.containerId())
        .isEqualTo("docker://" + pool.containers(group.id()).getFirst().getId());
    assertThat(log(backend, group.id())).isEqualTo("done\n");
  }

  @Test
  void environmentArgumentsAndFolderReachTheContainer() {
    var group =
        pool.group()
            .environment("GREETING", "two words=and more")
            .workingDirectory("/proc")
            .container(
                "main", List.of("sh"), List.of("-c", "echo \"$GREETING\" $(pwd) \"$0\"", "a b"))
            .build();

    backend.create(group);

    pool.awaitProgress(backend, group.id(), Progress.FINISHED);
    assertThat(log(backend, group.id())).isEqualTo("two words=and more /proc a b\n");
  }

  @Test
  void aContainerWithoutEnoughMemoryIsOOMKilled() {
    // The engine begins to watch a moment after the start, and has ceased to at the end.
    var script = "sleep 2; tail /dev/zero; code=$?; sleep 2; exit $code";
    var group =
        pool.group()
            .memory(16 << 20)
            .container("main", List.of("sh", "-c"), List.of(script))
            .build();

    backend.create(group);

    var exit = exit(pool.awaitProgress(backend, group.id(), Progress.FINISHED), "main");
    assertThat(exit.code()).isEqualTo(137);
    assertThat(exit.reason()).isEqualTo("OOMKilled");
  }

  @Test
  void aCommandThatIsNotThereIsAStartError() {
    var group = pool.group().container("main", List.of("no-such-command"), List.of()).build();

    backend.create(group);

    var exit = exit(pool.awaitProgress(backend, group.id(), Progress.FINISHED), "main");
    assertThat(exit.code()).isEqualTo(128);
    assertThat(exit.reason()).isEqualTo("StartError");
    assertThat(exit.message()).contains("no-such-command");
  }

  @Test
  void moreProcessorsThanTheMachineHasAreNoMistake() {
    var much = new Resources(1_000_000, 0);
    var group = pool.group().resources(much, much).script("main", "true").build();

    backend.create(group);

    assertThat(exit(pool.awaitProgress(backend, group.id(), Progress.FINISHED), "main").code())
        .isZero();
  }

  @Test
  void whatTheEngineRefusesIsRejectedAndNothingOfTheGroupRan() {
    var group =
        pool.group().script("fine", "sleep 600").memory(1024).script("broken", "true").build();

    assertThatThrownBy(() -> backend.create(group))
        .isInstanceOf(BackendException.Rejected.class)
        .hasMessageContaining("memory");

    var partial = find(backend, group.id()).orElseThrow();
    assertThat(partial.progress()).isEqualTo(Progress.PARTIAL);
    assertThat(state(partial, "fine")).isInstanceOf(Waiting.class);
    backend.stop(group.id(), Duration.ZERO);
    assertThat(find(backend, group.id()).orElseThrow().progress()).isEqualTo(Progress.FINISHED);
  }

  @Test
  void aNetworkThatIsNotThereIsThePoolsFaultAndNotTheContainers() {
    var elsewhere = pool.backend(URI.create("unix:///var/run/docker.sock"), "no-such-network");
    var group = pool.group().script("main", "true").build();

    assertThatThrownBy(() -> elsewhere.create(group))
        .isInstanceOf(BackendException.Denied.class)
        .hasMessageContaining("no-such-network");

    assertThat(find(backend, group.id()).orElseThrow().progress()).isEqualTo(Progress.PARTIAL);
  }

  // ---- Images

  @Test
  void anImageThatCannotBeFetchedIsTriedAgainUntilItsGroupIsDeleted() {
    // Its clock is moved.
    try (var own = new EnginePool();
        var proxy = own.proxy()) {
      var backend = own.backend(URI.create(proxy.host()), "bridge");
      var group =
          own.group()
              .image("localhost:1/no-such-image:1", PullPolicy.IF_NOT_PRESENT)
              .script("main", "true")
              .build();
      backend.create(group);
      own.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("ErrImagePull"));
      int once = proxy.changes();

      own.clock.advance(Duration.ofSeconds(11));
      await().until(() -> proxy.changes() > once);
      backend.delete(group.id());
      own.awaitNothingGoesOn(proxy);
    }
  }

  @Test
  void anImageThatMustNotBeFetchedIsSaidToBeMissing() {
    var group =
        pool.group()
            .image("localhost:1/no-such-image:1", PullPolicy.NEVER)
            .script("main", "true")
            .build();

    backend.create(group);

    pool.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("ErrImageNeverPull"));
    backend.delete(group.id());
  }

  @Test
  void anImageNameThatNobodyUnderstandsIsSaidToBeInvalid() {
    for (var policy : List.of(PullPolicy.IF_NOT_PRESENT, PullPolicy.ALWAYS)) {
      var group = pool.group().image("Not/An:Image:Name", policy).script("main", "true").build();

      backend.create(group);

      pool.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("InvalidImageName"));
      backend.delete(group.id());
    }
  }

  @Test
  void oneImageThatIsMissingDoesNotKeepTheOthers() {
    var group =
        pool.group()
            .script("fine", "sleep 600")
            .image("localhost:1/no-such-image:1", PullPolicy.IF_NOT_PRESENT)
            .script("lacking", "true")
            .build();

    backend.create(group);

    var observed =
        pool.awaitGroup(
            backend, group.id(), it -> state(it, "lacking").toString().contains("ErrImagePull"));
    assertThat(state(observed, "fine")).isInstanceOf(Running.class);
    assertThat(observed.progress()).isEqualTo(Progress.ALIVE);
    backend.delete(group.id());
  }

  @Test
  void aGroupWhoseImageComesLaterIsBroughtUp() {
    // Its clock is moved.
    try (var own = new EnginePool()) {
      var backend = own.backend();
      var image = "virtualnodes/" + own.name + ":1";
      var group =
          own.group()
              .image(image, PullPolicy.NEVER)
              .script("main", "exit 3")
              .image(image, PullPolicy.NEVER)
              .script("other", "exit 4")
              .build();
      backend.create(group);
      own.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("ErrImageNeverPull"));

      own.alias(EnginePool.BUSYBOX);
      own.clock.advance(Duration.ofSeconds(11));

      var finished = own.awaitProgress(backend, group.id(), Progress.FINISHED);
      assertThat(exit(finished, "main").code()).isEqualTo(3);
      assertThat(exit(finished, "other").code()).isEqualTo(4);
    }
  }

  @Test
  void whatTheEngineRefusesOnceTheImageCameIsTold() {
    try (var own = new EnginePool()) {
      var backend = own.backend();
      var group =
          own.group()
              .image("virtualnodes/" + own.name + ":1", PullPolicy.NEVER)
              .script("main", "true")
              .build();
      var inItsPlace = own.stranger(new Names(own.name).container(group.id(), "main", 0), Map.of());
      try {
        backend.create(group);
        own.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("ErrImageNeverPull"));

        own.alias(EnginePool.BUSYBOX);
        own.clock.advance(Duration.ofSeconds(11));

        var failed =
            own.awaitGroup(
                backend, group.id(), it -> waitingReason(it).equals("CreateContainerError"));
        assertThat(((Waiting) state(failed, "main")).message()).contains("already in use");
        assertThat(failed.progress()).isEqualTo(Progress.ALIVE);
      } finally {
        own.removeContainer(inItsPlace);
      }

      // It is tried again.
      own.clock.advance(Duration.ofSeconds(11));
      own.awaitProgress(backend, group.id(), Progress.FINISHED);
    }
  }

  @Test
  void aRestartWaitsForAnImageThatWasRemoved() {
    try (var own = new EnginePool()) {
      var backend = own.backend();
      var image = own.alias(EnginePool.BUSYBOX);
      var group =
          own.group()
              .restarts(RestartPolicy.ALWAYS)
              .image(image, PullPolicy.NEVER)
              .script("main", OBEYS)
              .build();
      backend.create(group);
      own.awaitRunning(backend, group.id());

      own.removeAlias();
      // By now the engine's list shows an id instead of the name.
      assertThat(find(backend, group.id()).orElseThrow().containers().getFirst().image())
          .isEqualTo(image);
      own.killMain(group.id());
      own.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("ErrImageNeverPull"));

      own.alias(EnginePool.BUSYBOX);
      own.clock.advance(Duration.ofSeconds(11));
      var again = own.awaitGroup(backend, group.id(), it -> state(it, "main") instanceof Running);
      assertThat(again.containers().getFirst().restarts()).isEqualTo(1);
    }
  }

  @Test
  void whatIsOnRecordOfAContainerNeedsItsImageNoMore() {
    try (var own = new EnginePool()) {
      var backend = own.backend();
      var group =
          own.group()
              .image(own.alias(EnginePool.BUSYBOX), PullPolicy.NEVER)
              .care(startup("test", "-e", "/go"))
              .script("main", "sleep 3; touch /go; sleep 600")
              .build();
      backend.create(group);
      own.awaitRunning(backend, group.id());
      assertThat(health(backend, group.id())).isEqualTo(new Health(false, Readiness.NO));

      own.removeAlias();
      own.awaitGroup(
          backend,
          group.id(),
          _ -> health(backend, group.id()).equals(new Health(true, Readiness.YES)));

      own.awaitGroup(
          backend,
          group.id(),
          _ ->
              own.containers(group.id()).stream()
                  .anyMatch(
                      found -> "STARTED_UP".equals(found.getLabels().get("virtualnodes.io/role"))));
      backend.delete(group.id());
      assertThat(own.containers(group.id())).isEmpty();
    }
  }

  private static Health health(DockerBackend backend, GroupId id) {
    return find(backend, id).orElseThrow().containers().getFirst().health().orElseThrow();
  }

  private static Care startup(String... command) {
    var probe =
        new Probe(
            new Action.Exec(List.of(command)),
            Duration.ZERO,
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            1,
            100,
            Optional.empty());
    return new Care(
        Optional.of(probe),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void aContainerIsAskedToEndByTheSignalThatItWantsAlsoAfterARestart() {
    var signal =
        new Care(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of("SIGUSR1"));
    var group =
        pool.group()
            .restarts(RestartPolicy.ALWAYS)
            .care(signal)
            .script("main", "trap 'exit 8' USR1; while :; do sleep 0.1; done")
            .build();
    backend.create(group);
    pool.awaitRunning(backend, group.id());
    pool.killMain(group.id());
    pool.awaitGroup(
        backend,
        group.id(),
        it -> it.containers().getFirst().restarts() == 1 && state(it, "main") instanceof Running);

    backend.stop(group.id(), Duration.ofSeconds(20));

    var finished = pool.awaitProgress(backend, group.id(), Progress.FINISHED);
    assertThat(exit(finished, "main").code()).isEqualTo(8);
  }

  @Test
  void aGroupThatIsStoppedBeforeItsImageCameIsNotStartedAnyMore() {
    var group =
        pool.group()
            .script("fine", OBEYS)
            .image("localhost:1/no-such-image:1", PullPolicy.IF_NOT_PRESENT)
            .script("lacking", "true")
            .build();
    backend.create(group);
    pool.awaitGroup(backend, group.id(), it -> state(it, "fine") instanceof Running);

    backend.stop(group.id(), Duration.ofSeconds(20));

    var stopping = find(backend, group.id()).orElseThrow();
    assertThat(stopping.progress()).isNotEqualTo(Progress.PARTIAL);
    var finished = pool.awaitProgress(backend, group.id(), Progress.FINISHED);
    assertThat(exit(finished, "fine").code()).isEqualTo(7);
  }

  // ---- Several containers

  @Test
  void containersShareOneNetworkOneAddressAndOneName() {
    var group =
        pool.group()
            .script("server", "hostname; echo hello | nc -l -p 8123")
            .script("client", "hostname; until nc 127.0.0.1 8123; do sleep 0.1; done")
            .script("third", "hostname; sleep 600")
            .build();

    backend.create(group);

    pool.awaitGroup(
        backend, group.id(), it -> !(state(it, "client") instanceof Running) && started(it));
    var observed = find(backend, group.id()).orElseThrow();
    assertThat(observed.addresses()).hasSize(1);
    assertThat(log(backend, group.id(), "client", LogOptions.ALL))
        .isEqualTo("host-of-pod\nhello\n");
    assertThat(log(backend, group.id(), "server", LogOptions.ALL)).isEqualTo("host-of-pod\n");
    assertThat(log(backend, group.id(), "third", LogOptions.ALL)).isEqualTo("host-of-pod\n");
    assertThat(observed.progress()).isEqualTo(Progress.ALIVE);
  }

  private static boolean started(Observation observation) {
    return observation.containers().stream().noneMatch(one -> one.state() instanceof Waiting);
  }

  @Test
  void whereASingleContainerAnsweredIsKnownThoughNobodyLookedBeforeItEnded() throws Exception {
    var group = pool.group().script("main", "sleep 1").build();
    backend.create(group);
    Thread.sleep(Duration.ofSeconds(2));

    var ended = pool.awaitProgress(backend, group.id(), Progress.FINISHED);

    assertThat(ended.addresses()).hasSize(1);
  }

  @Test
  void aSingleContainerAnswersAtTheAddressThatIsObserved() {
    var group = pool.group().script("main", "ip addr show eth0; sleep 600").build();
    backend.create(group);

    var observed = pool.awaitRunning(backend, group.id());

    assertThat(observed.addresses()).hasSize(1);
    await().until(() -> log(backend, group.id()).contains(observed.addresses().getFirst() + "/"));
  }

  @Test
  void theNetworkOfAFinishedGroupIsGivenBack() {
    var group = pool.group().script("one", "true").script("two", "true").build();
    backend.create(group);

    pool.awaitProgress(backend, group.id(), Progress.FINISHED);

    awaitNothingRuns(group.id());
    assertThat(find(backend, group.id()).orElseThrow().progress()).isEqualTo(Progress.FINISHED);
  }

  private static void awaitNothingRuns(GroupId id) {
    await()
        .until(
            () -> {
              backend.list();
              return pool.containers(id).stream()
                  .noneMatch(container -> container.getState().equals("running"));
            });
  }

  // ---- Restarts

  @Test
  void aContainerThatFailsIsRestartedWithTheKubeletsBackOff() {
    // Its clock is moved.
    try (var own = new EnginePool()) {
      var backend = own.backend();
      var group =
          own.group()
              .restarts(RestartPolicy.ON_FAILURE)
              .volume(new Scratch("count", Medium.DISK, 0))
              .mount("count", "/count", false)
              .environment("WORD", "run")
              .memory(32 << 20)
              .script(
                  "main",
                  "echo x >> /count/runs; n=$(wc -l < /count/runs); echo $WORD $n; touch /mine &&"
                      + " ls /count; exit $((10 + n))")
              .build();
      backend.create(group);

      // The first restart comes at once, the second waits.
      var waiting =
          own.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("CrashLoopBackOff"));
      var container = waiting.containers().getFirst();
      assertThat(container.restarts()).isEqualTo(1);
      assertThat(container.previous().orElseThrow().code()).isEqualTo(12);
      assertThat(((Waiting) container.state()).message()).contains("back-off 10s", "pod-a_team-a");
      assertThat(waiting.progress()).isEqualTo(Progress.ALIVE);
      assertThat(log(backend, group.id())).startsWith("run 2\n");
      // While it waits, the instance that ended is the previous one.
      assertThat(log(backend, group.id(), "main", PREVIOUS)).startsWith("run 2\n");

      own.clock.advance(Duration.ofSeconds(10));
      var again =
          own.awaitGroup(backend, group.id(), it -> it.containers().getFirst().restarts() == 2);
      assertThat(again.containers().getFirst().image()).isEqualTo(EnginePool.BUSYBOX);
      var third =
          own.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("CrashLoopBackOff"));
      assertThat(((Waiting) third.containers().getFirst().state()).message()).contains("20s");
      assertThat(third.containers().getFirst().previous().orElseThrow().code()).isEqualTo(13);
      // The sandbox, the last instance, and the one before it.
      assertThat(own.containers(group.id())).hasSize(3);
      backend.delete(group.id());
    }
  }

  @Test
  void aRestartedContainerIsAsTheFirstOneWas() {
    var group =
        pool.group()
            .restarts(RestartPolicy.ALWAYS)
            .volume(new Scratch("memory", Medium.MEMORY, 1 << 20))
            .mount("memory", "/memory", false)
            .environment("A", "a b")
            .environment("B", "")
            .workingDirectory("/proc")
            .resources(new Resources(100, 0), new Resources(500, 64 << 20))
            .terminal(new Terminal(true, true, true))
            .security(
                new Security(
                    Optional.of(1000L),
                    Optional.of(3000L),
                    List.of(2000L),
                    true,
                    false,
                    true,
                    false,
                    List.of("NET_ADMIN"),
                    List.of("ALL"),
                    Confinement.NONE,
                    Confinement.NONE))
            .container("main", List.of("sh", "-c"), List.of("sleep 0.3; exit $0", "3"))
            .build();
    backend.create(group);

    pool.awaitGroup(
        backend,
        group.id(),
        it ->
            it.containers().getFirst().restarts() == 1 && started(it)
                || waitingReason(it).equals("CrashLoopBackOff"));
    backend.stop(group.id(), Duration.ZERO);

    var instances =
        pool.containers(group.id()).stream()
            .filter(it -> "main".equals(it.getLabels().get("virtualnodes.io/container")))
            .map(it -> pool.engine().inspectContainerCmd(it.getId()).exec())
            .toList();
    assertThat(instances).hasSize(2);
    var one = instances.get(0);
    var other = instances.get(1);
    // Each has a file of its own for its last words.
    assertThat(instances)
        .extracting(it -> it.getHostConfig().getBinds()[0].getPath().replaceAll(".*/", ""))
        .containsExactlyInAnyOrder("main.0", "main.1");
    assertThat(one.getHostConfig().withBinds()).isEqualTo(other.getHostConfig().withBinds());
    assertThat(one.getConfig().getUser()).isEqualTo(other.getConfig().getUser());
    assertThat(one.getConfig().getUser()).isEqualTo("1000:3000");
    assertThat(List.of(one.getConfig(), other.getConfig()))
        .allSatisfy(
            config -> {
              assertThat(config.getTty()).isTrue();
              assertThat(config.getStdinOpen()).isTrue();
              assertThat(config.getStdInOnce()).isTrue();
            });
    assertThat(one.getHostConfig().getMounts()).hasSize(1);
    assertThat(one.getHostConfig().getMounts().getFirst().getVolumeOptions().getNoCopy()).isTrue();
    assertThat(one.getConfig().getEnv()).containsExactlyInAnyOrder(other.getConfig().getEnv());
    assertThat(one.getConfig().getCmd()).isEqualTo(other.getConfig().getCmd());
    assertThat(one.getConfig().getEntrypoint()).isEqualTo(other.getConfig().getEntrypoint());
    assertThat(one.getConfig().getWorkingDir()).isEqualTo(other.getConfig().getWorkingDir());
    assertThat(one.getConfig().getHostName()).isEqualTo(other.getConfig().getHostName());
    assertThat(one.getConfig().getImage()).isEqualTo(other.getConfig().getImage());
    backend.delete(group.id());
  }

  @Test
  void aRestartThatWasCutOffIsCompletedByTheNextOperator() {
    var group = pool.group().restarts(RestartPolicy.ALWAYS).script("main", "sleep 600").build();
    backend.create(group);
    pool.awaitRunning(backend, group.id());
    // What an operator leaves that dies between making the next instance and starting it.
    var first =
        pool.containers(group.id()).stream()
            .filter(it -> "main".equals(it.getLabels().get("virtualnodes.io/container")))
            .findFirst()
            .orElseThrow();
    var inspected = pool.engine().inspectContainerCmd(first.getId()).exec();
    var labels = new HashMap<>(first.getLabels());
    labels.put("virtualnodes.io/restarts", "1");
    labels.put("virtualnodes.io/back-off-seconds", "10");
    var next =
        pool.engine()
            .createContainerCmd(EnginePool.BUSYBOX)
            .withName(new Names(pool.name).container(group.id(), "main", 1))
            .withLabels(labels)
            .withHostConfig(
                HostConfig.newHostConfig()
                    .withNetworkMode(inspected.getHostConfig().getNetworkMode()))
            .withCmd("sleep", "600")
            .exec();
    pool.removeContainer(first.getId());

    var observed =
        pool.awaitGroup(
            backend,
            group.id(),
            it ->
                state(it, "main") instanceof Running && it.containers().getFirst().restarts() == 1);

    assertThat(observed.containers().getFirst().containerId())
        .isEqualTo("docker://" + next.getId());
    backend.delete(group.id());
  }

  @Test
  void aSandboxThatDiedIsStartedForTheRestart() {
    var group = pool.group().restarts(RestartPolicy.ALWAYS).script("main", "sleep 600").build();
    backend.create(group);
    pool.awaitRunning(backend, group.id());

    // As when the engine's machine was switched off and on.
    pool.containers(group.id()).forEach(it -> pool.engine().killContainerCmd(it.getId()).exec());

    var observed =
        pool.awaitGroup(
            backend,
            group.id(),
            it ->
                it.containers().getFirst().restarts() == 1
                    && started(it)
                    && it.addresses().size() == 1);
    assertThat(observed.containers().getFirst().previous().orElseThrow().code()).isEqualTo(137);
    backend.delete(group.id());
  }

  // ---- Stopping

  @Test
  void manyLongGracesDoNotUseUpTheConnections() throws InterruptedException {
    var group = pool.group().script("main", DISOBEYS).build();
    backend.create(group);
    pool.awaitRunning(backend, group.id());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 220; i++) {
        threads.execute(() -> backend.stop(group.id(), Duration.ofMinutes(10)));
      }
    }

    assertThat(find(backend, group.id())).isPresent();
    backend.stop(group.id(), Duration.ofSeconds(1));
    pool.awaitProgress(backend, group.id(), Progress.FINISHED);
  }

  @Test
  void askingForAGroupThatWasStoppedChangesNothing() {
    for (var policy : RestartPolicy.values()) {
      var group = pool.group().restarts(policy).script("main", OBEYS).build();
      backend.create(group);
      pool.awaitRunning(backend, group.id());
      backend.stop(group.id(), Duration.ofSeconds(30));
      pool.awaitProgress(backend, group.id(), Progress.FINISHED);
      // Nor is its network taken again.
      awaitNothingRuns(group.id());
      int containers = pool.containers(group.id()).size();

      backend.create(group);

      assertThat(pool.containers(group.id()))
          .hasSize(containers)
          .noneMatch(container -> container.getState().equals("running"));
      var seen = find(backend, group.id()).orElseThrow();
      assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
      backend.stop(group.id(), Duration.ZERO);
    }
  }

  // ---- Asking again

  @Test
  void askingForAGroupThatWasRestartedOftenChangesNothing() {
    // Its clock is moved.
    try (var own = new EnginePool()) {
      var backend = own.backend();
      var group = own.group().restarts(RestartPolicy.ALWAYS).script("main", "sleep 0.1").build();
      backend.create(group);
      own.awaitGroup(backend, group.id(), it -> it.containers().getFirst().restarts() == 1);
      own.clock.advance(Duration.ofSeconds(10));
      own.awaitGroup(backend, group.id(), it -> it.containers().getFirst().restarts() == 2);
      own.awaitGroup(backend, group.id(), it -> waitingReason(it).equals("CrashLoopBackOff"));

      // Its first instance is gone by now.
      backend.create(group);

      assertThat(own.containers(group.id()))
          .extracting(it -> it.getLabels().get("virtualnodes.io/restarts"))
          .containsExactlyInAnyOrder("0", "1", "2");
      assertThat(own.containers(group.id()))
          .filteredOn(it -> "main".equals(it.getLabels().get("virtualnodes.io/container")))
          .hasSize(2);
      backend.delete(group.id());
    }
  }

  @Test
  void aLaunchThatWasCutOffIsPartialAndIsCompleted() {
    var group = pool.group().script("one", "sleep 600").script("two", "sleep 600").build();
    var requests =
        new DockerRequests(
            new DockerBackend.Settings(
                pool.name, URI.create("unix:///"), "bridge", EnginePool.PAUSE, List.of()));
    try (var engine = new DockerEngine(pool.name, URI.create("unix:///var/run/docker.sock"))) {
      var sandbox = engine.create(requests.sandbox(group, pool.clock.instant()));
      engine.start(sandbox);
      engine.create(
          requests.container(
              group,
              group.containers().getFirst(),
              "",
              Optional.of(sandbox),
              engine.folder(),
              pool.clock.instant()));
    }
    var partial = find(backend, group.id()).orElseThrow();
    assertThat(partial.progress()).isEqualTo(Progress.PARTIAL);
    assertThat(partial.containers())
        .isNotEmpty()
        .extracting(container -> container.state())
        .allMatch(state -> state instanceof Waiting);

    backend.create(group);

    var alive = pool.awaitRunning(backend, group.id());
    assertThat(alive.progress()).isEqualTo(Progress.ALIVE);
    assertThat(pool.containers(group.id())).hasSize(3);
    backend.delete(group.id());
  }

  @Test
  void aSingleContainerThatWasMadeAndNeverStartedIsPartialAndStopEndsIt() {
    var group = pool.group().script("main", "sleep 600").build();
    var requests =
        new DockerRequests(
            new DockerBackend.Settings(
                pool.name, URI.create("unix:///"), "bridge", EnginePool.PAUSE, List.of()));
    try (var engine = new DockerEngine(pool.name, URI.create("unix:///var/run/docker.sock"))) {
      engine.create(
          requests.container(
              group,
              group.containers().getFirst(),
              "",
              Optional.empty(),
              engine.folder(),
              pool.clock.instant()));
    }
    assertThat(find(backend, group.id()).orElseThrow().progress()).isEqualTo(Progress.PARTIAL);

    backend.stop(group.id(), Duration.ofSeconds(1));
    backend.create(group);

    var seen = find(backend, group.id()).orElseThrow();
    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
    assertThat(pool.containers(group.id()))
        .extracting(container -> container.getState())
        .containsExactly("created");
  }

  // ---- Deleting, and what is not ours

  @Test
  void deletingRemovesContainersAndVolumesWithoutGrace() {
    var group =
        pool.group()
            .restarts(RestartPolicy.ALWAYS)
            .volume(new Scratch("data", Medium.DISK, 0))
            .mount("data", "/data", false)
            .script("main", DISOBEYS)
            .build();
    backend.create(group);
    pool.awaitRunning(backend, group.id());
    assertThat(pool.volumes()).anyMatch(name -> name.contains(group.id().toString()));

    backend.delete(group.id());
    backend.delete(group.id());

    assertThat(pool.containers(group.id())).isEmpty();
    assertThat(pool.volumes()).noneMatch(name -> name.contains(group.id().toString()));
    assertThat(find(backend, group.id())).isEmpty();
  }

  @Test
  void whatIsNotOursIsNeitherSeenNorTouched() {
    var group = pool.group().script("main", "true").build();
    backend.create(group);
    pool.awaitProgress(backend, group.id(), Progress.FINISHED);
    var ours = Map.copyOf(pool.containers(group.id()).getFirst().getLabels());
    var otherPool = new HashMap<>(ours);
    otherPool.put("virtualnodes.io/pool", pool.name + "-other");
    var half =
        Map.of("virtualnodes.io/pool", pool.name, "virtualnodes.io/group", group.id().toString());
    var strangers = new ArrayList<String>();
    try {
      strangers.add(pool.stranger(pool.name + "-unlabelled", Map.of()));
      strangers.add(pool.stranger(pool.name + "-otherpool", otherPool));
      strangers.add(pool.stranger(pool.name + "-half", half));
      // As one made from an image that was made from one of ours.
      strangers.add(pool.stranger(pool.name + "-copy", ours));

      var seen = find(backend, group.id()).orElseThrow();
      backend.stop(group.id(), Duration.ZERO);
      backend.delete(group.id());

      assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
      assertThat(find(backend, group.id())).isEmpty();
      for (var stranger : strangers) {
        assertThat(pool.engine().inspectContainerCmd(stranger).exec().getName())
            .startsWith("/" + pool.name)
            .doesNotContain("_stopped_by_");
      }
    } finally {
      strangers.forEach(pool::removeContainer);
    }
  }

  @Test
  void aStrangerInOurVolumeDoesNotKeepTheGroupFromGoing() {
    // Its clock is moved.
    try (var own = new EnginePool()) {
      var backend = own.backend();
      var group =
          own.group()
              .volume(new Scratch("data", Medium.DISK, 0))
              .mount("data", "/data", false)
              .script("main", "true")
              .build();
      backend.create(group);
      var volume = new Names(own.name).volume(group.id(), "data");
      var stranger =
          own.engine()
              .createContainerCmd(EnginePool.BUSYBOX)
              .withHostConfig(
                  HostConfig.newHostConfig()
                      .withMounts(
                          List.of(
                              new Mount()
                                  .withType(MountType.VOLUME)
                                  .withSource(volume)
                                  .withTarget("/x"))))
              .exec()
              .getId();
      try {
        backend.delete(group.id());

        assertThat(find(backend, group.id())).isEmpty();
        assertThat(own.volumes()).contains(volume);
      } finally {
        own.removeContainer(stranger);
      }
      own.clock.advance(Duration.ofMinutes(5));
      await()
          .untilAsserted(
              () -> {
                backend.list();
                assertThat(own.volumes()).doesNotContain(volume);
              });
    }
  }

  // ---- The engine itself

  @Test
  void whatHappensAtTheEngineIsHinted() {
    var hints = new AtomicInteger();
    backend.onChange(hints::incrementAndGet);
    var group = pool.group().script("main", "sleep 600").build();
    backend.create(group);
    pool.awaitRunning(backend, group.id());
    var container = pool.containers(group.id()).getFirst().getId();
    hints.set(0);

    pool.engine().killContainerCmd(container).exec();

    await().until(() -> hints.get() > 0);
    assertThat(find(backend, group.id()).orElseThrow().progress()).isEqualTo(Progress.FINISHED);
  }

  @Test
  void theQuotaIsWhatTheEngineHas() {
    var info = pool.engine().infoCmd().exec();

    assertThat(backend.quota())
        .contains(new Quota(info.getNCPU() * 1000L, info.getMemTotal(), 110));
  }

  @Test
  void theVersionIsTheEnginesOnceItWasAsked() {
    backend.list();

    await()
        .until(
            () -> backend.capabilities().version(),
            pool.engine().infoCmd().exec().getServerVersion()::equals);
  }

  @Test
  void anEngineThatIsNotThereIsUnavailableAndNotEmpty(@TempDir Path folder) {
    for (var host : List.of("unix://" + folder.resolve("none.sock"), "tcp://127.0.0.1:1")) {
      var nowhere = pool.backend(URI.create(host), "bridge");

      assertThatThrownBy(nowhere::list).isInstanceOf(BackendException.Unavailable.class);
      assertThatThrownBy(nowhere::quota).isInstanceOf(BackendException.Unavailable.class);
    }
  }

  @Test
  void anEngineThatTakesACallAndNeverAnswersIsUnavailable(@TempDir Path folder) throws Exception {
    var socket = folder.resolve("deaf.sock");
    try (var deaf = ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      deaf.bind(java.net.UnixDomainSocketAddress.of(socket));
      try (var engine =
          new DockerEngine(pool.name, URI.create("unix://" + socket), Duration.ofMillis(300))) {
        assertThatThrownBy(engine::containers).isInstanceOf(BackendException.Unavailable.class);
        assertThatThrownBy(() -> engine.start("x"))
            .isInstanceOf(BackendException.Unavailable.class);
        // It has the request.
        engine.stop("x", Duration.ofMinutes(10));
      }
    }
    assertThat(Files.exists(socket)).isTrue();
  }
}
