package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.emulator.ecs.EcsEmulator;
import io.virtualnodes.emulator.ecs.Limits;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Secrets that somebody deletes or changes at AWS, as a person or a rotation does: pods that need
 * them again get them all the same.
 */
class FargateSecretChangesTest {
  private static final String UID = "0000-1";
  private static final String ANOTHER = "0000-2";

  private static final String SPEC =
      """
      restartPolicy: OnFailure
      containers:
      - name: main
        image: docker.io/virtualnodes/busybox:latest
        command: [sh, -c, "sleep 20; exit 3"]
        env: [{name: WORD, valueFrom: {secretKeyRef: {name: words, key: variable}}}]
      """;

  private static final Map<String, Consumer<EcsEmulator>> HARMS =
      Map.of(
          "deleted at once", aws -> aws.deleteSecrets(true),
          "to be deleted in a week", aws -> aws.deleteSecrets(false),
          "changed", aws -> aws.changeSecrets("{}", 1),
          "changed twice, long ago", aws -> aws.changeSecrets("{}", 2));

  private final FargatePods pods = new FargatePods(Limits.USUAL, FargatePlace.Capacity.ON_DEMAND);

  private static Stream<Arguments> harms() {
    return HARMS.entrySet().stream().map(one -> Arguments.of(one.getKey(), one.getValue()));
  }

  @BeforeEach
  void run() {
    pods.useCanaries("1");
    pods.pods().add(UID, SPEC);
    pods.awaitPhase(UID, "Running");
  }

  @AfterEach
  void nothingRunsTwiceOrForNobody() {
    pods.end();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("harms")
  void aPodThatIsStartedAgainGetsItsSecretsAsTheyWere(String how, Consumer<EcsEmulator> harm) {
    harm.accept(pods.aws());

    awaitRestart();

    assertSecretsAreAsTheyWere();
    // The next one finds nothing to be put right.
    int put = writes();
    awaitRestart();
    assertThat(writes()).isEqualTo(put);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("harms")
  void aNewPodOfTheSameContentGetsThem(String how, Consumer<EcsEmulator> harm) {
    harm.accept(pods.aws());

    pods.pods().add(ANOTHER, SPEC.replace("sleep 20", "sleep 3600"));

    pods.awaitPhase(ANOTHER, "Running");
    assertSecretsAreAsTheyWere();
    assertThat(pods.live(ANOTHER)).isEqualTo(1);
  }

  /** What they said is with AWS still, and nowhere else. */
  @ParameterizedTest
  @ValueSource(strings = {"to be deleted in a week", "changed"})
  void anotherOperatorPutsThemRight(String how) {
    HARMS.get(how).accept(pods.aws());
    pods.killOperator();

    awaitRestart();

    assertSecretsAreAsTheyWere();
  }

  @Test
  void whatAnotherOperatorCannotMakeAgainAPodSaysAndANewPodBringsBack() {
    pods.aws().deleteSecrets(true);
    pods.killOperator();
    pods.passBeatsUntil(this::isWaiting);

    assertThat(pods.container(UID).getState().getWaiting().getReason())
        .isEqualTo("CreateContainerConfigError");
    assertThat(pods.container(UID).getState().getWaiting().getMessage())
        .contains("ResourceNotFoundException");
    pods.pods().add(ANOTHER, SPEC.replace("sleep 20", "sleep 3600"));

    awaitRestart();
  }

  private boolean isWaiting() {
    var waiting = pods.container(UID).getState().getWaiting();
    return waiting != null && waiting.getReason().equals("CreateContainerConfigError");
  }

  private void awaitRestart() {
    int before = pods.container(UID).getRestartCount();
    pods.passBeatsUntil(() -> hasRestarted(before));
  }

  private boolean hasRestarted(int before) {
    return pods.container(UID).getRestartCount() > before
        && pods.container(UID).getState().getRunning() != null;
  }

  private void assertSecretsAreAsTheyWere() {
    assertThat(pods.aws().secretTexts())
        .hasSize(2)
        .allSatisfy(text -> assertThat(text).contains("canary"));
  }

  private int writes() {
    return Stream.of("CreateSecret", "PutSecretValue", "UpdateSecretVersionStage", "RestoreSecret")
        .mapToInt(operation -> pods.count(operation + " 200"))
        .sum();
  }
}
