package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PoolUsageTest {
  private static final Instant START = Instant.parse("2026-02-03T04:05:06Z");
  private static final List<ContainerUsage> SOME = List.of(Usages.of("a", START, 1, 2));
  private static final List<ContainerUsage> MORE = List.of(Usages.of("a", START, 3, 4));

  private final SettableClock clock = new SettableClock(START);
  private final FakeStreams streams = new FakeStreams();
  private final AtomicInteger sweeps = new AtomicInteger();
  private final PoolUsage usage = new PoolUsage("burst", streams, clock);

  @Test
  void whoeverAsksWithinTenSecondsSharesASweep() throws InterruptedException {
    answering(SOME);
    assertThat(usage.latest()).isEqualTo(new UsageReading.Measured(START, SOME, false));
    answering(MORE);

    clock.advance(Duration.ofSeconds(10).minusNanos(1));
    assertThat(usage.latest()).isEqualTo(new UsageReading.Measured(START, SOME, false));
    clock.advance(Duration.ofNanos(1));
    assertThat(usage.latest())
        .isEqualTo(new UsageReading.Measured(START.plusSeconds(10), MORE, false));
    assertThat(sweeps).hasValue(2);
  }

  @Test
  void whoeverAsksAtOnceSharesASweep() throws Exception {
    var everybodyAsks = new CountDownLatch(20);
    streams.usage =
        () -> {
          sweeps.incrementAndGet();
          try {
            everybodyAsks.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return SOME;
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<UsageReading>>();
      for (int number = 0; number < 20; number++) {
        answers.add(
            threads.submit(
                () -> {
                  everybodyAsks.countDown();
                  return usage.latest();
                }));
      }
      for (var answer : answers) {
        assertThat(answer.get()).isEqualTo(new UsageReading.Measured(START, SOME, false));
      }
    }
    assertThat(sweeps).hasValue(1);
  }

  @Test
  void figuresAreToldForTwoMinutesAfterTheLastThatCouldBeRead() throws InterruptedException {
    answering(SOME);
    usage.latest();
    var failure = new BackendException.Unavailable("throttled", null);
    failing(failure);

    clock.advance(Duration.ofSeconds(10));
    assertThat(usage.latest()).isEqualTo(new UsageReading.Measured(START, SOME, true));
    clock.advance(Duration.ofSeconds(109));
    assertThat(usage.latest()).isEqualTo(new UsageReading.Measured(START, SOME, true));
    clock.advance(Duration.ofSeconds(1));
    assertThat(usage.latest()).isEqualTo(new UsageReading.Missing(failure));

    answering(MORE);
    clock.advance(Duration.ofSeconds(10));
    assertThat(usage.latest())
        .isEqualTo(new UsageReading.Measured(START.plusSeconds(130), MORE, false));
  }

  @Test
  void aFailureIsNotTriedAgainAtOnce() throws InterruptedException {
    failing(new BackendException.Unavailable("throttled", null));

    usage.latest();
    clock.advance(Duration.ofSeconds(9));
    usage.latest();

    assertThat(sweeps).hasValue(1);
  }

  @Test
  void aBugOfTheBackendIsAFailureAndNoHangUp() throws InterruptedException {
    streams.usage =
        () -> {
          throw new IllegalStateException("bug");
        };

    assertThat(usage.latest())
        .isInstanceOfSatisfying(
            UsageReading.Missing.class,
            missing -> assertThat(missing.why()).hasRootCauseMessage("bug"));
  }

  @Test
  void whatTheBackendDoesNotOfferIsMissing() throws InterruptedException {
    assertThat(usage.latest())
        .isInstanceOfSatisfying(
            UsageReading.Missing.class,
            missing -> assertThat(missing.why()).isInstanceOf(BackendException.Unsupported.class));
  }

  @Test
  void aSlowBackendKeepsNobodyWaiting() throws InterruptedException {
    var over = new CountDownLatch(1);
    var slow = new PoolUsage("burst", streams, clock, Duration.ofMillis(50));
    answering(SOME);
    slow.latest();
    streams.usage =
        () -> {
          try {
            over.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return MORE;
        };
    clock.advance(Duration.ofSeconds(10));

    assertThat(slow.latest()).isEqualTo(new UsageReading.Measured(START, SOME, false));
    clock.advance(Duration.ofSeconds(110));
    assertThat(slow.latest())
        .isInstanceOfSatisfying(
            UsageReading.Missing.class,
            missing ->
                assertThat(missing.why())
                    .hasMessage("the backend takes long to tell the usage of containers"));
    over.countDown();
  }

  private void answering(List<ContainerUsage> usages) {
    streams.usage =
        () -> {
          sweeps.incrementAndGet();
          return usages;
        };
  }

  private void failing(BackendException failure) {
    streams.usage =
        () -> {
          sweeps.incrementAndGet();
          throw failure;
        };
  }
}
