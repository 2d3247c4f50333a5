package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.emulator.ecs.Limits;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** That Secrets Manager is asked for no more than it takes: fifty a second. */
class FargateRatesTest {
  private static final int MOST_A_SECOND = 50;
  private static final int GROUPS = 60;
  private static final int MOST_TRIES = 200;

  private final FargateSubject subject = new FargateSubject("burst", Limits.USUAL);

  @AfterEach
  void close() {
    subject.close();
  }

  @Test
  void secretsAreMadeAndRemovedNoFasterThanAwsTakesThem() {
    var groups = IntStream.range(0, GROUPS).mapToObj(i -> secret("word-" + i)).toList();

    var atOnce =
        groups.stream()
            .map(
                group ->
                    catchThrowableOfType(Unavailable.class, () -> subject.backend().create(group)))
            .toList();

    assertThat(count("CreateSecret 200")).isEqualTo(MOST_A_SECOND);
    assertThat(atOnce.getLast()).hasMessageContaining("AWS takes no more secrets");
    assertThat(atOnce.getLast().wasAsked()).isFalse();
    groups.forEach(group -> patiently(() -> subject.backend().create(group)));
    groups.forEach(group -> patiently(() -> subject.backend().delete(group.id())));
    assertThat(subject.aws().traffic().counts())
        .containsEntry("CreateSecret 200", GROUPS)
        .containsEntry("DeleteSecret 200", GROUPS)
        .doesNotContainKeys("CreateSecret 400", "DeleteSecret 400");
  }

  @Test
  void moreSecretsThanAwsRemovesAtOnceAreGoneSoonWhileAnotherGroupStays() {
    var stays = secret("stays");
    var go = IntStream.range(0, GROUPS).mapToObj(i -> secret("word-" + i)).toList();
    patiently(() -> subject.backend().create(stays));
    go.forEach(group -> patiently(() -> subject.backend().create(group)));
    go.forEach(group -> subject.backend().delete(group.id()));
    assertThat(count("DeleteSecret 200")).isZero();

    subject.pass(Duration.ofMinutes(21));

    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              subject.backend().list();
              subject.pass(Duration.ofMillis(500));
              return count("DeleteSecret 200") == GROUPS;
            });
  }

  @Test
  void aSecretThatManyNeedAtOnceIsAskedForOnce() throws Exception {
    var launches =
        IntStream.range(0, 15)
            .mapToObj(_ -> secret("the same word"))
            .<Callable<Void>>map(
                group ->
                    () -> {
                      subject.backend().create(group);
                      return null;
                    })
            .toList();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var launched : threads.invokeAll(launches)) {
        launched.get();
      }
    }

    assertThat(subject.aws().traffic().counts())
        .containsEntry("CreateSecret 200", 1)
        .containsEntry("RunTask 200", 15)
        .doesNotContainKey("CreateSecret 400");
  }

  private ContainerGroup secret(String word) {
    return FargateRefusalsTest.with(
        new GroupBuilder(subject.pool()).script("main", "sleep 3600"), "WORD", word);
  }

  private void patiently(Runnable request) {
    subject.patiently(MOST_TRIES, request);
  }

  private int count(String call) {
    return subject.count(call);
  }
}
