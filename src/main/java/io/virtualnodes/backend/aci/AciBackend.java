package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Capabilities;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupLocks;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.RegistryLogins;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.backend.supervisor.ReadinessCare;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs groups as container groups of Azure Container Instances.
 *
 * <p>Cost: a list a beat, one read for each creation and each stop, and of 1,000 groups some 70
 * reads a second at most, as far as Azure grants them.
 *
 * <p>A stop has Azure's own grace: how long a container has between SIGTERM and its end is not in
 * its API.
 */
public final class AciBackend implements Backend {
  private static final String API_VERSION = "2023-05-01";
  private static final Duration BEAT = Duration.ofSeconds(5);
  // How long Azure's list may take to know of a creation: a guess on the safe side, since it is not
  // documented.
  private static final Duration SETTLING = Duration.ofSeconds(10);
  // A stop that seems to have had no effect is asked for again after this.
  private static final Duration STOP_AGAIN = Duration.ofMinutes(1);
  private static final int LOCKS = 64;

  private static final Logger log = LoggerFactory.getLogger(AciBackend.class);

  private final AciPlace place;
  private final AciRules rules;
  private final InstantSource clock;
  private final AciRegions regions;
  private final AciRates rates;
  private final ArmClient azure;
  private final AciRequests requests;
  private final AciNames names;
  private final AciSeats seats;
  private final AciInventory inventory;
  private final AciStreams streams;
  private final ReadinessCare care;
  private final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  // One group's creation, stop and deletion exclude each other, by its name.
  private final GroupLocks locks = new GroupLocks(LOCKS);
  // When a group was stopped of our own accord, by name.
  private final Map<String, Instant> guarded = new ConcurrentHashMap<>();
  private volatile RegistryLogins logins = RegistryLogins.NONE;
  private final Shortage shortage = new Shortage();
  private volatile Holding holding = new Holding(0, 0);

  /**
   * How much of the quota this pool uses itself, by its last list.
   *
   * @param groups all that there are
   * @param cores of those that have not ended
   */
  private record Holding(int groups, double cores) {
    static Holding of(List<AciInventory.Seen> groups) {
      return new Holding(
          groups.size(),
          groups.stream()
              .filter(seen -> seen.observation().progress() != Progress.FINISHED)
              .flatMap(seen -> seen.azures().containers().stream())
              .mapToDouble(container -> container.resources().requests().cpu())
              .sum());
    }

    boolean isLessThan(Holding other) {
      return groups < other.groups || cores < other.cores;
    }
  }

  /**
   * Asks nothing of Azure yet.
   *
   * @throws BackendException.Unsupported if the settings contradict each other
   */
  public AciBackend(AciPlace place, AciRegions regions, InstantSource clock) {
    this(place, regions, clock, Thread::sleep, AciPorts.Dial.DIRECT);
  }

  /**
   * In a world of a test's.
   *
   * @param pause how time is let pass by the clock
   * @param dial how addresses of groups are reached
   */
  AciBackend(
      AciPlace place, AciRegions regions, InstantSource clock, Pause pause, AciPorts.Dial dial) {
    if (!place.contradictions().isEmpty()) {
      throw new BackendException.Unsupported(place.contradictions());
    }
    this.place = place;
    this.rules = new AciRules(place);
    this.clock = clock;
    this.regions = regions;
    this.rates = regions.of(place);
    this.requests = new AciRequests(place);
    this.names = requests.names();
    this.azure = new ArmClient(place, rates, clock);
    this.seats = new AciSeats(place);
    this.inventory = new AciInventory(azure, place, names, seats, rates, tasks, clock);
    var containers = new SeenContainers(inventory);
    this.streams =
        new AciStreams(
            names,
            inventory,
            containers,
            new LogReading(azure, containers, rates, clock, pause),
            new AciConversations(azure, containers, pause),
            new AciPorts(dial));
    this.care = new ReadinessCare(clock, this::changed);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        AciObservations.RUNTIME, API_VERSION, SETTLING, BEAT, Optional.empty(), rules.features());
  }

  @Override
  public void create(ContainerGroup group) {
    var refusals = rules.refusals(group);
    if (!refusals.isEmpty()) {
      throw new BackendException.Unsupported(refusals);
    }
    var name = names.group(group.id());
    locks.run(name, () -> create(name, group));
  }

  private void create(String name, ContainerGroup group) {
    var asked = clock.instant();
    double cores = AciSizes.of(group, place.unnamed()).cores();
    shortage.check(cores, asked);
    // Before the look: whoever waits in the line must not spend reads meanwhile. Nobody waits in
    // vain whose group is there already, since the lists show it.
    waitForTurn("creations", rates.creations().admit(name, asked));
    boolean sent = false;
    try {
      if (isThere(name)) {
        return;
      }
      var seat = seats.of(name, asked);
      var request =
          requests.of(group, new AciRequests.Terms(seat, loginsOf(group), logKey(), asked));
      inventory.made(name);
      sent = true;
      put(name, request, seat, cores);
    } finally {
      if (!sent) {
        rates.creations().giveBack(asked);
      }
    }
  }

  private void put(String name, ContainerGroupInner request, AciSeat seat, double cores) {
    try {
      azure.put(name, request);
    } catch (BackendException e) {
      boolean elsewhere = seats.failed(name, seat, e, clock.instant());
      if (e instanceof BackendException.NoCapacity refusal && !elsewhere) {
        shortage.refused(refusal, cores, clock.instant());
      }
      throw e;
    }
  }

  private static void waitForTurn(String what, Duration wait) {
    if (wait.isPositive()) {
      throw new BackendException.Unavailable(
          "Azure takes no more %s in this region for now; this one's turn comes in %d s"
              // Rounded up, so that nobody comes too early.
              .formatted(what, wait.plusMillis(999).toSeconds()),
          Optional.of(wait),
          null);
    }
  }

  /** Whether there is a group of that name already, with which its creation is done. */
  private boolean isThere(String name) {
    var found = azure.find(name);
    if (found.isEmpty()) {
      return false;
    }
    if (AciObservations.isBeingDeleted(found.get())) {
      throw new BackendException.Unavailable(
          "the group of an earlier try is still being deleted", null);
    }
    if (AciObservations.couldNotBeMade(found.get())) {
      // Azure would go on trying, and charge for it, beside whatever is tried next.
      azure.delete(name);
      inventory.gone(name);
      var failure = AciFailures.ofProvisioning(AciObservations.whyNotMade(found.get()));
      seats.left(name);
      seats.failed(name, AciSeat.of(found.get()), failure, clock.instant());
      throw failure;
    }
    return true;
  }

  private List<RegistryLogin> loginsOf(ContainerGroup group) {
    try {
      return group.containers().stream()
          .map(container -> container.image())
          .distinct()
          .flatMap(image -> logins.of(group.id(), group.owner(), image).stream())
          .toList();
    } catch (RegistryLogins.Unreadable e) {
      throw new BackendException.Unavailable(e.getMessage(), e);
    }
  }

  private Optional<String> logKey() {
    if (place.logs().isEmpty()) {
      return Optional.empty();
    }
    var logs = place.logs().get();
    try {
      return Optional.of(
          logs.key()
              .orElseThrow(
                  () ->
                      new BackendException.Denied(
                          ("spec.backends[].aci.logAnalytics: the operator has no key for workspace"
                                  + " %s; put it into its Secret log-analytics-keys, under that"
                                  + " name")
                              .formatted(logs.workspaceId()),
                          null)));
    } catch (IOException e) {
      throw new BackendException.Denied(
          "spec.backends[].aci.logAnalytics: the key of workspace %s cannot be read: %s"
              .formatted(logs.workspaceId(), e),
          e);
    }
  }

  @Override
  public void stop(GroupId id, Duration grace) {
    var name = names.group(id);
    locks.run(
        name,
        () -> {
          boolean runs =
              inventory
                  .find(name)
                  .filter(seen -> seen.observation().progress() != Progress.FINISHED)
                  .isPresent();
          if (runs) {
            azure.stop(name);
            inventory.readAgain(name);
          }
        });
  }

  @Override
  public void delete(GroupId id) {
    var name = names.group(id);
    rates.creations().leave(name);
    waitForTurn("deletions", rates.deletions().admit(name, clock.instant()));
    locks.run(
        name,
        () -> {
          azure.delete(name);
          inventory.gone(name);
          seats.left(name);
        });
  }

  @Override
  public List<Observation> list() {
    var groups = inventory.sweep();
    var held = Holding.of(groups);
    if (held.isLessThan(holding)) {
      shortage.freed();
    }
    holding = held;
    regions.remember(place, groups.stream().map(seen -> seen.observation().createdAt()).toList());
    guarded.keySet().retainAll(groups.stream().map(AciInventory.Seen::name).toList());
    groups.stream()
        .filter(seen -> AciObservations.mustBeStopped(seen.azures(), seen.observation()))
        .forEach(seen -> guard(seen.name()));
    return care.seen(
        groups.stream()
            .map(
                seen ->
                    new ReadinessCare.Group(
                        seen.observation(), AciTags.readiness(seen.azures().tags())))
            .toList());
  }

  /** Keeps Azure from starting anew what must not run again. A list must not wait for it. */
  private void guard(String name) {
    var now = clock.instant();
    var last = guarded.get(name);
    if (last != null && last.plus(STOP_AGAIN).isAfter(now)) {
      return;
    }
    guarded.put(name, now);
    try {
      tasks.execute(
          () -> {
            try {
              azure.stop(name);
              inventory.readAgain(name);
            } catch (BackendException e) {
              guarded.remove(name);
              log.atWarn()
                  .addKeyValue("group", name)
                  .addKeyValue("failure", e.getMessage())
                  .log("a group that must not run again could not be stopped, trying again");
            }
          });
    } catch (RejectedExecutionException e) {
      throw new BackendException.Unavailable("the backend was closed", e);
    }
  }

  /**
   * Of readiness only: what is asked of Azure takes seconds to show, and a look brought forward
   * would cost a list and show nothing.
   */
  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public void onIncident(Consumer<Incident> listener) {
    care.onIncident(listener);
  }

  private void changed() {
    listeners.forEach(Runnable::run);
  }

  @Override
  public void useLogins(RegistryLogins given) {
    logins = given;
  }

  @Override
  public List<ProbeTally> probes() {
    return care.probes();
  }

  @Override
  public Streams streams() {
    return streams;
  }

  @Override
  public Optional<Quota> quota() {
    return AciQuota.of(azure.usages(), inventory.held(), holding.cores());
  }

  @Override
  public void close() {
    care.close();
    streams.close();
    azure.close();
    tasks.shutdownNow();
  }
}
