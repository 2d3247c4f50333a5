package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Container;
import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Health.Readiness;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.docker.FoundContainer.Status;
import io.virtualnodes.backend.docker.Marks.Role;
import io.virtualnodes.backend.supervisor.Standing;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerObservationsTest {
  private static final Instant NOON = Instant.parse("2026-02-03T12:00:00Z");
  private static final GroupId ID = new GroupId("some-uid", 0);
  private static final GroupOwner OWNER = new GroupOwner("burst", "node-0", "team-a", "pod-a");
  private static final Names NAMES = new Names("burst");
  private static final Status MADE = new Status.Made();
  private static final Status RUNNING = new Status.Running(NOON.minusSeconds(9));
  private static final Status UNREAD = new Status.Unread();

  private static Status ended(int code) {
    return new Status.Ended(exit(code));
  }

  private static Exited exit(int code) {
    return new Exited(
        code, code == 0 ? "Completed" : "Error", "", NOON.minusSeconds(9), NOON.minusSeconds(1));
  }

  /** The containers of one group, as the engine has them. */
  private static final class Found {
    private final RestartPolicy policy;
    private final List<Marks.Listed> listed;
    private final List<FoundContainer> all = new ArrayList<>();
    private boolean stopped;
    private Care care = Care.NONE;

    Found(RestartPolicy policy, String... names) {
      this.policy = policy;
      this.listed = Stream.of(names).map(Found::listed).toList();
    }

    /**
     * A name stands for a main container, {@code i:name} for an init one, {@code s:name} for a
     * sidecar.
     */
    private static Marks.Listed listed(String name) {
      return switch (name.substring(0, Math.min(2, name.length()))) {
        case "i:" -> new Marks.Listed(name.substring(2), Part.INIT, Optional.empty());
        case "s:" -> new Marks.Listed(name.substring(2), Part.SIDECAR, Optional.empty());
        default -> new Marks.Listed(name, Part.MAIN, Optional.empty());
      };
    }

    Found sandbox(Status status) {
      return add(Role.SANDBOX, "", 0, Duration.ZERO, status, NAMES.sandbox(ID));
    }

    Found guest(String name, Status status) {
      return add(Role.GUEST, name, 0, Duration.ZERO, status, NAMES.guest(ID, name));
    }

    Found writer() {
      return add(Role.WRITER, "", 0, Duration.ZERO, MADE, NAMES.writer(ID));
    }

    Found container(String name, Status status) {
      return container(name, 0, 0, status);
    }

    Found container(String name, int instance, int backOffSeconds, Status status) {
      var backOff = Duration.ofSeconds(backOffSeconds);
      return add(
          Role.CONTAINER, name, instance, backOff, status, NAMES.container(ID, name, instance));
    }

    Found milestone(String name, int instance, Milestone milestone) {
      return add(
          Role.of(milestone),
          name,
          instance,
          Duration.ZERO,
          MADE,
          NAMES.milestone(ID, name, instance, milestone));
    }

    Found stopped() {
      stopped = true;
      return this;
    }

    /** From now on containers have a startup probe. */
    Found startsUp() {
      var probe =
          new Probe(
              new Action.Exec(List.of("true")),
              Duration.ZERO,
              Duration.ofSeconds(10),
              Duration.ofSeconds(1),
              1,
              3,
              Optional.empty());
      care =
          new Care(
              Optional.of(probe),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty());
      return this;
    }

    private Found add(
        Role role, String container, int instance, Duration backOff, Status status, String name) {
      var marks =
          new Marks(
              ID,
              OWNER,
              role,
              container,
              instance,
              backOff,
              policy,
              PullPolicy.IF_NOT_PRESENT,
              Duration.ofSeconds(30),
              listed,
              NOON.minusSeconds(60),
              role == Role.CONTAINER ? care : Care.NONE);
      all.add(
          new FoundContainer(
              "id-" + role + container + instance,
              stopped ? Names.stopped(name, NOON.plusSeconds(30)) : name,
              marks,
              status,
              "some/image:1",
              "sha256:abc",
              role == Role.SANDBOX || policy == RestartPolicy.NEVER && listed.size() == 1
                  ? List.of("172.17.0.9")
                  : List.of()));
      return this;
    }

    FoundGroup group() {
      return new FoundGroup(all);
    }

    Observation observed() {
      return observed(false, Optional.empty());
    }

    Observation observed(boolean launching, Optional<Waiting> pull, String... awaited) {
      return observed(launching, pull, Standing.LEFT_ALONE, awaited);
    }

    Observation observed(Standing standing) {
      return observed(false, Optional.empty(), standing);
    }

    private Observation observed(
        boolean launching, Optional<Waiting> pull, Standing standing, String... awaited) {
      return DockerObservations.observe(
          group(),
          launching,
          Optional.empty(),
          _ -> pull,
          Stream.of(awaited),
          _ -> standing,
          "docker",
          NOON);
    }
  }

  private static Found job() {
    return new Found(RestartPolicy.NEVER, "main");
  }

  private static Found service() {
    return new Found(RestartPolicy.ALWAYS, "main").sandbox(RUNNING);
  }

  private static ContainerState state(Observation observation) {
    return observation.containers().getFirst().state();
  }

  // ---- Guests

  @Test
  void aGuestIsToldApartAndCountsForNothing() {
    var observed =
        job().container("main", ended(0)).guest("debugger", new Status.Running(NOON)).observed();

    assertThat(observed.progress()).isEqualTo(Progress.FINISHED);
    assertThat(observed.containers())
        .extracting(ContainerObservation::name)
        .containsExactly("main");
    assertThat(observed.guests())
        .containsExactly(
            new ContainerObservation(
                "debugger",
                new Running(NOON),
                Optional.empty(),
                "",
                0,
                "some/image:1",
                "sha256:abc",
                "docker://id-GUESTdebugger0"));
  }

  @Test
  void aGuestThatFailedIsNotStartedAgainInAGroupThatRestarts() {
    var found = service().container("main", new Status.Running(NOON)).guest("debugger", ended(1));

    assertThat(found.observed().guests().getFirst().state()).isEqualTo(exit(1));
    assertThat(found.group().wantsStarted("debugger", 1, _ -> true)).isFalse();
    assertThat(found.observed().progress()).isEqualTo(Progress.ALIVE);
  }

  @Test
  void aGuestWithoutItsImageTellsWhy() {
    var why = new Waiting("ErrImagePull", "no such image");

    var observed =
        service()
            .container("main", new Status.Running(NOON))
            .observed(false, Optional.of(why), "debugger");

    assertThat(observed.guests().getFirst().state()).isEqualTo(why);
    assertThat(observed.guests().getFirst().containerId()).isEmpty();
  }

  @Test
  void guestsEndWithTheContainersOfTheirGroup() {
    var found =
        service()
            .container("main", new Status.Running(NOON))
            .guest("debugger", new Status.Running(NOON))
            .guest("ended", ended(0))
            .stopped();

    assertThat(found.group().firstToEnd())
        .extracting(one -> one.marks().container())
        .containsExactly("main", "debugger");
  }

  // ---- What one container says

  private static Status status(String state) throws Exception {
    return DockerObservations.status(
        new ObjectMapper()
            .readValue(
                "{\"Created\":\"2026-02-03T11:59:00.5Z\",\"State\":" + state + "}",
                InspectContainerResponse.class));
  }

  @Test
  void aStateOfTheEngineReadsAsOneOfOurs() throws Exception {
    assertThat(status("{'Status':'created','Error':''}".replace('\'', '"'))).isEqualTo(MADE);
    assertThat(status(running("running")))
        .isEqualTo(new Status.Running(Instant.parse("2026-02-03T11:59:01.25Z")));
    assertThat(status(running("paused"))).isInstanceOf(Status.Running.class);
    assertThat(status(running("restarting"))).isInstanceOf(Status.Running.class);
    assertThat(status(running("removing"))).isEqualTo(UNREAD);
    assertThat(status(exited(0, false, ""))).isEqualTo(new Status.Ended(exit(0, "Completed", "")));
    assertThat(status(exited(3, false, ""))).isEqualTo(new Status.Ended(exit(3, "Error", "")));
    assertThat(status(exited(137, false, ""))).isEqualTo(new Status.Ended(exit(137, "Error", "")));
    assertThat(status(exited(137, true, "")))
        .isEqualTo(new Status.Ended(exit(137, "OOMKilled", "")));
    assertThat(status(exited(1, false, "it said")))
        .isEqualTo(new Status.Ended(exit(1, "Error", "it said")));
    assertThat(status(exited(1, false, "").replace("exited", "dead")))
        .isEqualTo(new Status.Ended(exit(1, "Error", "")));
  }

  private static String running(String status) {
    return "{'Status':'%s','StartedAt':'2026-02-03T12:59:01.25+01:00'}"
        .formatted(status)
        .replace('\'', '"');
  }

  private static String exited(int code, boolean outOfMemory, String error) {
    return ("{'Status':'exited','ExitCode':%d,'OOMKilled':%s,'Error':'%s',"
            + "'StartedAt':'2026-02-03T11:59:01Z','FinishedAt':'2026-02-03T11:59:02Z'}")
        .formatted(code, outOfMemory, error)
        .replace('\'', '"');
  }

  private static Exited exit(int code, String reason, String message) {
    return new Exited(
        code,
        reason,
        message,
        Instant.parse("2026-02-03T11:59:01Z"),
        Instant.parse("2026-02-03T11:59:02Z"));
  }

  @Test
  void whatCouldNotBeStartedForItsOwnFaultHasEndedAndForTheEnginesHasNot() throws Exception {
    var created = "{\"Status\":\"created\",\"ExitCode\":128,\"Error\":\"%s\"}";
    var at = Instant.parse("2026-02-03T11:59:00.5Z");

    assertThat(status(created.formatted("OCI runtime create failed: exec: x: not found")))
        .isEqualTo(
            new Status.Ended(
                new Exited(
                    128, "StartError", "OCI runtime create failed: exec: x: not found", at, at)));
    assertThat(status(created.formatted("network pods not found"))).isEqualTo(MADE);
    assertThat(status(created.formatted("no available IPv4 addresses on this network")))
        .isEqualTo(MADE);
  }

  @Test
  void anEndBeforeTheStartIsTheStart() throws Exception {
    var swapped = exited(0, false, "").replace("11:59:02Z", "11:59:00Z");

    var exit = ((Status.Ended) status(swapped)).exit();

    assertThat(exit.since()).isEqualTo(exit.at()).isEqualTo("2026-02-03T11:59:00Z");
  }

  // ---- What is listed

  private static Optional<FoundContainer> found(String names, boolean marked) throws Exception {
    var marks = job().container("main", RUNNING).group().marks();
    var mapper = new ObjectMapper();
    var labels = mapper.writeValueAsString(marked ? marks.labels() : java.util.Map.of("a", "b"));
    var listed =
        mapper.readValue(
            """
            {"Id":"abc","Names":%s,"Image":"sha256:abc","State":"running","Labels":%s,
             "NetworkSettings":{"Networks":{"bridge":{"IPAddress":"172.17.0.2"},"other":{"IPAddress":""}}}}
            """
                .formatted(names, labels),
            Container.class);
    return DockerObservations.found(listed, NAMES, RUNNING, "some/image:1", "sha256:abc");
  }

  @Test
  void aListedContainerIsOursByItsLabelsAndItsName() throws Exception {
    var ours = found("[\"/other/link\",\"/vn_burst_some-uid-0_main_0\"]", true).orElseThrow();

    assertThat(ours.name()).isEqualTo("vn_burst_some-uid-0_main_0");
    assertThat(ours.addresses()).containsExactly("172.17.0.2");
    assertThat(ours.image()).isEqualTo("some/image:1");
    assertThat(found("[\"/vn_burst_some-uid-0_main_0_stopped_by_1770120000000\"]", true))
        .isPresent();
    assertThat(found("[\"/vn_burst_some-uid-0_main_0\"]", false)).isEmpty();
    assertThat(found("[\"/copy-of-it\"]", true)).isEmpty();
    assertThat(found("[\"/vn_other_some-uid-0_main_0\"]", true)).isEmpty();
  }

  // ---- What a group says

  @Test
  void aContainerThatWasNeverStartedLeavesItsGroupPartialUnlessItIsBeingLaunched() {
    var cutOff = job().container("main", MADE);

    assertThat(cutOff.observed().progress()).isEqualTo(Progress.PARTIAL);
    assertThat(cutOff.observed(true, Optional.empty()).progress()).isEqualTo(Progress.ALIVE);
    assertThat(state(cutOff.observed())).isEqualTo(new Waiting("ContainerCreating", ""));
  }

  @Test
  void aRunningContainerIsAliveAtItsAddress() {
    var observed = job().container("main", RUNNING).observed();

    assertThat(observed)
        .isEqualTo(
            new Observation(
                ID,
                OWNER,
                Progress.ALIVE,
                List.of(
                    new Observation.ContainerObservation(
                        "main",
                        new Running(NOON.minusSeconds(9)),
                        Optional.empty(),
                        "",
                        0,
                        "some/image:1",
                        "sha256:abc",
                        "docker://id-CONTAINERmain0")),
                List.of("172.17.0.9"),
                NOON.minusSeconds(60),
                Optional.empty()));
  }

  @Test
  void aGroupIsFinishedWhenItsLastContainerIs() {
    var one = new Found(RestartPolicy.NEVER, "a", "b").sandbox(RUNNING);
    one.container("a", ended(1)).container("b", RUNNING);
    assertThat(one.observed().progress()).isEqualTo(Progress.ALIVE);

    var both = new Found(RestartPolicy.NEVER, "a", "b").sandbox(RUNNING);
    both.container("b", ended(0)).container("a", ended(1));
    var observed = both.observed();
    assertThat(observed.progress()).isEqualTo(Progress.FINISHED);
    assertThat(observed.finishedAt()).contains(NOON.minusSeconds(1));
    assertThat(observed.containers()).extracting(it -> it.name()).containsExactly("a", "b");
    assertThat(observed.addresses()).containsExactly("172.17.0.9");
  }

  @Test
  void aGroupOfWhichSomethingIsMissingIsPartial() {
    var noSandbox = new Found(RestartPolicy.NEVER, "a", "b").container("a", RUNNING);
    noSandbox.container("b", RUNNING);
    var noContainer = new Found(RestartPolicy.NEVER, "a", "b").sandbox(RUNNING);
    noContainer.container("a", RUNNING);
    var writerOnly = job().writer();
    var madeSandbox = new Found(RestartPolicy.ALWAYS, "main").sandbox(MADE);
    madeSandbox.container("main", RUNNING);

    for (var partial : List.of(noSandbox, noContainer, writerOnly, madeSandbox)) {
      assertThat(partial.observed().progress()).isEqualTo(Progress.PARTIAL);
    }
    assertThat(noContainer.observed().containers().get(1).state())
        .isEqualTo(new Waiting("ContainerCreating", ""));
  }

  @Test
  void whatCouldNotBeReadIsNeitherPartialNorFinished() {
    assertThat(job().container("main", UNREAD).observed().progress()).isEqualTo(Progress.ALIVE);
    assertThat(job().stopped().container("main", UNREAD).observed().progress())
        .isEqualTo(Progress.ALIVE);
  }

  @Test
  void anImageThatIsMissingIsWaitedForByTheContainerThatLacksIt() {
    var pull = new Waiting("ErrImagePull", "no such image");
    var group = new Found(RestartPolicy.NEVER, "a", "b").sandbox(RUNNING).container("a", RUNNING);

    var observed = group.observed(true, Optional.of(pull));

    assertThat(observed.containers().get(0).state()).isInstanceOf(Running.class);
    assertThat(observed.containers().get(1).state()).isEqualTo(pull);
  }

  @ParameterizedTest
  @CsvSource({
    "ALWAYS, 0, ALIVE",
    "ALWAYS, 1, ALIVE",
    "ON_FAILURE, 1, ALIVE",
    "ON_FAILURE, 0, FINISHED"
  })
  void whatIsStartedAgainIsAlive(RestartPolicy policy, int code, Progress progress) {
    var group = new Found(policy, "main").sandbox(RUNNING).container("main", ended(code));

    assertThat(group.observed().progress()).isEqualTo(progress);
  }

  @Test
  void aContainerThatWaitsForItsRestartSaysSoAndHowItEnded() {
    var observed =
        service().container("main", 0, 0, ended(2)).container("main", 1, 10, ended(3)).observed();

    var container = observed.containers().getFirst();
    assertThat(container.state()).isInstanceOf(Waiting.class);
    assertThat(((Waiting) container.state()).reason()).isEqualTo("CrashLoopBackOff");
    assertThat(container.previous()).contains(exit(3));
    assertThat(container.restarts()).isEqualTo(1);
    assertThat(container.containerId()).isEqualTo("docker://id-CONTAINERmain1");
  }

  @Test
  void aContainerWhoseRestartIsDueShowsItsEnd() {
    var container = service().container("main", ended(2)).observed().containers().getFirst();

    assertThat(container.state()).isEqualTo(exit(2));
    assertThat(container.previous()).isEmpty();
  }

  @Test
  void aContainerThatWasRestartedShowsHowItEndedBefore() {
    var container =
        service()
            .container("main", 2, 20, RUNNING)
            .container("main", 1, 10, ended(3))
            .observed()
            .containers()
            .getFirst();

    assertThat(container.state()).isInstanceOf(Running.class);
    assertThat(container.previous()).contains(exit(3));
    assertThat(container.restarts()).isEqualTo(2);
  }

  @Test
  void aRestartThatHasNotStartedLeavesTheOneBeforeInView() {
    var observed =
        service().container("main", 0, 0, ended(2)).container("main", 1, 10, MADE).observed();

    assertThat(observed.progress()).isEqualTo(Progress.ALIVE);
    assertThat(observed.containers().getFirst().restarts()).isZero();
    assertThat(state(observed)).isEqualTo(exit(2));
  }

  @Test
  void aStoppedGroupIsFinishedOnceNothingRunsWhateverIsMissing() {
    var stopping = new Found(RestartPolicy.ALWAYS, "a", "b").stopped().sandbox(RUNNING);
    stopping.container("a", RUNNING);
    var ended = new Found(RestartPolicy.ALWAYS, "a", "b").stopped().sandbox(RUNNING);
    ended.container("a", 1, 10, ended(143));
    var never = job().stopped().container("main", MADE);

    assertThat(stopping.observed().progress()).isEqualTo(Progress.ALIVE);
    assertThat(ended.observed().progress()).isEqualTo(Progress.FINISHED);
    assertThat(state(ended.observed())).isEqualTo(exit(143));
    assertThat(never.observed().progress()).isEqualTo(Progress.FINISHED);
    assertThat(never.observed().finishedAt()).contains(NOON.minusSeconds(60));
  }

  // ---- Init containers and sidecars

  @Test
  void aGroupOfWhichTheFirstOneWasStartedIsAliveAndAllOfItMade() {
    var started = new Found(RestartPolicy.NEVER, "i:one", "i:two", "main").sandbox(RUNNING);
    started.container("one", RUNNING).container("two", MADE).container("main", MADE);
    var cutOff = new Found(RestartPolicy.NEVER, "i:one", "main").sandbox(RUNNING);
    cutOff.container("one", MADE).container("main", MADE);
    var notMade = new Found(RestartPolicy.NEVER, "i:one", "main").sandbox(RUNNING);
    notMade.container("one", ended(0));

    assertThat(started.observed().progress()).isEqualTo(Progress.ALIVE);
    assertThat(cutOff.observed().progress()).isEqualTo(Progress.PARTIAL);
    assertThat(notMade.observed().progress()).isEqualTo(Progress.PARTIAL);
  }

  @Test
  void aGroupWhoseInitContainerFailedForGoodIsFinishedWhateverIsMissing() {
    var failed = new Found(RestartPolicy.NEVER, "i:one", "main").sandbox(RUNNING);
    failed.container("one", ended(3));
    var triedAgain = new Found(RestartPolicy.ON_FAILURE, "i:one", "main").sandbox(RUNNING);
    triedAgain.container("one", 1, 10, ended(3)).container("main", MADE);

    assertThat(failed.observed().progress()).isEqualTo(Progress.FINISHED);
    assertThat(failed.observed().containers().getLast().state())
        .isEqualTo(new Waiting("ContainerCreating", ""));
    assertThat(triedAgain.observed().progress()).isEqualTo(Progress.ALIVE);
    assertThat(((Waiting) state(triedAgain.observed())).reason()).isEqualTo("CrashLoopBackOff");
  }

  @Test
  void aGroupIsFinishedOnlyWhenItsSidecarsAreToo() {
    var ending = new Found(RestartPolicy.NEVER, "s:side", "main").sandbox(RUNNING);
    ending.container("side", RUNNING).container("main", ended(0));
    var ended = new Found(RestartPolicy.NEVER, "s:side", "main").sandbox(RUNNING);
    ended.container("side", ended(143)).container("main", ended(0));
    var goesOn = new Found(RestartPolicy.NEVER, "s:side", "main").sandbox(RUNNING);
    goesOn.container("side", 1, 10, ended(143)).container("main", RUNNING);

    assertThat(ending.observed().progress()).isEqualTo(Progress.ALIVE);
    assertThat(ended.observed().progress()).isEqualTo(Progress.FINISHED);
    assertThat(state(ended.observed())).isEqualTo(exit(143));
    assertThat(goesOn.observed().progress()).isEqualTo(Progress.ALIVE);
    assertThat(((Waiting) state(goesOn.observed())).reason()).isEqualTo("CrashLoopBackOff");
  }

  @Test
  void sidecarsAreNotAmongThoseToEndFirst() {
    var group = new Found(RestartPolicy.NEVER, "s:a", "s:b", "main", "more").stopped();
    group.sandbox(RUNNING).container("a", RUNNING).container("b", RUNNING);
    assertThat(firstToEnd(group)).containsExactly("b");

    group.container("main", RUNNING).container("more", UNREAD);
    assertThat(firstToEnd(group)).containsExactly("main", "more");
  }

  private static List<String> firstToEnd(Found found) {
    return found.group().firstToEnd().stream().map(it -> it.marks().container()).toList();
  }

  // ---- What a supervisor may do

  @Test
  void aSupervisorStartsWhatALaunchLeftToItAndNothingBefore() {
    var launched = new Found(RestartPolicy.NEVER, "i:one", "main").sandbox(RUNNING);
    launched.container("one", ended(0)).container("main", MADE);
    var launching = new Found(RestartPolicy.NEVER, "i:one", "main").sandbox(RUNNING);
    launching.container("one", MADE).container("main", MADE);

    assertThat(launched.group().wantsStarted("main", 0, _ -> true)).isTrue();
    assertThat(launched.group().wantsStarted("main", 1, _ -> true)).isFalse();
    assertThat(launched.group().wantsStarted("one", 1, _ -> true)).isFalse();
    assertThat(launching.group().wantsStarted("one", 0, _ -> true)).isFalse();
    assertThat(launched.stopped().container("one", 1, 10, MADE).group().supervised(_ -> true))
        .isEmpty();
  }

  @Test
  void aSupervisorIsShownTheLatestInstances() {
    var group =
        new Found(RestartPolicy.ALWAYS, "up", "down", "cut", "first", "missing").sandbox(RUNNING);
    group.container("up", RUNNING).container("first", MADE);
    group.container("down", 0, 0, ended(1)).container("down", 1, 10, ended(2));
    group.container("cut", 2, 20, ended(1)).container("cut", 3, 40, MADE);

    var supervised = group.group().supervised(_ -> true).orElseThrow();

    assertThat(supervised.containers())
        .extracting(it -> it.latest())
        .satisfiesExactly(
            up -> assertThat(up).isEqualTo(new Latest.Up()),
            down ->
                assertThat(down)
                    .isEqualTo(
                        new Latest.Down(
                            FoundGroup.ended(group.group().latest("down").orElseThrow(), exit(2)))),
            cut -> assertThat(cut).isEqualTo(new Latest.CutOff(3, Duration.ofSeconds(40))),
            first -> assertThat(first).isEqualTo(new Latest.Absent()),
            missing -> assertThat(missing).isEqualTo(new Latest.Absent()));
  }

  @Test
  void aSupervisorIsNotShownWhatMustNotBeRestarted() {
    assertThat(job().container("main", ended(1)).group().supervised(_ -> true)).isEmpty();
    assertThat(
            new Found(RestartPolicy.ALWAYS, "main")
                .stopped()
                .sandbox(RUNNING)
                .container("main", ended(1))
                .group()
                .supervised(_ -> true))
        .isEmpty();
    assertThat(
            new Found(RestartPolicy.ALWAYS, "main")
                .container("main", ended(1))
                .group()
                .supervised(_ -> true))
        .isEmpty();
  }

  @Test
  void whatIsOnRecordBelongsToItsOwnInstance() {
    var group =
        service()
            .container("main", 0, 0, ended(1))
            .container("main", 1, 10, RUNNING)
            .milestone("main", 0, Milestone.POST_STARTED)
            .milestone("main", 1, Milestone.STARTED_UP)
            .group();

    assertThat(group.instance("main", 0).orElseThrow().milestones())
        .containsExactly(Milestone.POST_STARTED);
    assertThat(group.instance("main", 1).orElseThrow().milestones())
        .containsExactly(Milestone.STARTED_UP);
    assertThat(group.instances()).hasSize(2);
  }

  @Test
  void healthIsWhatWhoLooksAfterItSays() {
    var health = new Health(true, Readiness.NO);

    var observed =
        service().container("main", RUNNING).observed(new Standing(true, Optional.of(health)));

    assertThat(observed.containers().getFirst().health()).contains(health);
    assertThat(observed.containers().getFirst().state()).isInstanceOf(Running.class);
  }

  @Test
  void aContainerIsBeingCreatedUntilItsHookIsDone() {
    var health = new Health(false, Readiness.NO);

    var observed =
        service()
            .container("main", 0, 0, ended(1))
            .container("main", 1, 10, RUNNING)
            .observed(new Standing(false, Optional.of(health)));

    var container = observed.containers().getFirst();
    assertThat(container.state()).isEqualTo(new Waiting("ContainerCreating", ""));
    assertThat(container.previous()).isPresent();
    assertThat(container.restarts()).isEqualTo(1);
  }

  /** A status that says it ended with 0 could never say afterwards that it runs. */
  @Test
  void whatObeyedWhenItWasEndedAsUnhealthyHasNotSucceeded() {
    var found =
        new Found(RestartPolicy.ON_FAILURE, "main")
            .sandbox(RUNNING)
            .container("main", ended(0))
            .milestone("main", 0, Milestone.UNHEALTHY);

    var observed = found.observed();

    assertThat(observed.progress()).isEqualTo(Progress.ALIVE);
    assertThat(observed.containers().getFirst().state())
        .isEqualTo(new Waiting("ContainerCreating", ""));
    assertThat(observed.containers().getFirst().previous()).isPresent();
    assertThat(found.group().wantsStarted("main", 1, _ -> true)).isTrue();
  }

  @Test
  void whoeverLooksAfterAContainerIsToldAllOfIt() {
    var group =
        new Found(RestartPolicy.ON_FAILURE, "main")
            .sandbox(RUNNING)
            .startsUp()
            .container("main", 0, 0, ended(1))
            .container("main", 2, 40, RUNNING)
            .milestone("main", 2, Milestone.STARTED_UP)
            .group();

    assertThat(group.tended())
        .singleElement()
        .satisfies(
            tended -> {
              assertThat(tended.instance()).isEqualTo(new Instance(ID, "main", 2));
              assertThat(tended.runtimeId()).isEqualTo("id-CONTAINERmain2");
              assertThat(tended.address()).contains("172.17.0.9");
              assertThat(tended.milestones()).containsExactly(Milestone.STARTED_UP);
              assertThat(tended.policy()).isEqualTo(RestartPolicy.ON_FAILURE);
              assertThat(tended.grace()).hasSeconds(30);
              assertThat(tended.groupStopped()).isFalse();
            });
    assertThat(service().container("main", RUNNING).group().tended()).isEmpty();
  }

  @Test
  void whatComesAfterASidecarIsNotWantedBeforeItStartedUp() {
    var group =
        new Found(RestartPolicy.NEVER, "s:side", "main")
            .sandbox(RUNNING)
            .startsUp()
            .container("side", RUNNING)
            .container("main", MADE)
            .group();

    assertThat(group.wantsStarted("main", 0, _ -> false)).isFalse();
    assertThat(group.wantsStarted("main", 0, _ -> true)).isTrue();
  }
}
