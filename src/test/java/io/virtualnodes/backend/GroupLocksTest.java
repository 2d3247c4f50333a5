package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GroupLocksTest {
  private final GroupLocks locks = new GroupLocks(8);

  @Test
  void equalKeysHaveOneLockAndKeysAreSpreadOverAll() {
    assertThat(locks.of("vn-" + 1)).isSameAs(locks.of("vn-1"));
    assertThat(IntStream.range(-50, 50).mapToObj(locks::of).distinct()).hasSize(8);
  }

  @Test
  void nobodyElseHoldsTheLockMeanwhile() {
    var others = new boolean[2];
    locks.run("vn-1", () -> others[0] = getsLock("vn-1"));
    others[1] = getsLock("vn-1");

    assertThat(others).containsExactly(false, true);
  }

  @Test
  void theLockIsFreeAfterAFailure() {
    assertThatThrownBy(
            () ->
                locks.run(
                    "vn-1",
                    () -> {
                      throw new BackendException.Unavailable("no answer", null);
                    }))
        .isInstanceOf(BackendException.Unavailable.class);

    assertThat(getsLock("vn-1")).isTrue();
  }

  /** Whether another thread can take it at once. */
  private boolean getsLock(String key) {
    var got = new boolean[1];
    var other =
        Thread.ofVirtual()
            .start(
                () -> {
                  var lock = locks.of(key);
                  got[0] = lock.tryLock();
                  if (got[0]) {
                    lock.unlock();
                  }
                });
    try {
      other.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return got[0];
  }
}
