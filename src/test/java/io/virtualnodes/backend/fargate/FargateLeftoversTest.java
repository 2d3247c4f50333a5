package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.emulator.ecs.Limits;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.Compatibility;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.NetworkMode;

/** What groups had in common goes with them, also of those that never ran. */
class FargateLeftoversTest {
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final int MOST_TRIES = 30;

  private final FargateSubject subject = new FargateSubject("burst", Limits.USUAL);

  @AfterEach
  void close() {
    subject.close();
  }

  @Test
  void theSecretOfAGroupThatNobodyAsksForAnyMoreIsRemovedAfterAWhile() {
    var stays = new GroupBuilder(subject.pool()).script("main", "sleep 36000").build();
    subject.backend().create(stays);
    waitForRoom(secret("s3cret-word"));
    subject.aws().faults().noCapacity(false);

    for (int look = 0; look < 4; look++) {
      subject.pass(Duration.ofMinutes(10).plusSeconds(1));
      subject.backend().list();
    }

    await().untilAsserted(() -> assertThat(count("DeleteSecret 200")).isEqualTo(1));
  }

  @Test
  void aGroupThatWaitsForRoomKeepsItsSecret() {
    var stays = new GroupBuilder(subject.pool()).script("main", "sleep 36000").build();
    subject.backend().create(stays);
    var waits = secret("s3cret-word");
    for (int minute = 0; minute < 45; minute++) {
      waitForRoom(waits);
      subject.pass(Duration.ofMinutes(1));
      subject.backend().list();
    }
    subject.aws().faults().noCapacity(false);

    subject.backend().create(waits);

    assertThat(count("CreateSecret 200")).isEqualTo(1);
    assertThat(count("DeleteSecret 200")).isZero();
  }

  @Test
  void nothingIsLeftOfAPoolThatGoesAlthoughAwsRefusedItFirst() {
    waitForRoom(secret("s3cret-word"));
    subject.aws().faults().refuse("DeleteSecret", "ThrottlingException");
    assertThatThrownBy(() -> subject.backend().removeShared()).isInstanceOf(Unavailable.class);
    subject.aws().faults().allow("DeleteSecret");
    subject.pass(BEAT);

    subject.backend().removeShared();

    assertThat(count("DeleteSecret 200")).isEqualTo(1);
    assertThat(count("DeregisterTaskDefinition 200")).isEqualTo(1);
    subject.backend().removeShared();
  }

  @Test
  void definitionsThatAreNotNeededGoAFewWithEachLook() {
    var groups = IntStream.range(0, 25).mapToObj(i -> secret("s3cret-word-" + i)).toList();
    groups.forEach(this::createPatiently);
    subject.pass(Duration.ofMinutes(11));
    var stays = new GroupBuilder(subject.pool()).script("main", "sleep 36000").build();
    subject.backend().create(stays);
    groups.forEach(this::deletePatiently);
    subject.pass(Duration.ofMinutes(11));
    subject.backend().list();
    await().untilAsserted(() -> assertThat(count("DeregisterTaskDefinition 200")).isEqualTo(20));

    // Requests are sent by another thread.
    await()
        .untilAsserted(
            () -> {
              subject.pass(BEAT);
              subject.backend().list();
              assertThat(count("DeregisterTaskDefinition 200")).isEqualTo(25);
            });
    assertThat(count("DeregisterTaskDefinition 400")).isZero();
  }

  @Test
  void definitionsOfBeforeARestartGoOnceNobodyNeedsThemForLongEnough() {
    var stays = new GroupBuilder(subject.pool()).script("main", "sleep 36000").build();
    var goes = group("goes");
    List.of(stays, goes).forEach(subject.backend()::create);
    subject.pass(BEAT);
    subject.backend().list();
    subject.backend().delete(goes.id());
    var others = registerAsOthers();

    subject.restart();
    passLooks(4);
    assertThat(subject.aws().activeDefinitions()).hasSize(2 + others.size());
    passLooks(6);

    await()
        .untilAsserted(
            () ->
                assertThat(subject.aws().activeDefinitions())
                    .hasSize(1 + others.size())
                    .containsAll(others)
                    .contains(subject.tasks(stays.id()).getFirst().taskDefinitionArn()));
  }

  @Test
  void aDefinitionThatComesIntoUseAgainInTimeStays() {
    subject.backend().create(group("stays"));
    var first = group("comes-again");
    subject.backend().create(first);
    subject.pass(BEAT);
    subject.backend().delete(first.id());
    for (int hour = 0; hour < 4; hour++) {
      passLooks(6);
      var again = group("comes-again");
      subject.backend().create(again);
      subject.pass(BEAT);
      subject.backend().delete(again.id());
    }

    assertThat(count("RegisterTaskDefinition 200")).isEqualTo(2);
    assertThat(count("DeregisterTaskDefinition 200")).isZero();
  }

  @Test
  void aPoolThatGoesTakesItsDefinitionsAlongAndNobodyElses() {
    var groups = IntStream.range(0, 25).mapToObj(i -> group("kind-" + i)).toList();
    groups.forEach(this::createPatiently);
    groups.forEach(this::deletePatiently);
    var others = registerAsOthers();
    await()
        .untilAsserted(
            () -> {
              // Stops wait for their turn.
              subject.pass(BEAT);
              subject.backend().list();
              assertThat(subject.aws().running()).isEmpty();
            });
    // And ECS has time for twenty again.
    subject.pass(Duration.ofSeconds(30));
    subject.restart();

    assertThatThrownBy(() -> subject.backend().removeShared())
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("yet to be deregistered");
    for (int beat = 0; beat < MOST_TRIES && !isEnded(); beat++) {
      subject.pass(BEAT);
    }

    assertThat(subject.aws().activeDefinitions()).containsExactlyInAnyOrderElementsOf(others);
    assertThat(count("DeregisterTaskDefinition 400")).isZero();
  }

  @Test
  void aPoolGoesAlsoWhereTheOperatorMayNotLookForDefinitions() {
    var group = group("goes");
    subject.backend().create(group);
    subject.pass(BEAT);
    subject.backend().delete(group.id());
    subject.aws().faults().refuse("ListTaskDefinitionFamilies", "AccessDeniedException");

    subject.backend().removeShared();

    assertThat(subject.aws().activeDefinitions()).hasSize(1);
  }

  private boolean isEnded() {
    try {
      subject.backend().removeShared();
      return true;
    } catch (Unavailable e) {
      return false;
    }
  }

  private ContainerGroup group(String workingDirectory) {
    return new GroupBuilder(subject.pool())
        .workingDirectory("/" + workingDirectory)
        .script("main", "sleep 36000")
        .build();
  }

  /** One of another pool, and one of nobody's whose family is called like the pool's. */
  private List<String> registerAsOthers() {
    var names = new FargateNames(subject.place().poolUid());
    try (var login = AwsLogin.to(subject.place());
        var ecs = login.client(EcsClient.builder())) {
      return Stream.of("vn-uid-of-another-0123", names.families() + "0123")
          .map(
              family ->
                  ecs.registerTaskDefinition(
                          asked ->
                              asked
                                  .family(family)
                                  .networkMode(NetworkMode.AWSVPC)
                                  .requiresCompatibilities(Compatibility.FARGATE)
                                  .cpu("256")
                                  .memory("512")
                                  .containerDefinitions(
                                      ContainerDefinition.builder()
                                          .name("main")
                                          .image("image")
                                          .build()))
                      .taskDefinition()
                      .taskDefinitionArn())
          .toList();
    }
  }

  private void passLooks(int looks) {
    for (int look = 0; look < looks; look++) {
      subject.pass(Duration.ofMinutes(10).plusSeconds(1));
      int before = count("ListTaskDefinitionFamilies 200");
      subject.backend().list();
      // It is another thread that looks.
      await().until(() -> count("ListTaskDefinitionFamilies 200") > before);
    }
    subject.backend().list();
  }

  private void waitForRoom(ContainerGroup group) {
    subject.aws().faults().noCapacity(true);
    assertThatThrownBy(() -> subject.backend().create(group)).isInstanceOf(NoCapacity.class);
  }

  private void createPatiently(ContainerGroup group) {
    subject.patiently(MOST_TRIES, () -> subject.backend().create(group));
  }

  private void deletePatiently(ContainerGroup group) {
    subject.patiently(MOST_TRIES, () -> subject.backend().delete(group.id()));
  }

  private ContainerGroup secret(String word) {
    return FargateRefusalsTest.with(
        new GroupBuilder(subject.pool()).script("main", "sleep 36000"), "WORD", word);
  }

  private int count(String call) {
    return subject.count(call);
  }
}
