package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceList;
import io.fabric8.kubernetes.api.model.ServiceListBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ServiceReaderTest {
  private final List<String> lists = new ArrayList<>();
  private volatile long serverIsAt;
  private Instant now = Instant.parse("2026-11-26T12:00:00Z");
  private final ServiceReader reader = new ServiceReader(this::list, () -> now);

  private ServiceList list(String namespace, String notOlderThan) {
    lists.add(namespace + " not older than " + notOlderThan);
    return new ServiceListBuilder()
        .withNewMetadata()
        .withResourceVersion(Long.toString(serverIsAt))
        .endMetadata()
        .build();
  }

  private static Pod pod(String namespace, long version) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withResourceVersion(Long.toString(version))
        .endMetadata()
        .build();
  }

  @Test
  void aListIsSharedByThosePodsThatAreNotNewer() {
    serverIsAt = 101;
    reader.services(pod("shop", 99));
    reader.services(pod("shop", 101));
    reader.services(pod("shop", 100));
    serverIsAt = 1000;
    reader.services(pod("shop", 102));
    reader.services(pod("shop", 999));

    assertThat(lists).containsExactly("shop not older than 99", "shop not older than 102");
  }

  @Test
  void everyNamespaceHasItsOwn() {
    serverIsAt = 101;
    reader.services(pod("shop", 99));
    reader.services(pod("bank", 99));

    assertThat(lists).containsExactly("shop not older than 99", "bank not older than 99");
  }

  @Test
  void aListIsKeptForAWhileOnly() {
    serverIsAt = 101;
    reader.services(pod("shop", 99));
    now = now.plus(ServiceReader.KEPT);
    reader.services(pod("shop", 99));
    assertThat(lists).hasSize(1);

    now = now.plusMillis(1);
    reader.services(pod("shop", 99));
    assertThat(lists).hasSize(2);
  }

  @Test
  void thoseWhoAskWhileAListIsOnItsWayWaitForIt() throws Exception {
    var listing = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    serverIsAt = 101;
    var slow =
        new ServiceReader(
            (namespace, notOlderThan) -> {
              listing.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return list(namespace, notOlderThan);
            },
            () -> now);
    var answers = new ArrayList<FutureTask<ServiceList>>();
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 5; i++) {
      var answer = new FutureTask<>(() -> slow.services(pod("shop", 99)));
      answers.add(answer);
      threads.add(Thread.ofPlatform().start(answer));
    }
    listing.await();
    await()
        .until(
            () -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));

    goOn.countDown();

    for (var answer : answers) {
      assertThat(answer.get()).isSameAs(answers.getFirst().get());
    }
    assertThat(lists).hasSize(1);
  }
}
