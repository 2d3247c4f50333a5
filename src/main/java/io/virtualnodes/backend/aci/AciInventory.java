package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import com.azure.resourcemanager.containerinstance.models.IpAddress;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which groups of a pool Azure holds and how they are: one list, and reads of those that the {@link
 * ReadingPlan} names. What a read showed is remembered until the next; a group that cannot be read
 * stays as it was. Used by many threads: of two readings of a group the later one stays.
 */
final class AciInventory {
  // For launches, ends and logs, which people wait for.
  private static final int READS_KEPT_BACK = 50;
  // A deletion that takes longer than this has failed, and what is still there must be seen.
  private static final Duration LONGEST_DELETION = Duration.ofMinutes(10);
  // As many as Azure answers well at once.
  private static final int READS_AT_ONCE = 16;

  private static final Logger log = LoggerFactory.getLogger(AciInventory.class);

  private final ArmClient azure;
  private final AciPlace place;
  private final AciNames names;
  private final AciSeats seats;
  private final AciRates rates;
  private final ExecutorService tasks;
  private final InstantSource clock;
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();
  // What was deleted, and when: Azure may show it for a while as if it were not.
  private final Map<String, Instant> deleted = new ConcurrentHashMap<>();

  /**
   * A group of this pool as it was seen last.
   *
   * @param azures what Azure said of it
   * @param listing what the list said when it was read; empty if it was never read
   * @param readAt when the reading began
   * @param changedAt when a reading last showed something new
   */
  record Seen(
      String name,
      Observation observation,
      ContainerGroupInner azures,
      Optional<Listing> listing,
      Instant readAt,
      Instant changedAt) {}

  /** What a list says that can change. */
  record Listing(String provisioningState, String address) {
    static Listing of(ContainerGroupInner group) {
      return new Listing(
          Objects.toString(group.provisioningState(), ""),
          Optional.ofNullable(group.ipAddress()).map(IpAddress::ip).orElse(""));
    }
  }

  private record Listed(ContainerGroupInner group, AciTags tags) {}

  AciInventory(
      ArmClient azure,
      AciPlace place,
      AciNames names,
      AciSeats seats,
      AciRates rates,
      ExecutorService tasks,
      InstantSource clock) {
    this.azure = azure;
    this.place = place;
    this.names = names;
    this.seats = seats;
    this.rates = rates;
    this.tasks = tasks;
    this.clock = clock;
  }

  /** Every group of the pool that is not being deleted. */
  List<Seen> sweep() {
    var began = clock.instant();
    var listed = new LinkedHashMap<String, Listed>();
    var all = azure.list();
    seats.listed(all, began);
    for (var group : all) {
      ours(group).ifPresent(tags -> listed.put(group.name(), new Listed(group, tags)));
    }
    // What was seen of a group after the list began is newer than its absence from it.
    seen.values().removeIf(one -> !listed.containsKey(one.name()) && one.readAt().isBefore(began));
    deleted.values().removeIf(at -> at.plus(LONGEST_DELETION).isBefore(began));
    var gone = read(listed, began);
    return listed.entrySet().stream()
        .filter(entry -> !gone.contains(entry.getKey()))
        .map(
            entry ->
                Optional.ofNullable(seen.get(entry.getKey()))
                    .orElseGet(() -> unread(entry.getValue(), began)))
        .toList();
  }

  /** One group as it is now, if there is one that is not being deleted. */
  Optional<Seen> find(String name) {
    var began = clock.instant();
    return azure
        .find(name)
        .flatMap(
            group ->
                ours(group).map(tags -> keep(new Listed(group, tags), Optional.empty(), began)));
  }

  /** One group as it was read last, which asks nobody. */
  Optional<Seen> known(String name) {
    return Optional.ofNullable(seen.get(name));
  }

  /** Something was asked of a group that shows soon: it is read at the next sweep, and often. */
  void readAgain(String name) {
    var now = clock.instant();
    seen.computeIfPresent(
        name,
        (_, known) ->
            new Seen(
                name, known.observation(), known.azures(), Optional.empty(), known.readAt(), now));
  }

  /** A group was deleted, and is not shown any more. */
  void gone(String name) {
    seen.remove(name);
    deleted.put(name, clock.instant());
  }

  /** A group was asked for. */
  void made(String name) {
    deleted.remove(name);
  }

  /** Whether a group was deleted a short while ago. */
  boolean isGone(String name) {
    return Optional.ofNullable(deleted.get(name))
        .filter(at -> at.plus(LONGEST_DELETION).isAfter(clock.instant()))
        .isPresent();
  }

  private Optional<AciTags> ours(ContainerGroupInner group) {
    return AciTags.of(group.tags())
        .filter(tags -> tags.poolUid().equals(place.poolUid()))
        // Tags can be copied, and what is copied is not ours.
        .filter(tags -> names.group(tags.group()).equalsIgnoreCase(group.name()))
        .filter(_ -> !AciObservations.isBeingDeleted(group) && !isGone(group.name()));
  }

  /**
   * @return names of those that turned out to be gone
   */
  private java.util.Set<String> read(Map<String, Listed> listed, Instant now) {
    var candidates =
        listed.entrySet().stream()
            .map(entry -> candidate(entry.getKey(), entry.getValue()))
            .toList();
    int most = rates.reads().available(now) - READS_KEPT_BACK;
    var due = ReadingPlan.due(candidates, most, now);
    var gone = ConcurrentHashMap.<String>newKeySet();
    var atOnce = new Semaphore(READS_AT_ONCE);
    var reads =
        due.stream().map(name -> submit(() -> readOne(listed.get(name), atOnce, gone))).toList();
    int failed = 0;
    Optional<String> failure = Optional.empty();
    for (var read : reads) {
      try {
        read.get();
      } catch (java.util.concurrent.ExecutionException e) {
        if (!(e.getCause() instanceof BackendException cause)) {
          throw new IllegalStateException("a read fails in no such way", e.getCause());
        }
        failed++;
        failure = Optional.of(cause.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BackendException.Unavailable("interrupted while groups were read", e);
      }
    }
    if (failed > 0) {
      log.atWarn()
          .addKeyValue("pool", place.pool())
          .addKeyValue("groups", failed)
          .addKeyValue("failure", failure.orElse(""))
          .log("groups could not be read and are shown as they were");
    }
    return gone.stream().collect(Collectors.toSet());
  }

  private java.util.concurrent.Future<?> submit(Runnable read) {
    try {
      return tasks.submit(read);
    } catch (RejectedExecutionException e) {
      throw new BackendException.Unavailable("the backend was closed", e);
    }
  }

  private ReadingPlan.Candidate candidate(String name, Listed listed) {
    var known = seen.get(name);
    return known == null
        ? new ReadingPlan.Candidate(name, true, false, Instant.MIN, Instant.MIN)
        : new ReadingPlan.Candidate(
            name,
            known.listing().filter(Listing.of(listed.group())::equals).isEmpty(),
            known.observation().progress() == Progress.FINISHED,
            known.readAt(),
            known.changedAt());
  }

  private void readOne(Listed listed, Semaphore atOnce, java.util.Set<String> gone) {
    atOnce.acquireUninterruptibly();
    try {
      var began = clock.instant();
      var name = listed.group().name();
      var group = azure.find(name).filter(found -> ours(found).isPresent());
      if (group.isEmpty()) {
        gone.add(name);
        seen.remove(name);
        return;
      }
      keep(new Listed(group.get(), listed.tags()), Optional.of(Listing.of(listed.group())), began);
    } finally {
      atOnce.release();
    }
  }

  private Seen keep(Listed read, Optional<Listing> listing, Instant began) {
    return seen.compute(
        read.group().name(),
        (name, before) -> {
          if (before != null && before.readAt().isAfter(began)) {
            return before;
          }
          var last = Optional.ofNullable(before);
          var observation =
              AciObservations.observe(read.group(), read.tags(), last.map(Seen::observation));
          boolean changed = last.filter(known -> known.observation().equals(observation)).isEmpty();
          return new Seen(
              name,
              observation,
              read.group(),
              listing.or(() -> last.flatMap(Seen::listing)),
              began,
              changed ? began : last.get().changedAt());
        });
  }

  private static Seen unread(Listed listed, Instant began) {
    return new Seen(
        listed.group().name(),
        AciObservations.observe(listed.group(), listed.tags(), Optional.empty()),
        listed.group(),
        Optional.empty(),
        began,
        began);
  }
}
