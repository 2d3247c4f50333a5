package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.ContainerGroup.Wishes;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.emulator.arm.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Azure is known to do to those who use it. */
class AciBackendTest {
  private static final String RUNS = "sleep 3600";
  private static final String ONE = Azures.SUBNET + "-1";
  private static final String TWO = Azures.SUBNET + "-2";
  private static final String ID =
      "/subscriptions/s/resourceGroups/ids/providers/Microsoft.ManagedIdentity"
          + "/userAssignedIdentities/";
  private static final String OBEYS = "trap 'exit 7' TERM; sleep 3600 & wait";

  private AciSubject azure = new AciSubject("burst", Limits.USUAL);

  @AfterEach
  void close() {
    azure.close();
  }

  // ---- Creating

  @Test
  void a503ThoughTheGroupWasAcceptedMakesOneGroupAndNoFailure() {
    var group = group().script("main", RUNS).build();
    azure.azure().faults().unavailableThoughDone(1);

    assertThatThrownBy(() -> azure.backend().create(group))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("ServiceUnavailable");
    azure.backend().create(group);

    azure.await(group.id(), AciBackendTest::runs);
    assertThat(azure.copies(group.id())).isEqualTo(1);
    // The second asking found the group and sent no other request for it.
    assertThat(azure.azure().traffic().counts())
        .doesNotContainKey("PUT 201")
        .containsEntry("PUT 503", 1);
  }

  @Test
  void noRoomInTheRegionIsToldInAzuresWords() {
    var group = group().script("main", RUNS).build();
    azure.azure().faults().noCapacity(true);

    assertThatThrownBy(() -> azure.backend().create(group))
        .isInstanceOf(NoCapacity.class)
        .hasMessageContaining("is not available in the location 'eastus' at this moment")
        .hasMessageContaining("HTTP 409, request ");

    azure.azure().faults().noCapacity(false);
    azure.backend().create(group);
    azure.await(group.id(), AciBackendTest::runs);
  }

  @Test
  void aQuotaThatIsUsedUpIsNoCapacity() {
    azure.close();
    azure = new AciSubject("burst", Limits.USUAL.withQuota(100, 2));
    create(group().script("main", RUNS).build());
    create(group().script("main", RUNS).build());

    assertThatThrownBy(() -> create(group().script("main", RUNS).build()))
        .isInstanceOf(NoCapacity.class)
        .hasMessageContaining("quota 'StandardCores' exceeded in region 'eastus'");
  }

  @Test
  void theHundredAndFirstCreationInFiveMinutesWaitsItsTurnAndIsNotSent() {
    azure.close();
    azure = new AciSubject("burst", Limits.USUAL.withQuota(500, 500));
    var groups =
        IntStream.range(0, 101).mapToObj(_ -> group().script("main", "exit 0").build()).toList();
    groups.subList(0, 100).forEach(this::create);

    var refused =
        catchThrowableOfType(Unavailable.class, () -> azure.backend().create(groups.getLast()));

    assertThat(refused.getMessage()).contains("turn comes in");
    assertThat(azure.azure().traffic().counts())
        .containsEntry("PUT 201", 100)
        .doesNotContainKey("PUT 429");
    azure.pass(refused.retryAfter().orElseThrow());
    azure.backend().create(groups.getLast());
    assertThat(azure.copies(groups.getLast().id())).isEqualTo(1);
  }

  @Test
  void whoDoesNotKnowOfEarlierCreationsLearnsFromAzuresRefusal() {
    azure.close();
    azure = new AciSubject("burst", Limits.USUAL.withQuota(500, 500));
    IntStream.range(0, 100).forEach(_ -> create(group().script("main", "exit 0").build()));
    azure.restart();

    var first = group().script("main", "exit 0").build();
    var told = catchThrowableOfType(Unavailable.class, () -> create(first));
    catchThrowableOfType(Unavailable.class, () -> create(group().script("main", "exit 0").build()));

    assertThat(told.getMessage()).startsWith("TooManyRequests: ");
    assertThat(told.retryAfter().orElseThrow()).isGreaterThan(Duration.ofMinutes(4));
    // One refusal is enough for all.
    assertThat(azure.azure().traffic().counts()).containsEntry("PUT 429", 1);
  }

  @Test
  void theNextOperatorKnowsOfTheCreationsThatItFinds() {
    azure.close();
    azure = new AciSubject("burst", Limits.USUAL.withQuota(500, 500));
    IntStream.range(0, 100).forEach(_ -> create(group().script("main", "exit 0").build()));
    azure.pass(Duration.ofSeconds(10));
    azure.restart();
    azure.backend().list();

    var waits =
        catchThrowableOfType(
            Unavailable.class, () -> create(group().script("main", "exit 0").build()));

    assertThat(waits.retryAfter()).contains(Duration.ofSeconds(290));
    assertThat(azure.azure().traffic().counts()).doesNotContainKey("PUT 429");
  }

  @Test
  void aGroupThatAzureCannotMakeCanBeStopped() {
    var group = group().script("main", RUNS).build();
    azure.azure().faults().provisioningFails(true);
    create(group);
    azure.await(group.id(), seen -> seen.progress() == Progress.PARTIAL);

    azure.backend().stop(group.id(), Duration.ofSeconds(30));

    azure.await(group.id(), seen -> seen.progress() == Progress.FINISHED);
  }

  @Test
  void aGroupThatAzureCannotMakeIsTakenAwayAndTriedAnew() {
    var group = group().script("main", RUNS).build();
    azure.azure().faults().provisioningFails(true);
    create(group);
    azure.await(group.id(), seen -> seen.progress() == Progress.PARTIAL);

    assertThatThrownBy(() -> create(group))
        .isInstanceOf(NoCapacity.class)
        .hasMessageContaining("FailedScheduling")
        .hasMessageContaining("not available in the location 'eastus'");

    assertThat(azure.copies(group.id())).isZero();
    assertThatThrownBy(() -> create(group))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("being deleted");
    azure.azure().faults().provisioningFails(false);
    azure.pass(Limits.USUAL.deleting());
    create(group);
    azure.await(group.id(), AciBackendTest::runs);
    assertThat(azure.copies(group.id())).isEqualTo(1);
  }

  @Test
  void anImageThatAzureCannotReachMayBeThereLater() {
    var group =
        group().image("inaccessible/app:1", PullPolicy.ALWAYS).script("main", "true").build();

    assertThatThrownBy(() -> create(group))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("InaccessibleImage")
        .hasMessageContaining("inaccessible/app:1");
  }

  @Test
  void aVolumeCalledTmpAnEmptyVariableAndALimitAboveTheRequestsAreTaken() {
    var group =
        group()
            .volume(new Volume.Scratch("tmp", Volume.Medium.DISK, 0))
            .volume(new Volume.Files("data", List.of(new File("a", new byte[] {1}, 0644))))
            .mount("tmp", "/tmp", false)
            .mount("data", "/data", true)
            .environment("EMPTY", "")
            .resources(new Resources(100, 100_000_000), new Resources(8000, 32_000_000_000L))
            .script("main", RUNS)
            .build();

    create(group);

    azure.await(group.id(), AciBackendTest::runs);
  }

  @Test
  void whatAzureRefusesForGoodIsRejectedInItsWords() {
    // Kubernetes lets a container's name begin with a digit and Azure too: only our own check of
    // names stands between, so Azure's is asked with what that check does not know.
    var group = group().script("Main", RUNS).build();

    assertThatThrownBy(() -> create(group))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("InvalidContainerName");
  }

  @Test
  void aGroupWhoseAnswerWasLostIsNotMovedByItsNextTry() {
    azure.close();
    azure = new AciSubject("burst", Limits.USUAL, place -> place.subnets(ONE, TWO).zones("1", "2"));
    var lost = group().script("main", RUNS).build();
    azure.azure().faults().loseAnswer(1);
    assertThatThrownBy(() -> azure.backend().create(lost)).isInstanceOf(Unavailable.class);
    // By what others take meanwhile, another place would be next.
    create(group().script("main", RUNS).build());
    create(group().script("main", RUNS).build());
    azure.backend().list();

    azure.backend().create(lost);

    azure.await(lost.id(), AciBackendTest::runs);
    assertThat(azure.copies(lost.id())).isEqualTo(1);
    assertThat(azure.azure().traffic().counts()).doesNotContainKey("PUT 400");
  }

  @Test
  void aZoneWithoutRoomAndASubnetWithoutAddressesAreLeftByTheNextTries() {
    azure.close();
    azure = new AciSubject("burst", Limits.USUAL, place -> place.subnets(ONE, TWO).zones("1", "2"));
    azure.azure().faults().noCapacityIn("1");
    azure.azure().faults().fullSubnets(ONE);
    var group = group().script("main", RUNS).build();

    assertThatThrownBy(() -> create(group))
        .isInstanceOf(NoCapacity.class)
        .hasMessageContaining("SubnetIsFull");
    assertThatThrownBy(() -> create(group))
        .isInstanceOf(NoCapacity.class)
        .hasMessageContaining("not available in the location");
    create(group);

    azure.await(group.id(), AciBackendTest::runs);
    var made = new ArmClient(azure.place(), AciRates.usual(azure.now()), azure::now).list();
    assertThat(made)
        .extracting(AciSeat::of)
        .containsExactly(new AciSeat(Optional.of(TWO), Optional.of("2")));
  }

  @Test
  void whatGroupsMayBeAndMountIsTakenByAzureAndItsSecretsAreNotShown(@TempDir Path keys)
      throws IOException {
    azure.close();
    Files.writeString(keys.resolve("w-1"), "workspace-key\n");
    azure =
        new AciSubject(
            "burst",
            Limits.USUAL,
            place ->
                place
                    .sku(new AciPlace.Sku.Confidential(Optional.of("cG9vbA==")))
                    .logs(new AciLogTarget("w-1", "ContainerInstanceLogs", keys))
                    .identities(
                        new AciIdentities(
                            List.of(new AciIdentities.Allowed("reader", ID + "reader", List.of())),
                            List.of(new AciIdentities.Registry("one.azurecr.io", ID + "pull")))));
    var group =
        group()
            .wishes(new Wishes(Optional.of("reader"), Optional.empty()))
            .volume(new Volume.AzureFile("data", "store1", "books", "account-key", false))
            .mount("data", "/data", false)
            .image("one.azurecr.io/app:1", PullPolicy.ALWAYS)
            .script("main", RUNS)
            .build();

    create(group);

    azure.await(group.id(), AciBackendTest::runs);
    var client = new ArmClient(azure.place(), AciRates.usual(azure.now()), azure::now);
    var shown = Azures.json(client.find(azure.name(group.id())).orElseThrow());
    assertThat(shown.at("/identity/userAssignedIdentities").size()).isEqualTo(2);
    assertThat(shown.at("/properties/volumes/0/azureFile/shareName").asText()).isEqualTo("books");
    assertThat(shown.at("/properties/diagnostics/logAnalytics/workspaceId").asText())
        .isEqualTo("w-1");
    assertThat(shown.toString()).doesNotContain("account-key", "workspace-key");
  }

  @Test
  void withoutTheWorkspacesKeyNothingIsAskedOfAzure(@TempDir Path keys) throws IOException {
    azure.close();
    azure =
        new AciSubject(
            "burst",
            Limits.USUAL,
            place -> place.logs(new AciLogTarget("w-1", "ContainerInstanceLogs", keys)));
    var group = group().script("main", RUNS).build();

    assertThatThrownBy(() -> create(group))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("spec.backends[].aci.logAnalytics: ")
        .hasMessageContaining("w-1");
    assertThat(azure.azure().traffic().counts().keySet()).noneMatch(one -> one.startsWith("PUT"));

    Files.createDirectory(keys.resolve("w-1"));
    assertThatThrownBy(() -> create(group))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("cannot be read");

    Files.delete(keys.resolve("w-1"));
    Files.writeString(keys.resolve("w-1"), "workspace-key");
    create(group);
    azure.await(group.id(), AciBackendTest::runs);
  }

  // ---- Observing

  @Test
  void aMissingStartTimeHidesNothing() {
    var group = group().script("main", RUNS).build();
    azure.azure().faults().startTimesMissing(true);
    create(group);

    var seen = azure.await(group.id(), AciBackendTest::runs);

    assertThat(((Running) main(seen)).since()).isEqualTo(seen.createdAt());
  }

  @Test
  void neverIsNeverThoughAzureRestartsTheContainer() {
    azure.azure().faults().restartsDespiteNever(true);
    var group = group().restarts(RestartPolicy.NEVER).script("main", "sleep 2; exit 3").build();
    create(group);

    var ended = azure.await(group.id(), seen -> seen.progress() == Progress.FINISHED);

    assertThat(((Exited) main(ended)).code()).isEqualTo(3);
    assertThat(ended.containers().getFirst().restarts()).isZero();
    for (int i = 0; i < 20; i++) {
      azure.pass(Duration.ofSeconds(5));
      assertThat(only(group)).isEqualTo(ended);
    }
    assertThat(azure.azure().traffic().counts()).containsEntry("POST 204", 1);
  }

  @Test
  void aContainerIsReadyWhileItsProbePassesAlsoForTheNextOperator() throws IOException {
    var answer = new AtomicInteger(503);
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/ready",
        exchange -> {
          exchange.sendResponseHeaders(answer.get(), -1);
          exchange.close();
        });
    server.start();
    try {
      var group =
          group()
              .care(ready(server.getAddress().getPort()))
              .restarts(RestartPolicy.ALWAYS)
              .script("main", RUNS)
              .script("without", RUNS)
              .build();
      create(group);
      var running = azure.await(group.id(), AciBackendTest::runs);
      assertThat(health(running)).contains(new Health(true, Health.Readiness.NO));
      assertThat(running.containers().getLast().health()).isEmpty();

      answer.set(200);
      awaitReadiness(group, Health.Readiness.YES);

      azure.restart();
      assertThat(health(only(group))).contains(new Health(true, Health.Readiness.AS_TOLD_BEFORE));
      answer.set(503);
      awaitReadiness(group, Health.Readiness.NO);
    } finally {
      server.stop(0);
    }
  }

  private void awaitReadiness(ContainerGroup group, Health.Readiness wanted) {
    Awaitility.await()
        .untilAsserted(
            () -> {
              azure.pass(Duration.ofSeconds(1));
              assertThat(health(only(group)).map(Health::ready)).contains(wanted);
            });
  }

  private static Optional<Health> health(Observation seen) {
    return seen.containers().getFirst().health();
  }

  private static Care ready(int port) {
    // The simulated group's address leads nowhere, so the probe names this machine.
    var probe =
        new Probe(
            new Action.HttpGet(
                Action.Scheme.HTTP, Optional.of("127.0.0.1"), port, "/ready", List.of()),
            Duration.ZERO,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            1,
            1,
            Optional.empty());
    return new Care(
        Optional.empty(),
        Optional.empty(),
        Optional.of(probe),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void aListIsOneRequestAndReadsAreOfWhatChangesOrIsDue() {
    azure.close();
    azure = new AciSubject("burst", Limits.USUAL.withQuota(500, 500));
    var groups =
        IntStream.range(0, 20).mapToObj(_ -> group().script("main", RUNS).build()).toList();
    groups.forEach(this::create);
    groups.forEach(group -> azure.await(group.id(), AciBackendTest::runs));
    azure.pass(Duration.ofMinutes(2));
    azure.backend().list();
    int before = gets();

    for (int beat = 0; beat < 12; beat++) {
      azure.pass(Duration.ofSeconds(5));
      azure.backend().list();
    }

    // A minute: 12 lists, and each quiet group four times.
    assertThat(gets() - before).isBetween(12 + 4 * 20 - 20, 12 + 4 * 20 + 20);
  }

  @Test
  void aGroupThatSomebodyTookAwayIsNotListed() {
    var group = group().script("main", RUNS).build();
    create(group);
    azure.await(group.id(), AciBackendTest::runs);

    azure.azure().vanish(azure.name(group.id()));

    assertThat(azure.backend().list()).isEmpty();
  }

  @Test
  void otherPeoplesGroupsAreNotOurs() {
    var copied = group().script("main", RUNS).build();
    var request = new AciRequests(azure.place()).of(copied, Azures.terms(azure.now()));
    var client = new ArmClient(azure.place(), AciRates.usual(azure.now()), azure::now);

    client.put("somebody-elses", request);
    client.put("untagged", request.withTags(java.util.Map.of()));

    assertThat(azure.backend().list()).isEmpty();
    azure.backend().delete(copied.id());
    assertThat(client.list()).hasSize(2);
  }

  // ---- Ending

  @Test
  void aNameIsNotTakenAgainWhileItsGroupIsStillBeingDeleted() {
    var group = group().script("main", RUNS).build();
    create(group);
    azure.await(group.id(), AciBackendTest::runs);
    azure.backend().delete(group.id());

    assertThat(azure.backend().list()).isEmpty();
    assertThatThrownBy(() -> create(group))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("still being deleted");

    azure.pass(Limits.USUAL.deleting());
    create(group);
    azure.await(group.id(), AciBackendTest::runs);
  }

  @Test
  void initContainersEndBeforeTheRestAndAFailureOfOneIsTheEnd() {
    var group =
        group()
            .restarts(RestartPolicy.NEVER)
            .init("fails", "sleep 1; exit 3")
            .init("never", "exit 0")
            .script("main", RUNS)
            .build();
    create(group);

    var ended = azure.await(group.id(), seen -> seen.progress() == Progress.FINISHED);

    assertThat(ended.containers().get(0).state())
        .isInstanceOfSatisfying(Exited.class, exit -> assertThat(exit.code()).isEqualTo(3));
    assertThat(ended.containers().get(1).state()).isInstanceOf(Waiting.class);
    assertThat(ended.containers().get(2).state()).isInstanceOf(Waiting.class);
  }

  @Test
  void aGroupThatIsStoppedDuringItsInitContainerHasFinished() {
    var group =
        group().restarts(RestartPolicy.ALWAYS).init("init", OBEYS).script("main", RUNS).build();
    create(group);
    azure.await(group.id(), seen -> seen.containers().getFirst().state() instanceof Running);

    azure.backend().stop(group.id(), Duration.ofMinutes(1));

    var ended = azure.await(group.id(), seen -> seen.progress() == Progress.FINISHED);
    assertThat(ended.containers().getLast().state()).isInstanceOf(Waiting.class);
    azure.restart();
    azure.pass(Duration.ofMinutes(10));
    create(group);
    assertThat(only(group)).isEqualTo(ended);
  }

  // ---- Logs and quota

  @Test
  void aLogOfFiveThousandCharactersIsWhole() {
    var text = "x".repeat(5000);
    var group = group().script("main", "echo " + text + "; sleep 3600").build();
    create(group);
    azure.await(group.id(), AciBackendTest::runs);

    assertThat(log(group, LogOptions.ALL)).isEqualTo(text + "\n");
  }

  @Test
  void theQuotaIsTheSubscriptionsLessWhatOthersUse() {
    create(
        group()
            .resources(new Resources(2500, 1_000_000_000), Resources.UNNAMED)
            .script("main", RUNS)
            .build());
    var neighbour = azure.neighbour();
    neighbour
        .backend()
        .create(
            new GroupBuilder(neighbour.pool())
                .resources(new Resources(4000, 1_000_000_000), Resources.UNNAMED)
                .script("main", RUNS)
                .build());
    azure.backend().list();

    // Azure counts in whole cores: 6.5 are told as 7.
    assertThat(azure.backend().quota()).contains(new Quota(95_500, 99L * 240_000_000_000L, 99));
  }

  // ---- Many at once

  @Test
  void fiveHundredOneShotPodsCompleteWithinAzuresWindowsAndNoneTwice() {
    record Pod(ContainerGroup group, java.time.Instant due) {}
    var waiting = new ArrayList<Pod>();
    IntStream.range(0, 500)
        .mapToObj(_ -> group().script("main", "sleep 20; exit 0").build())
        .forEach(group -> waiting.add(new Pod(group, azure.now())));
    var created = new java.util.HashSet<io.virtualnodes.backend.GroupId>();
    var finished = new java.util.HashSet<io.virtualnodes.backend.GroupId>();
    var began = azure.now();

    while (finished.size() < 500 && azure.now().isBefore(began.plus(Duration.ofHours(4)))) {
      for (var pod : List.copyOf(waiting)) {
        if (pod.due().isAfter(azure.now())) {
          continue;
        }
        waiting.remove(pod);
        try {
          azure.backend().create(pod.group());
          created.add(pod.group().id());
        } catch (Unavailable e) {
          waiting.add(
              new Pod(
                  pod.group(), azure.now().plus(e.retryAfter().orElse(Duration.ofSeconds(30)))));
        } catch (NoCapacity e) {
          waiting.add(new Pod(pod.group(), azure.now().plusSeconds(60)));
        }
      }
      azure.pass(Duration.ofSeconds(5));
      for (var seen : azure.backend().list()) {
        if (seen.progress() == Progress.FINISHED && finished.add(seen.id())) {
          assertThat(((Exited) main(seen)).code()).isZero();
        }
        if (finished.contains(seen.id())) {
          try {
            azure.backend().delete(seen.id());
          } catch (Unavailable e) {
            assertThat(e.retryAfter()).isPresent();
          }
        }
      }
    }

    assertThat(finished).hasSize(500);
    assertThat(created).hasSize(500);
    assertThat(azure.azure().traffic().counts()).containsEntry("PUT 201", 500);
    // Five hundred take an hour and five minutes by Azure's windows alone.
    assertThat(Duration.between(began, azure.now())).isLessThan(Duration.ofMinutes(90));
    int refused =
        azure.azure().traffic().counts().entrySet().stream()
            .filter(count -> count.getKey().endsWith("429"))
            .mapToInt(java.util.Map.Entry::getValue)
            .sum();
    assertThat(refused).as("requests that Azure refused for being too many").isLessThan(10);
  }

  // ---- Words

  private GroupBuilder group() {
    return new GroupBuilder(azure.pool());
  }

  private void create(ContainerGroup group) {
    azure.backend().create(group);
  }

  private Observation only(ContainerGroup group) {
    var listed = azure.backend().list();
    assertThat(listed).extracting(Observation::id).containsExactly(group.id());
    return listed.getFirst();
  }

  private static boolean runs(Observation seen) {
    return main(seen) instanceof Running;
  }

  private static ContainerState main(Observation seen) {
    return seen.containers().getFirst().state();
  }

  private int gets() {
    return azure.azure().traffic().counts().getOrDefault("GET 200", 0);
  }

  private String log(ContainerGroup group, LogOptions options) {
    try (var log = azure.backend().streams().logs(group.id(), "main", options).orElseThrow()) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
