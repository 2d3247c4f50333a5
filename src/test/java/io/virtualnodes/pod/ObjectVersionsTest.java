package io.virtualnodes.pod;

import static io.virtualnodes.pod.ObjectVersions.PERIOD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.pod.ObjectVersions.Answer;
import io.virtualnodes.pod.ObjectVersions.Found;
import io.virtualnodes.pod.ObjectVersions.Kind;
import io.virtualnodes.pod.ObjectVersions.Subject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ObjectVersionsTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
  private static final Subject SETTINGS = new Subject(Kind.CONFIG_MAP, "shop", "settings");
  private static final Subject PASSWORD = new Subject(Kind.SECRET, "shop", "settings");

  private final Map<Subject, Found> cluster = new HashMap<>();
  private final ConcurrentLinkedQueue<Subject> reads = new ConcurrentLinkedQueue<>();
  private final ObjectVersions versions = new ObjectVersions(this::read);

  private Found read(Subject subject) {
    reads.add(subject);
    return Optional.ofNullable(cluster.get(subject)).orElse(new Found(Optional.empty(), false));
  }

  private void is(Subject subject, String version) {
    cluster.put(subject, new Found(Optional.of(version), false));
  }

  @Test
  void whoAsksWithinAPeriodIsToldWhatOneReadFound() {
    is(SETTINGS, "1");

    assertThat(versions.of(SETTINGS, NOON))
        .isEqualTo(new Answer(Optional.of("1"), NOON.plus(PERIOD)));
    is(SETTINGS, "2");
    assertThat(versions.of(SETTINGS, NOON.plus(PERIOD).minusMillis(1)).version()).hasValue("1");

    assertThat(versions.of(SETTINGS, NOON.plus(PERIOD)).version()).hasValue("2");
    assertThat(reads).hasSize(2);
  }

  @Test
  void manyWhoAskAtOnceShareARead() throws InterruptedException {
    is(SETTINGS, "1");

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Answer> ask = () -> versions.of(SETTINGS, NOON);
      threads.invokeAll(IntStream.range(0, 50).mapToObj(_ -> ask).toList());
    }

    assertThat(reads).hasSize(1);
  }

  @Test
  void aConfigMapAndASecretOfOneNameAreTwo() {
    is(SETTINGS, "1");

    assertThat(versions.of(SETTINGS, NOON).version()).hasValue("1");
    assertThat(versions.of(PASSWORD, NOON).version()).isEmpty();
  }

  @Test
  void whatIsImmutableIsReadOnceUntilNobodyAsksForItAnyMore() {
    cluster.put(SETTINGS, new Found(Optional.of("1"), true));

    assertThat(versions.of(SETTINGS, NOON).until()).isEqualTo(Instant.MAX);
    versions.of(SETTINGS, NOON.plus(PERIOD.multipliedBy(100)));
    versions.saw(SETTINGS, Optional.of("1"), NOON.plus(PERIOD.multipliedBy(100)));

    assertThat(versions.of(SETTINGS, NOON.plus(PERIOD.multipliedBy(101))).until())
        .isEqualTo(Instant.MAX);
    assertThat(reads).hasSize(1);
  }

  @Test
  void whatSomebodyReadAnywayCounts() {
    versions.saw(SETTINGS, Optional.of("7"), NOON);

    assertThat(versions.of(SETTINGS, NOON.plusSeconds(1)))
        .isEqualTo(new Answer(Optional.of("7"), NOON.plus(PERIOD)));
    assertThat(reads).isEmpty();
  }

  @Test
  void whatNobodyAsksForIsForgotten() {
    var many =
        IntStream.range(0, 100)
            .mapToObj(n -> new Subject(Kind.SECRET, "shop", "secret-" + n))
            .toList();
    // As long as they are known, they are not read again.
    many.forEach(subject -> cluster.put(subject, new Found(Optional.of("1"), true)));
    many.forEach(subject -> versions.of(subject, NOON));
    var later = NOON.plus(PERIOD.multipliedBy(4));

    versions.of(SETTINGS, later);
    many.forEach(subject -> versions.of(subject, later));

    assertThat(reads).hasSize(many.size() + 1 + many.size());
  }

  @Test
  void aReadThatFailsIsToldAndTriedAgainByTheNextWhoAsks() {
    var answers = new java.util.ArrayDeque<>(List.of("fails", "1"));
    var failing =
        new ObjectVersions(
            _ -> {
              var answer = answers.remove();
              if (answer.equals("fails")) {
                throw new IllegalStateException("no answer");
              }
              return new Found(Optional.of(answer), false);
            });

    assertThatThrownBy(() -> failing.of(SETTINGS, NOON)).hasMessage("no answer");
    assertThat(failing.of(SETTINGS, NOON).version()).hasValue("1");
  }
}
