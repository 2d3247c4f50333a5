package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AciObservationsTest {
  private static final Instant CREATED = Instant.parse("2026-01-01T12:00:00Z");
  private static final Instant START = Instant.parse("2026-01-01T12:00:30Z");
  private static final Instant END = Instant.parse("2026-01-01T12:01:00Z");
  private static final AciTags TAGS =
      new AciTags(
          "pool-uid",
          GroupId.first("a-uid"),
          new GroupOwner("burst", "node-0", "team-a", "pod-a"),
          CREATED);

  private static final String RUNNING =
      "{'state': 'Running', 'startTime': '2026-01-01T12:00:30Z', 'detailStatus': ''}";
  private static final String WAITING = "{'state': 'Waiting', 'detailStatus': ''}";

  @Test
  void aRunningGroupWithItsAddressAndTheStartOfItsContainer() {
    var seen = observe(group("Always", "Running", view(0, RUNNING, null)));

    assertThat(seen)
        .isEqualTo(
            new Observation(
                TAGS.group(),
                TAGS.owner(),
                Progress.ALIVE,
                java.util.List.of(
                    new ContainerObservation(
                        "main",
                        new Running(START),
                        Optional.empty(),
                        "",
                        0,
                        "app:1",
                        "",
                        "aci://vn-burst-1-main-0")),
                java.util.List.of("10.1.0.4"),
                CREATED,
                Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "0, Completed, Completed, ''",
    "3, Error, Error, ''",
    "137, Error, Error, ''",
    "137, OOMKilled, OOMKilled, ''",
    "2, Something else, Error, Something else"
  })
  void exitCodesAreAzuresOwn(int code, String detail, String reason, String message) {
    var seen = observe(group("Never", "Failed", view(0, ended(code, detail), null)));

    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
    assertThat(main(seen)).isEqualTo(new Exited(code, reason, message, START, END));
    assertThat(seen.finishedAt()).contains(END);
  }

  @Test
  void anEndWithoutACodeIsNoSuccess() {
    var end = "{'state': 'Terminated', 'finishTime': '2026-01-01T12:01:00Z'}";

    var exited = (Exited) main(observe(group("Never", "Succeeded", view(0, end, null))));

    assertThat(exited.code()).isEqualTo(137);
    assertThat(exited.reason()).isEqualTo("ContainerStatusUnknown");
    assertThat(exited.at()).isEqualTo(END);
  }

  @Test
  void aMissingStartTimeDoesNotHideTheContainer() {
    var seen = observe(group("Always", "Running", view(0, "{'state': 'Running'}", null)));

    assertThat(main(seen)).isEqualTo(new Running(CREATED));
  }

  @Test
  void aListedGroupIsBeingCreatedAsFarAsIsKnown() {
    var seen = observe(group("Never", null, null));

    assertThat(seen.progress()).isEqualTo(Progress.ALIVE);
    assertThat(main(seen)).isEqualTo(new Waiting(Waiting.CREATING, ""));
    assertThat(seen.containers().getFirst().containerId()).isEmpty();
  }

  // ---- Images

  @Test
  void anImageThatIsNotThereIsToldInAzuresWords() {
    var pulling = event("Pulling", "12:00:10", "pulling image \\\"app:1\\\"");
    var failed = event("Failed", "12:00:12", "Failed to pull image \\\"app:1\\\": not found");
    var backOff = event("BackOff", "12:00:20", "Back-off pulling image \\\"app:1\\\"");

    assertThat(main(observe(group("Never", "Pending", view(0, WAITING, null, pulling)))))
        .isEqualTo(new Waiting(Waiting.CREATING, ""));
    assertThat(main(observe(group("Never", "Pending", view(0, WAITING, null, pulling, failed)))))
        .isEqualTo(new Waiting("ErrImagePull", "Failed to pull image \"app:1\": not found"));
    assertThat(
            main(
                observe(
                    group("Never", "Pending", view(0, WAITING, null, backOff, failed, pulling)))))
        .isEqualTo(new Waiting("ImagePullBackOff", "Back-off pulling image \"app:1\""));
  }

  // ---- Restarts

  @Test
  void aContainerThatWaitsForItsRestartIsToldWithTheEndBefore() {
    var crash =
        "{'state': 'Waiting', 'detailStatus': 'CrashLoopBackOff: Back-off 20s restarting failed'}";

    var seen = observe(group("Always", "Running", view(2, crash, ended(3, "Error"))));

    assertThat(main(seen))
        .isEqualTo(new Waiting("CrashLoopBackOff", "Back-off 20s restarting failed"));
    assertThat(seen.containers().getFirst().restarts()).isEqualTo(2);
    assertThat(seen.containers().getFirst().previous())
        .contains(new Exited(3, "Error", "", START, END));
    assertThat(seen.containers().getFirst().previousId()).isEqualTo("aci://vn-burst-1-main-2");
  }

  @Test
  void neverIsNeverAndTheFirstEndStands() {
    var first = observe(group("Never", "Running", view(0, ended(3, "Error"), null)));

    var later =
        AciObservations.observe(
            group("Never", "Running", view(1, RUNNING, ended(4, "Error"))),
            TAGS,
            Optional.of(first));

    assertThat(later).isEqualTo(first);
  }

  @Test
  void neverIsNeverAlsoForWhoDidNotSeeTheFirstEnd() {
    var seen = observe(group("Never", "Running", view(1, RUNNING, ended(4, "Error"))));

    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
    assertThat(main(seen)).isEqualTo(new Exited(4, "Error", "", START, END));
    assertThat(seen.containers().getFirst().restarts()).isZero();
  }

  @Test
  void aRestartOfWhichNothingIsSaidIsAnEndToo() {
    var seen = observe(group("Never", "Running", view(1, RUNNING, null)));

    assertThat(((Exited) main(seen)).reason()).isEqualTo("ContainerStatusUnknown");
    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
  }

  @Test
  void onFailureASuccessStands() {
    var first =
        observe(group("OnFailure", "Running", view(2, ended(0, "Completed"), ended(3, "Error"))));

    var later =
        AciObservations.observe(
            group("OnFailure", "Running", view(3, RUNNING, ended(0, "Completed"))),
            TAGS,
            Optional.of(first));

    assertThat(later).isEqualTo(first);
    assertThat(first.progress()).isEqualTo(Progress.FINISHED);
    assertThat(first.containers().getFirst().restarts()).isEqualTo(2);
  }

  @Test
  void aGroupMustBeStoppedOnlyOnceAllOfItEndedAndSomeOfItFailed() {
    var failed = group("Never", "Failed", view(0, ended(3, "Error"), null));
    var succeeded = group("Never", "Succeeded", view(0, ended(0, "Completed"), null));
    var stopped = group("Never", "Stopped", view(0, ended(3, "Error"), null));
    var running = group("Never", "Running", view(0, RUNNING, null));
    var restarts = group("OnFailure", "Running", view(0, ended(3, "Error"), null));

    assertThat(AciObservations.mustBeStopped(failed, observe(failed))).isTrue();
    assertThat(AciObservations.mustBeStopped(succeeded, observe(succeeded))).isFalse();
    assertThat(AciObservations.mustBeStopped(stopped, observe(stopped))).isFalse();
    assertThat(AciObservations.mustBeStopped(running, observe(running))).isFalse();
    assertThat(AciObservations.mustBeStopped(restarts, observe(restarts))).isFalse();
  }

  // ---- Groups

  @ParameterizedTest
  @ValueSource(strings = {"Always", "OnFailure", "Never"})
  void aStoppedGroupHasFinishedWhateverItsPolicy(String policy) {
    var seen = observe(group(policy, "Stopped", view(0, ended(7, "Error"), null)));

    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
    assertThat(main(seen)).isEqualTo(new Exited(7, "Error", "", START, END));
  }

  @Test
  void whoWaitedForARestartWhenTheGroupWasStoppedHasEnded() {
    var crash = "{'state': 'Waiting', 'detailStatus': 'CrashLoopBackOff: Back-off'}";

    var seen = observe(group("Always", "Stopped", view(2, crash, ended(3, "Error"))));

    assertThat(main(seen)).isEqualTo(new Exited(3, "Error", "", START, END));
    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
  }

  @Test
  void whoseEndAzureDoesNotTellEndedWithTheGroup() {
    var killing = event("Killing", "12:05:00", "Killing container");

    var seen = observe(group("Always", "Stopped", view(0, RUNNING, null, killing)));

    var exited = (Exited) main(seen);
    assertThat(exited.code()).isEqualTo(137);
    assertThat(exited.at()).isEqualTo(Instant.parse("2026-01-01T12:05:00Z"));
    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
  }

  @Test
  void aGroupThatAzureCouldNotMakeIsPartialAndSaysWhy() {
    var group =
        Azures.group(
            """
            {"name": "vn-burst-1", "properties": {
              "provisioningState": "Failed", "restartPolicy": "Never",
              "containers": [{"name": "main", "properties": {"image": "app:1"}}],
              "instanceView": {"state": "Pending", "events": [
                {"name": "Scheduling", "type": "Normal", "message": "scheduling",
                 "lastTimestamp": "2026-01-01T12:09:00Z"},
                {"name": "FailedScheduling", "type": "Warning", "message": "no room in zone 1",
                 "lastTimestamp": "2026-01-01T12:08:00Z"}]}}}
            """);

    assertThat(observe(group).progress()).isEqualTo(Progress.PARTIAL);
    assertThat(AciObservations.couldNotBeMade(group)).isTrue();
    assertThat(AciObservations.whyNotMade(group)).isEqualTo("FailedScheduling: no room in zone 1");
  }

  @Test
  void anInitContainerThatFailedWithoutRestartsIsTheEnd() {
    var group =
        Azures.group(
            """
            {"name": "vn-burst-1", "properties": {
              "provisioningState": "Succeeded", "restartPolicy": "Never",
              "initContainers": [{"name": "init", "properties": {"image": "setup:1",
                "instanceView": {"restartCount": 0, "currentState": {"state": "Terminated",
                  "exitCode": 3, "startTime": "2026-01-01T12:00:30Z",
                  "finishTime": "2026-01-01T12:01:00Z", "detailStatus": "Error"}}}}],
              "containers": [{"name": "main", "properties": {"image": "app:1"}}],
              "instanceView": {"state": "Running", "events": []}}}
            """);

    var seen = observe(group);

    assertThat(seen.progress()).isEqualTo(Progress.FINISHED);
    assertThat(seen.containers())
        .extracting(ContainerObservation::name)
        .containsExactly("init", "main");
    assertThat(seen.finishedAt()).contains(END);
  }

  // ---- Azure's words

  private static Observation observe(ContainerGroupInner group) {
    return AciObservations.observe(group, TAGS, Optional.empty());
  }

  private static ContainerState main(Observation seen) {
    return seen.containers().getFirst().state();
  }

  private static ContainerGroupInner group(String policy, String state, String view) {
    var instanceView =
        state == null ? "" : ", 'instanceView': {'state': '%s', 'events': []}".formatted(state);
    var containerView = view == null ? "" : ", 'instanceView': " + view;
    return Azures.group(
        """
        {'name': 'vn-burst-1', 'properties': {
          'provisioningState': 'Succeeded', 'restartPolicy': '%s',
          'ipAddress': {'type': 'Private', 'ports': [], 'ip': '10.1.0.4'},
          'containers': [{'name': 'main', 'properties': {'image': 'app:1'%s}}]%s}}
        """
            .formatted(policy, containerView, instanceView)
            .replace('\'', '"'));
  }

  private static String view(int restarts, String current, String previous, String... events) {
    return "{'restartCount': %d, 'currentState': %s%s, 'events': [%s]}"
        .formatted(
            restarts,
            current,
            previous == null ? "" : ", 'previousState': " + previous,
            String.join(", ", events));
  }

  private static String ended(int code, String detail) {
    return ("{'state': 'Terminated', 'exitCode': %d, 'startTime': '2026-01-01T12:00:30Z',"
            + " 'finishTime': '2026-01-01T12:01:00Z', 'detailStatus': '%s'}")
        .formatted(code, detail);
  }

  private static String event(String name, String time, String message) {
    return ("{'name': '%s', 'type': 'Normal', 'message': '%s', 'count': 1,"
            + " 'firstTimestamp': '2026-01-01T%sZ', 'lastTimestamp': '2026-01-01T%sZ'}")
        .formatted(name, message, time, time);
  }
}
