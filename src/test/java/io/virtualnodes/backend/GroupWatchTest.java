package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.Observation.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupWatchTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration OFTEN = Duration.ofMillis(1);
  // No test lasts that long: a look after the first one comes of a hint.
  private static final Duration NEVER = Duration.ofDays(1);

  private final Heard heard = new Heard();
  private Optional<GroupWatch> started = Optional.empty();

  @AfterEach
  void close() {
    started.ifPresent(GroupWatch::close);
  }

  @Test
  void beforeTheFirstLookNothingIsKnown() {
    var watch = new GroupWatch("burst", new ListedBackend(OFTEN), () -> NOON);

    assertThat(watch.latest()).isEmpty();
    assertThat(watch.outage()).isEmpty();
  }

  @Test
  void eachLookTellsWhichPodsChanged() {
    var backend = new ListedBackend(NEVER);
    backend.answers(() -> List.of(alive("a"), alive("b"), alive("c")));
    var watch = watching(backend);
    await().until(() -> heard.changes().size() == 1);

    backend.answers(() -> List.of(alive("a"), finished("b"), alive("d")));
    backend.hint();
    await().until(() -> heard.changes().size() == 2);

    assertThat(heard.changes()).containsExactly(Set.of("a", "b", "c"), Set.of("b", "c", "d"));
    var latest = watch.latest().orElseThrow();
    assertThat(latest.began()).isEqualTo(NOON);
    assertThat(latest.group("b")).contains(finished("b"));
    assertThat(latest.group("c")).isEmpty();
  }

  @Test
  void aLookAtTheSameTellsOfNoChange() {
    var backend = new ListedBackend(OFTEN);
    backend.answers(() -> List.of(alive("a")));

    watching(backend);

    await().until(() -> heard.changes().size() > 1);
    assertThat(heard.changes().get(1)).isEmpty();
  }

  @Test
  void hintsThatComeTogetherShareOneLook() {
    var backend = new ListedBackend(NEVER);
    var hinted = new CountDownLatch(1);
    backend.answers(
        () -> {
          uninterrupted(hinted);
          return List.of();
        });
    watching(backend);
    await().until(() -> backend.lists() == 1);

    for (int i = 0; i < 100; i++) {
      backend.hint();
    }
    hinted.countDown();

    await().until(() -> backend.lists() == 2);
    // More looks would come within this time, if each hint had one of its own.
    await().during(Duration.ofMillis(700)).until(() -> backend.lists() == 2);
  }

  @Test
  void anOutageIsToldAndEnds() {
    var backend = new ListedBackend(OFTEN);
    backend.answers(() -> List.of(alive("a")));
    var watch = watching(backend);
    await().until(() -> watch.latest().isPresent());
    var failure = new BackendException.Unavailable("connection refused", null);

    backend.answers(
        () -> {
          throw failure;
        });
    await().until(() -> heard.outages().size() >= 2);

    assertThat(watch.latest().orElseThrow().group("a")).as("what was known stays").isPresent();
    assertThat(heard.outages().subList(0, 2))
        .containsExactly(
            new GroupWatch.Outage(NOON, 1, failure), new GroupWatch.Outage(NOON, 2, failure));
    assertThat(watch.outage()).isPresent();

    backend.answers(() -> List.of(alive("a"), alive("b")));
    await().until(() -> watch.outage().isEmpty());
    await().until(() -> heard.changes().contains(Set.of("b")));
  }

  @Test
  void aDefectOfTheBackendIsAnOutageToo() {
    var backend = new ListedBackend(OFTEN);
    backend.answers(
        () -> {
          throw new IllegalStateException("a defect");
        });
    var watch = watching(backend);
    await().until(() -> heard.outages().size() >= 2);
    assertThat(heard.outages().getFirst().failure())
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining("a defect");

    backend.answers(List::of);

    await().until(() -> watch.latest().isPresent());
  }

  @Test
  void aDefectOfAListenerKeepsNothingFromTheOthers() {
    var backend = new ListedBackend(OFTEN);
    var watch = new GroupWatch("burst", backend, () -> NOON);
    watch.listen(new Defective());

    start(watch);
    await().until(() -> heard.changes().size() > 1);

    backend.answers(
        () -> {
          throw new BackendException.Unavailable("lost", null);
        });
    await().until(() -> heard.outages().size() > 1);
  }

  @Test
  void whoListensNoMoreIsToldNothing() {
    var backend = new ListedBackend(NEVER);
    var watch = new GroupWatch("burst", backend, () -> NOON);
    watch.listen(heard);
    watch.unlisten(heard);

    watch.start();
    started = Optional.of(watch);

    await().until(() -> watch.latest().isPresent());
    backend.hint();
    await().until(() -> backend.lists() == 2);
    assertThat(heard.changes()).isEmpty();
  }

  @Test
  void aClosedWatchLooksNoMore() {
    var backend = new ListedBackend(NEVER);
    var watch = watching(backend);
    await().until(() -> heard.changes().size() == 1);

    watch.close();
    backend.hint();

    await().during(Duration.ofMillis(700)).until(() -> backend.lists() == 1);
  }

  private GroupWatch watching(Backend backend) {
    return start(new GroupWatch("burst", backend, () -> NOON));
  }

  private GroupWatch start(GroupWatch watch) {
    watch.listen(heard);
    watch.start();
    started = Optional.of(watch);
    return watch;
  }

  private static void uninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Observation alive(String uid) {
    return group(uid, Progress.ALIVE);
  }

  private static Observation finished(String uid) {
    return group(uid, Progress.FINISHED);
  }

  private static Observation group(String uid, Progress progress) {
    return new Observation(
        GroupId.first(uid),
        new GroupOwner("burst", "burst-0", "shop", "web"),
        progress,
        List.of(),
        List.of(),
        NOON,
        Optional.empty());
  }

  /** Remembers what it was told. */
  private static final class Heard implements GroupWatch.Listener {
    private final List<Set<String>> changes = new CopyOnWriteArrayList<>();
    private final List<GroupWatch.Outage> outages = new CopyOnWriteArrayList<>();

    List<Set<String>> changes() {
      return changes;
    }

    List<GroupWatch.Outage> outages() {
      return outages;
    }

    @Override
    public void looked(Snapshot snapshot, Set<String> changed) {
      changes.add(changed);
    }

    @Override
    public void failed(GroupWatch.Outage outage) {
      outages.add(outage);
    }
  }

  private static final class Defective implements GroupWatch.Listener {
    @Override
    public void looked(Snapshot snapshot, Set<String> changed) {
      throw new IllegalStateException("a defect");
    }

    @Override
    public void failed(GroupWatch.Outage outage) {
      throw new IllegalStateException("a defect");
    }
  }
}
