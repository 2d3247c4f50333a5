package io.virtualnodes.backend.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Health.Readiness;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Price;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.Quota.Counts;
import io.virtualnodes.backend.simulated.SimulatedBackend.Faults;
import io.virtualnodes.backend.simulated.SimulatedBackend.Rates;
import io.virtualnodes.backend.simulated.SimulatedBackend.Settings;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedBackendTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final Spread TWO_SECONDS =
      new Spread(Duration.ofSeconds(2), Duration.ofSeconds(2));

  private static final Rates RATES =
      new Rates(new BigDecimal("0.04"), new BigDecimal("0.0045"), "USD");

  private final DrivenClock clock = new DrivenClock();
  private final SimulatedCloud cloud = new SimulatedCloud(Optional.empty());

  @Test
  void aGroupStartsAfterItsLatencyAndEndsWithItsOwnCode() {
    var backend = backend(settings().startLatency(TWO_SECONDS));
    var group = group("sleep 5; exit 3");
    backend.create(group);

    assertThat(only(backend).state()).isEqualTo(new Waiting("ContainerCreating", ""));
    assertThat(one(backend).addresses()).isEmpty();
    clock.pass(Duration.ofSeconds(2));
    assertThat(only(backend).state()).isEqualTo(new Running(NOON.plusSeconds(2)));
    assertThat(one(backend).addresses()).containsExactly("198.18.0.1");
    clock.pass(Duration.ofSeconds(5));
    assertThat(only(backend).state())
        .isEqualTo(new Exited(3, "Error", "", NOON.plusSeconds(2), NOON.plusSeconds(7)));
    assertThat(one(backend).progress()).isEqualTo(Progress.FINISHED);
    assertThat(one(backend).finishedAt()).contains(NOON.plusSeconds(7));
  }

  @Test
  void whatIsNotUnderstoodRunsForItsTimeAndSaysThatItDoesNot() throws IOException {
    var backend = backend(settings().runTime(TWO_SECONDS).failing(Share.ALWAYS));
    var group =
        new GroupBuilder("burst")
            .image("example.com/web:1", PullPolicy.ALWAYS)
            .container("main", List.of(), List.of())
            .build();
    backend.create(group);
    clock.pass(Duration.ofSeconds(2));

    assertThat(only(backend).state())
        .isInstanceOfSatisfying(Exited.class, e -> assertThat(e.code()).isEqualTo(1));
    try (var log = backend.streams().logs(group.id(), "main", LogOptions.ALL).orElseThrow()) {
      assertThat(new String(log.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo(
              "Simulated: nothing really runs here, and so nothing of image example.com/web:1\n");
    }
  }

  @Test
  void probesPassAsSoonAsTheyAreMade() {
    var backend = backend(settings());
    backend.create(
        new GroupBuilder("burst")
            .care(care(Optional.of(probe(3, 1)), Optional.of(probe(5, 3)), Optional.empty()))
            .script("main", "sleep 600")
            .build());

    assertThat(only(backend).health()).contains(new Health(false, Readiness.NO));
    clock.pass(Duration.ofSeconds(3));
    assertThat(only(backend).health()).contains(new Health(true, Readiness.NO));
    // Three in a row, every two seconds.
    clock.pass(Duration.ofSeconds(5));
    assertThat(only(backend).health()).contains(new Health(true, Readiness.NO));
    clock.pass(Duration.ofSeconds(1));
    assertThat(only(backend).health()).contains(new Health(true, Readiness.YES));
  }

  @Test
  void whatComesAfterASidecarWaitsUntilItStartedUp() {
    var backend = backend(settings());
    backend.create(
        new GroupBuilder("burst")
            .care(care(Optional.of(probe(4, 1)), Optional.empty(), Optional.empty()))
            .sidecar("side", "sleep 600")
            .script("main", "sleep 600")
            .build());

    clock.pass(Duration.ofSeconds(3));
    assertThat(one(backend).containers().getLast().state()).isInstanceOf(Waiting.class);
    clock.pass(Duration.ofSeconds(1));

    assertThat(one(backend).containers().getLast().state())
        .isEqualTo(new Running(NOON.plusSeconds(4)));
  }

  @Test
  void aStopDoesNotChangeWhatWasBefore() {
    var backend = backend(settings());
    var group =
        new GroupBuilder("burst")
            .grace(Duration.ofSeconds(60))
            .sidecar("side", "sleep 600")
            .script("main", "sleep 10")
            .build();
    backend.create(group);
    // The sidecar has been asked to end ten seconds ago, and does not take notice.
    clock.pass(Duration.ofSeconds(20));
    backend.stop(group.id(), Duration.ofSeconds(5));

    clock.pass(Duration.ofSeconds(4));
    assertThat(one(backend).containers().getFirst().state()).isEqualTo(new Running(NOON));
    clock.pass(Duration.ofSeconds(1));

    assertThat(one(backend).finishedAt()).contains(NOON.plusSeconds(25));
  }

  @Test
  void sleepingHooksDelayTheStartAndTheEnd() {
    var backend = backend(settings());
    var sleep = Optional.<Action>of(new Action.Sleep(Duration.ofSeconds(5)));
    var group =
        new GroupBuilder("burst")
            .care(
                new Care(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    sleep,
                    sleep,
                    Optional.empty()))
            .script("main", "trap 'exit 0' TERM; sleep 600 & wait")
            .build();
    backend.create(group);

    clock.pass(Duration.ofSeconds(4));
    assertThat(only(backend).state()).isEqualTo(new Waiting("ContainerCreating", ""));
    clock.pass(Duration.ofSeconds(1));
    assertThat(only(backend).state()).isEqualTo(new Running(NOON));

    backend.stop(group.id(), Duration.ofSeconds(30));
    clock.pass(Duration.ofSeconds(4));
    assertThat(only(backend).state()).isEqualTo(new Running(NOON));
    clock.pass(Duration.ofSeconds(1));
    assertThat(only(backend).state())
        .isEqualTo(new Exited(0, "Completed", "", NOON, NOON.plusSeconds(10)));
  }

  @Test
  void aSleepingHookIsCutOffByTheGrace() {
    var backend = backend(settings());
    var group =
        new GroupBuilder("burst")
            .care(
                care(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(new Action.Sleep(Duration.ofSeconds(50)))))
            .script("main", "sleep 600")
            .build();
    backend.create(group);
    clock.pass(Duration.ofSeconds(1));

    backend.stop(group.id(), Duration.ofSeconds(3));
    clock.pass(Duration.ofSeconds(3));

    assertThat(only(backend).state())
        .isEqualTo(new Exited(137, "Error", "", NOON, NOON.plusSeconds(4)));
  }

  /** Every two seconds. */
  private static Probe probe(int delay, int successes) {
    return new Probe(
        new Action.Exec(List.of("check")),
        Duration.ofSeconds(delay),
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        successes,
        3,
        Optional.empty());
  }

  private static Care care(
      Optional<Probe> startup, Optional<Probe> readiness, Optional<Action> preStop) {
    return new Care(
        startup, Optional.empty(), readiness, Optional.empty(), preStop, Optional.empty());
  }

  @Test
  void aContainerThatCrashesIsStartedAgainWithTheKubeletsBackOff() {
    var backend = backend(settings());
    backend.create(
        new GroupBuilder("burst").restarts(RestartPolicy.ALWAYS).script("main", "exit 1").build());

    assertThat(only(backend).state())
        .isInstanceOfSatisfying(
            Waiting.class, waiting -> assertThat(waiting.reason()).isEqualTo("CrashLoopBackOff"));
    assertThat(only(backend).restarts()).isEqualTo(1);
    clock.pass(Duration.ofSeconds(10));
    assertThat(only(backend).restarts()).isEqualTo(2);
    clock.pass(Duration.ofSeconds(19));
    assertThat(only(backend).restarts()).isEqualTo(2);
    clock.pass(Duration.ofSeconds(1));
    assertThat(only(backend).restarts()).isEqualTo(3);
    assertThat(only(backend).previous()).isPresent();
    assertThat(one(backend).progress()).isEqualTo(Progress.ALIVE);
  }

  @Test
  void anImageThatIsMissingIsWaitedForUntilSomebodyStopsIt() {
    var backend = backend(settings().missingImages("missing/*"));
    var group =
        new GroupBuilder("burst")
            .image("missing/web:1", PullPolicy.ALWAYS)
            .container("main", List.of(), List.of())
            .build();
    backend.create(group);

    assertThat(reason(backend)).isEqualTo("ErrImagePull");
    clock.pass(Duration.ofSeconds(5));
    assertThat(reason(backend)).isEqualTo("ImagePullBackOff");
    backend.stop(group.id(), Duration.ofSeconds(30));
    assertThat(one(backend).progress()).isEqualTo(Progress.FINISHED);
  }

  @Test
  void whatExceedsTheQuotaFindsNoRoomUntilSomethingEnds() {
    var quota = new Quota(1000, 1L << 30, 10);
    var backend = backend(settings().quota(quota));
    backend.create(group("sleep 10", 700));

    assertThatThrownBy(() -> backend.create(group("true", 400)))
        .isInstanceOf(BackendException.NoCapacity.class)
        .hasMessageContaining("1000m CPU");
    assertThat(backend.list()).hasSize(1);
    clock.pass(Duration.ofSeconds(10));
    backend.create(group("true", 400));
    assertThat(backend.list()).hasSize(2);
    assertThat(backend.quota()).contains(quota);
  }

  @Test
  void whereWhatHasEndedCountsItKeepsItsPlaceUntilItIsDeleted() {
    var backend = backend(settings().quota(new Quota(1000, 1L << 30, 2, Counts.UNTIL_DELETED)));
    var first = group("true", 100);
    backend.create(first);
    backend.create(group("sleep 60", 100));
    clock.pass(Duration.ofSeconds(10));

    var full =
        catchThrowableOfType(
            BackendException.NoCapacity.class, () -> backend.create(group("true", 100)));

    assertThat(full.counts()).isEqualTo(Counts.UNTIL_DELETED);
    backend.delete(first.id());
    backend.create(group("sleep 60", 100));
    // Those that run are in the way now, and no deletion of what has ended helps.
    full =
        catchThrowableOfType(
            BackendException.NoCapacity.class, () -> backend.create(group("true", 100)));
    assertThat(full.counts()).isEqualTo(Counts.RUNNING);
  }

  @Test
  void whatIsRemovedLeavesItsRoomOnce() {
    var backend = backend(settings().quota(new Quota(1000, 1L << 30, 10)));
    var first = group("sleep 10", 700);
    backend.create(first);
    backend.stop(first.id(), Duration.ofSeconds(5));
    backend.stop(first.id(), Duration.ofSeconds(1));
    backend.delete(first.id());
    backend.delete(first.id());
    clock.pass(Duration.ofMinutes(5));
    assertThat(backend.list()).isEmpty();

    backend.create(group("sleep 10", 700));

    assertThatThrownBy(() -> backend.create(group("true", 400)))
        .isInstanceOf(BackendException.NoCapacity.class);
  }

  @Test
  void aGroupHasThePriceOfWhatItRequests() {
    var backend = backend(settings());
    backend.create(
        new GroupBuilder("burst")
            .resources(new Resources(250, 2L << 30), Resources.UNNAMED)
            .script("main", "true")
            .resources(new Resources(250, 0), Resources.UNNAMED)
            .script("second", "true")
            .build());

    assertThat(one(backend).price()).map(Price::toString).contains("0.029 USD");
  }

  @Test
  void anAnswerThatIsLostLeavesTheGroupBehind() {
    var backend = backend(settings().faults(faults(Share.NEVER, Share.ALWAYS, Share.NEVER)));

    assertThatThrownBy(() -> backend.create(group("sleep 60")))
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining("answer was lost");
    assertThat(backend(settings()).list()).hasSize(1);
  }

  @Test
  void aThrottledCallDoesNothingAndSaysWhenToAskAgain() {
    var backend = backend(settings().faults(faults(new Share(0.5), Share.NEVER, Share.NEVER)));
    var refused = new ArrayList<BackendException.Unavailable>();

    for (int i = 0; i < 100; i++) {
      try {
        backend.create(group("sleep 60"));
      } catch (BackendException.Unavailable e) {
        refused.add(e);
      }
    }

    assertThat(refused).hasSizeBetween(30, 70);
    assertThat(refused).allSatisfy(e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(1)));
    assertThat(backend(settings()).list()).hasSize(100 - refused.size());
  }

  @Test
  void aThrottledCallHasAnotherChanceWhenItIsRepeated() {
    var backend = backend(settings().faults(faults(new Share(0.9), Share.NEVER, Share.NEVER)));
    var group = group("sleep 60");

    int tries = 1;
    while (!accepted(backend, group) && tries < 1000) {
      tries++;
    }

    assertThat(tries).isLessThan(1000);
    assertThat(backend(settings()).list()).hasSize(1);
  }

  @Test
  void aGroupThatGetsLostIsGoneAndItsNeighboursAreNot() {
    var backend = backend(settings().faults(faults(Share.NEVER, Share.NEVER, new Share(0.2))));
    IntStream.range(0, 100).forEach(_ -> backend.create(group("sleep infinity")));

    assertThat(backend.list()).hasSize(100);
    clock.pass(Duration.ofHours(1));
    assertThat(backend.list()).hasSizeBetween(70, 90);
  }

  @Test
  void aStaleListShowsThePastAndHowLongAbsenceProvesNothing() {
    var lag = Duration.ofSeconds(5);
    var stale =
        backend(
            settings()
                .faults(
                    new Faults(
                        Share.NEVER,
                        Share.NEVER,
                        Share.NEVER,
                        Share.NEVER,
                        Share.ALWAYS,
                        lag,
                        Share.NEVER,
                        Duration.ZERO)));
    var group = group("sleep 60");
    stale.create(group);

    assertThat(stale.capabilities().settling()).isEqualTo(lag);
    assertThat(stale.list()).isEmpty();
    clock.pass(lag);
    assertThat(stale.list()).hasSize(1);
    stale.delete(group.id());
    assertThat(stale.list()).hasSize(1);
    clock.pass(lag);
    assertThat(stale.list()).isEmpty();
  }

  @Test
  void aSlowListTakesItsTime() {
    var slow =
        backend(
            settings()
                .faults(
                    new Faults(
                        Share.NEVER,
                        Share.NEVER,
                        Share.NEVER,
                        Share.NEVER,
                        Share.NEVER,
                        Duration.ZERO,
                        Share.ALWAYS,
                        Duration.ofSeconds(3))));

    slow.list();

    assertThat(clock.instant()).isEqualTo(NOON.plusSeconds(3));
  }

  @Test
  void theSameSeedFaresAlike() {
    var settings = settings().runTime(new Spread(Duration.ofSeconds(2), Duration.ofMinutes(1)));
    var ids = IntStream.range(0, 20).mapToObj(i -> GroupId.first("pod-" + i)).toList();
    var once = endings(settings, ids);

    assertThat(endings(settings, ids)).isEqualTo(once);
    assertThat(endings(settings.seed(2), ids)).isNotEqualTo(once);
    assertThat(once.stream().distinct().count()).isGreaterThan(10);
  }

  private List<Instant> endings(SettingsBuilder settings, List<GroupId> ids) {
    var own = new DrivenClock();
    var backend =
        new SimulatedBackend(
            settings.build(), new SimulatedCloud(Optional.empty()), own, own::pass);
    ids.forEach(
        id ->
            backend.create(
                new GroupBuilder("burst").id(id).container("main", List.of(), List.of()).build()));
    own.pass(Duration.ofDays(1));
    return backend.list().stream().map(group -> group.finishedAt().orElseThrow()).toList();
  }

  @Test
  void whatIsInTheJournalOutlivesTheProcess(@TempDir Path folder) {
    var journal = folder.resolve("pools");
    var before = backend(settings(), new SimulatedCloud(Optional.of(journal)));
    var runs = group("sleep 60");
    var stopped = group("trap 'exit 7' TERM; sleep 600 & wait");
    var deleted = group("sleep 60");
    List.of(runs, stopped, deleted).forEach(before::create);
    clock.pass(Duration.ofSeconds(1));
    before.stop(stopped.id(), Duration.ofSeconds(30));
    before.delete(deleted.id());
    var seen = before.list();

    var after = backend(settings(), new SimulatedCloud(Optional.of(journal)));

    assertThat(after.list()).isEqualTo(seen).hasSize(2);
    clock.pass(Duration.ofSeconds(59));
    assertThat(after.list())
        .allSatisfy(group -> assertThat(group.progress()).isEqualTo(Progress.FINISHED));
    after.create(group("true"));
    assertThat(after.list())
        .extracting(group -> group.addresses().getFirst())
        .doesNotHaveDuplicates();
  }

  @Test
  void theJournalHoldsNoEnvironmentAndIsNobodyElses(@TempDir Path folder) throws IOException {
    var backend = backend(settings(), new SimulatedCloud(Optional.of(folder)));
    backend.create(
        new GroupBuilder("burst")
            .environment("PASSWORD", "hunter2")
            .script("main", "true")
            .build());

    var file = folder.resolve("burst.jsonl");
    assertThat(Files.readString(file)).contains("\"event\":\"Accepted\"").doesNotContain("hunter2");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aLineThatWasCutShortIsNoReasonToForgetTheRest(@TempDir Path folder) throws IOException {
    backend(settings(), new SimulatedCloud(Optional.of(folder))).create(group("sleep 60"));
    Files.writeString(folder.resolve("burst.jsonl"), "{\"event\":\"Acc", StandardOpenOption.APPEND);

    assertThat(backend(settings(), new SimulatedCloud(Optional.of(folder))).list()).hasSize(1);
  }

  @Test
  void aFolderThatCannotBeUsedIsAMatterOfSettings(@TempDir Path folder) throws IOException {
    var file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> backend(settings(), new SimulatedCloud(Optional.of(file))))
        .isInstanceOf(BackendException.Denied.class)
        .hasMessageContaining(file.toString());
  }

  private static boolean accepted(SimulatedBackend backend, ContainerGroup group) {
    try {
      backend.create(group);
      return true;
    } catch (BackendException.Unavailable e) {
      return false;
    }
  }

  private static Faults faults(Share throttled, Share answerLost, Share groupLost) {
    return new Faults(
        throttled,
        answerLost,
        Share.NEVER,
        groupLost,
        Share.NEVER,
        Duration.ZERO,
        Share.NEVER,
        Duration.ZERO);
  }

  private SimulatedBackend backend(SettingsBuilder settings) {
    return backend(settings, cloud);
  }

  private SimulatedBackend backend(SettingsBuilder settings, SimulatedCloud inCloud) {
    return new SimulatedBackend(settings.build(), inCloud, clock, clock::pass);
  }

  private static ContainerGroup group(String script) {
    return new GroupBuilder("burst").script("main", script).build();
  }

  private static ContainerGroup group(String script, long milliCpu) {
    return new GroupBuilder("burst")
        .resources(new Resources(milliCpu, 0), Resources.UNNAMED)
        .script("main", script)
        .build();
  }

  private static Observation one(SimulatedBackend backend) {
    assertThat(backend.list()).hasSize(1);
    return backend.list().getFirst();
  }

  private static ContainerObservation only(SimulatedBackend backend) {
    return one(backend).containers().getFirst();
  }

  private static String reason(SimulatedBackend backend) {
    return ((Waiting) only(backend).state()).reason();
  }

  private static SettingsBuilder settings() {
    return new SettingsBuilder(
        1, Spread.NONE, Optional.empty(), Share.NEVER, List.of(), Optional.empty(), Faults.NONE);
  }

  private record SettingsBuilder(
      long seed,
      Spread startLatency,
      Optional<Spread> runTime,
      Share failing,
      List<String> missingImages,
      Optional<Quota> quota,
      Faults faults) {
    SettingsBuilder seed(long other) {
      return new SettingsBuilder(
          other, startLatency, runTime, failing, missingImages, quota, faults);
    }

    SettingsBuilder startLatency(Spread spread) {
      return new SettingsBuilder(seed, spread, runTime, failing, missingImages, quota, faults);
    }

    SettingsBuilder runTime(Spread spread) {
      return new SettingsBuilder(
          seed, startLatency, Optional.of(spread), failing, missingImages, quota, faults);
    }

    SettingsBuilder failing(Share share) {
      return new SettingsBuilder(seed, startLatency, runTime, share, missingImages, quota, faults);
    }

    SettingsBuilder missingImages(String... images) {
      return new SettingsBuilder(
          seed, startLatency, runTime, failing, List.of(images), quota, faults);
    }

    SettingsBuilder quota(Quota all) {
      return new SettingsBuilder(
          seed, startLatency, runTime, failing, missingImages, Optional.of(all), faults);
    }

    SettingsBuilder faults(Faults other) {
      return new SettingsBuilder(seed, startLatency, runTime, failing, missingImages, quota, other);
    }

    Settings build() {
      return new Settings(
          "burst",
          seed,
          startLatency,
          runTime,
          failing,
          missingImages,
          quota,
          Optional.of(RATES),
          faults);
    }
  }
}
