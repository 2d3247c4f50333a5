package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What every backend does, done by {@link Moto}, as far as it goes: that another's reading of AWS's
 * documentation agrees with that of the emulation here.
 */
@Tag("moto")
// Moto does one thing at a time, and scenarios come in crowds.
@Timeout(600)
class MotoContractIT extends BackendContract {
  private static final String RUNS_NOTHING = "no container ends by itself";
  private static final String STOPS_AT_ONCE =
      "a task that is stopped ends at once, whatever its containers do, and with 0";
  private static final String WRITES_NO_LOGS = "no container writes a log";
  private static final String FETCHES_NO_IMAGES = "no image is missing";

  @RegisterExtension
  static final LeftOut LEFT_OUT =
      new LeftOut(
          Map.ofEntries(
              Map.entry("aContainerKeepsTheTimeOfItsStart", RUNS_NOTHING),
              Map.entry("aGroupIsObservedWithItsOwnerItsCodesAndItsTimes", RUNS_NOTHING),
              Map.entry("aGroupOfWhichOneContainerRunsIsAlive", RUNS_NOTHING),
              Map.entry("aGroupThatWaitsForItsRestartIsNotStartedOnceItWasStopped", RUNS_NOTHING),
              Map.entry("alwaysAContainerThatEndedIsStartedAgain", RUNS_NOTHING),
              Map.entry("alwaysAFailedInitContainerIsTriedAgain", RUNS_NOTHING),
              Map.entry("initContainersRunOneAfterTheOtherBeforeTheMainOnes", RUNS_NOTHING),
              Map.entry("onFailureAContainerThatEndedWellStaysSo", RUNS_NOTHING),
              Map.entry("onFailureAContainerThatFailedIsStartedAgain", RUNS_NOTHING),
              Map.entry("onFailureAFailedInitContainerIsTriedAgain", RUNS_NOTHING),
              Map.entry("theNextOperatorFindsWhatTheOneBeforeMade", RUNS_NOTHING),
              Map.entry("whatHasEndedIsNotChangedByAStop", RUNS_NOTHING),
              Map.entry("whatRunsIsToldWithWhatItUses", RUNS_NOTHING),
              Map.entry("withoutRestartsAContainerStaysAsItEnded", RUNS_NOTHING),
              Map.entry("withWhatDoesNotRunNobodyTalks", RUNS_NOTHING),
              Map.entry("aGroupThatWasStoppedStaysSoUntilItIsDeleted", STOPS_AT_ONCE),
              Map.entry("aLongerGraceDoesNotReplaceAShorterOne", STOPS_AT_ONCE),
              Map.entry("aProgramThatDoesNotEndIsKilledAfterItsGrace", STOPS_AT_ONCE),
              Map.entry("aProgramThatEndsWhenToldToHasItsOwnCode", STOPS_AT_ONCE),
              Map.entry("aShorterGraceReplacesALongerOne", STOPS_AT_ONCE),
              Map.entry("aStopWhoseAnswerWasLostMayBeAskedForAgain", STOPS_AT_ONCE),
              Map.entry("aLogIsFollowedToTheEndOfItsInstance", WRITES_NO_LOGS),
              Map.entry("aLogIsThereFromTheStartUntilTheGroupIsDeleted", WRITES_NO_LOGS),
              Map.entry("aGroupWhoseImageIsMissingWaitsForIt", FETCHES_NO_IMAGES)),
          Duration.ofMinutes(1));

  @Override
  protected BackendSubject open() {
    return new AwsAccount(Moto.account());
  }
}
