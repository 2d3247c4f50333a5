package io.virtualnodes.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * When each pod of a round was asked for, ran, was asked to go and was gone, as a watch saw it: the
 * times in the pods themselves are whole seconds. Pods are named {@code <round>-<number>}.
 */
final class PodTimes implements AutoCloseable {
  private static final ObjectReader EVENTS =
      new ObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .readerFor(Event.class);

  private final ApiServer api;
  private final String watch;
  // Nanoseconds of System.nanoTime, by the pod's number. Each has one writer; the latches hand them
  // over to readers.
  private final long[] created;
  private final long[] running;
  private final long[] deleted;
  private final long[] gone;
  private final boolean[] runs;
  private final CountDownLatch leftToRun;
  private final CountDownLatch leftToGo;
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private volatile long seen;
  private volatile Stream<String> events;
  private volatile boolean closed;
  private String version;

  private PodTimes(ApiServer api, String namespace, int pods) {
    this.api = api;
    this.watch = "/api/v1/namespaces/" + namespace + "/pods?watch=true&timeoutSeconds=3600";
    this.events = api.follow(watch);
    this.created = new long[pods];
    this.running = new long[pods];
    this.deleted = new long[pods];
    this.gone = new long[pods];
    this.runs = new boolean[pods];
    this.leftToRun = new CountDownLatch(pods);
    this.leftToGo = new CountDownLatch(pods);
  }

  /** Watches a namespace that has no pods yet, until it is closed. */
  static PodTimes watch(ApiServer api, String namespace, int pods) {
    var times = new PodTimes(api, namespace, pods);
    Thread.ofPlatform().daemon().name("watch of pods").start(times::read);
    return times;
  }

  void creates(int pod) {
    created[pod] = System.nanoTime();
  }

  void deletes(int pod) {
    deleted[pod] = System.nanoTime();
  }

  /** How long each pod took from the request to be seen running, once all do. */
  Phase awaitRunning(Duration patience) {
    await(leftToRun, patience, "ran");
    return Phase.of(created, running);
  }

  /** How long each pod took from the request to be seen gone, once all are. */
  Phase awaitGone(Duration patience) {
    await(leftToGo, patience, "were gone");
    return Phase.of(deleted, gone);
  }

  /** How many changes of pods were told so far. */
  long seen() {
    return seen;
  }

  private void await(CountDownLatch left, Duration patience, String what) {
    try {
      boolean done = left.await(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (failure.get() != null) {
        throw failure.get();
      }
      if (!done) {
        throw new AssertionError(
            left.getCount() + " of " + created.length + " pods never " + what + ": " + missing());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while pods " + what, e);
    }
  }

  private String missing() {
    var late =
        IntStream.range(0, created.length)
            .filter(pod -> !runs[pod] || deleted[pod] != 0 && gone[pod] == 0);
    return Arrays.toString(late.limit(10).toArray());
  }

  private void read() {
    try {
      while (!closed) {
        events.forEach(this::read);
        // The API server ends a watch that is read too slowly, such as on a machine that is busy,
        // and tells the rest to whoever comes again.
        events = api.follow(watch + (version == null ? "" : "&resourceVersion=" + version));
      }
    } catch (RuntimeException | AssertionError e) {
      // close() ends the watch this way; else somebody waits and is told at once.
      failure.set(new IllegalStateException("the watch of pods ended", e));
      LongStream.range(0, leftToRun.getCount()).forEach(_ -> leftToRun.countDown());
      LongStream.range(0, leftToGo.getCount()).forEach(_ -> leftToGo.countDown());
    }
  }

  private void read(String line) {
    long now = System.nanoTime();
    Event event;
    try {
      event = EVENTS.readValue(line);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not an event of a watch: " + line, e);
    }
    if (event.type().equals("ERROR")) {
      throw new AssertionError(line);
    }
    seen++;
    version = event.object().metadata().resourceVersion();
    var name = event.object().metadata().name();
    int pod = Integer.parseInt(name.substring(name.lastIndexOf('-') + 1));
    if (event.type().equals("DELETED")) {
      gone[pod] = now;
      leftToGo.countDown();
    } else if (!runs[pod] && "Running".equals(event.object().status().phase())) {
      runs[pod] = true;
      running[pod] = now;
      leftToRun.countDown();
    }
  }

  @Override
  public void close() {
    closed = true;
    events.close();
  }

  private record Event(String type, Seen object) {}

  private record Seen(Metadata metadata, Status status) {}

  private record Metadata(String name, String resourceVersion) {}

  private record Status(String phase) {}
}
