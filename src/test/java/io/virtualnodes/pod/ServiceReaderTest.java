package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ServiceReaderTest {
  private final AtomicInteger lists = new AtomicInteger();

  /** Each list has one Service, named after the namespace and the list's number. */
  private List<Service> list(String namespace) {
    return List.of(
        new ServiceBuilder()
            .withNewMetadata()
            .withName(namespace + "-" + lists.incrementAndGet())
            .endMetadata()
            .build());
  }

  private static String name(List<Service> services) {
    return services.getFirst().getMetadata().getName();
  }

  @Test
  void whoAsksLaterIsAnsweredAnew() {
    var reader = new ServiceReader(this::list);

    assertThat(name(reader.services("shop"))).isEqualTo("shop-1");
    assertThat(name(reader.services("shop"))).isEqualTo("shop-2");
    assertThat(name(reader.services("bank"))).isEqualTo("bank-3");
  }

  @Test
  void thoseWhoAskWhileAListIsOnItsWayShareTheNextOne() throws Exception {
    var listing = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var reader =
        new ServiceReader(
            namespace -> {
              var services = list(namespace);
              listing.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return services;
            });
    var first = new FutureTask<>(() -> name(reader.services("shop")));
    Thread.ofPlatform().start(first);
    listing.await();
    var others = new ArrayList<FutureTask<String>>();
    var waiting = new ArrayList<Thread>();
    for (int i = 0; i < 5; i++) {
      var other = new FutureTask<>(() -> name(reader.services("shop")));
      others.add(other);
      waiting.add(Thread.ofPlatform().start(other));
    }
    await()
        .until(
            () -> waiting.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));

    goOn.countDown();

    assertThat(first.get()).isEqualTo("shop-1");
    for (var other : others) {
      assertThat(other.get()).isEqualTo("shop-2");
    }
  }
}
