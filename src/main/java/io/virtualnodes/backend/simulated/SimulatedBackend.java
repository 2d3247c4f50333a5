package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Capabilities;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.Price;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.Quota.Counts;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.backend.simulated.SimulatedGroup.SimulatedContainer;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Behaves as a service that runs groups, and runs none. What becomes of a group, and which calls
 * fail, follows from the seed and from what is asked, so that a run repeats.
 */
public final class SimulatedBackend implements Backend {
  private static final String VERSION = "1";
  private static final String NOTICE = "A simulation: no container really runs here";

  // Hints bring looks forward; this is for what they miss.
  private static final Duration BEAT = Duration.ofSeconds(2);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** When a group that gets lost does, after its start. */
  private static final Spread LOST_AFTER =
      new Spread(Duration.ofSeconds(20), Duration.ofMinutes(2));

  private final Settings settings;
  private final Holdings holdings;
  private final Dice dice;
  private final InstantSource clock;
  private final Pause pause;
  private final Hints hints;
  private final SimulatedStreams streams;
  // How often each call was made for each group, so that a repeated call has another chance.
  private final ConcurrentMap<Object, ConcurrentMap<String, AtomicInteger>> calls =
      new ConcurrentHashMap<>();

  private volatile boolean closed;

  /**
   * @param pool whose groups they are; others' are neither seen nor touched
   * @param seed the same seed and the same requests have the same outcome
   * @param startLatency from accepting a group to the start of its containers
   * @param runTime of commands that are not understood; absent: until they are stopped
   * @param failing how many of these end with 1
   * @param missingImages that are never found: names, or beginnings of names with a {@code *} at
   *     the end
   * @param price what groups cost by what they request; absent: nothing is said
   * @param quota what may run in all; absent: no end of it
   */
  public record Settings(
      String pool,
      long seed,
      Spread startLatency,
      Optional<Spread> runTime,
      Share failing,
      List<String> missingImages,
      Optional<Quota> quota,
      Optional<Rates> price,
      Faults faults) {
    public Settings {
      missingImages = List.copyOf(missingImages);
    }
  }

  /** What a core and a GiB of memory cost for an hour. */
  public record Rates(BigDecimal cpuHour, BigDecimal memoryGiBHour, String currency) {
    private static final BigDecimal GIB = BigDecimal.valueOf(1L << 30);
    private static final BigDecimal CORE = BigDecimal.valueOf(1000);

    Price of(long milliCpu, long memoryBytes) {
      var cpu = cpuHour.multiply(BigDecimal.valueOf(milliCpu)).divide(CORE);
      var memory =
          memoryGiBHour
              .multiply(BigDecimal.valueOf(memoryBytes))
              .divide(GIB, MathContext.DECIMAL64);
      return new Price(cpu.add(memory), currency);
    }
  }

  /**
   * What goes wrong at the service, each in a share of the calls or groups.
   *
   * @param throttled calls refused for being too many
   * @param answerLost calls that do what they are asked and then seem to fail
   * @param noCapacity requests for a group that find no room
   * @param groupLost groups that vanish some time after they started
   * @param staleLists lists that show what was {@code staleBy} ago
   * @param staleBy how far a stale list lags; also how long absence proves nothing
   * @param slowLists lists that take {@code slowBy} longer
   */
  public record Faults(
      Share throttled,
      Share answerLost,
      Share noCapacity,
      Share groupLost,
      Share staleLists,
      Duration staleBy,
      Share slowLists,
      Duration slowBy) {
    public static final Faults NONE =
        new Faults(
            Share.NEVER,
            Share.NEVER,
            Share.NEVER,
            Share.NEVER,
            Share.NEVER,
            Duration.ZERO,
            Share.NEVER,
            Duration.ZERO);

    public Faults {
      if (staleBy.compareTo(Holdings.REMEMBERED) > 0) {
        throw new IllegalArgumentException(
            "lists must not lag by more than " + Holdings.REMEMBERED + ": " + staleBy);
      }
    }
  }

  /**
   * @param pause how a slow answer is waited for
   * @throws BackendException.Denied if the pool's journal cannot be read
   */
  public SimulatedBackend(
      Settings settings, SimulatedCloud cloud, InstantSource clock, Pause pause) {
    this.settings = settings;
    this.holdings = cloud.of(settings.pool());
    this.dice = new Dice(settings.seed());
    this.clock = clock;
    this.pause = pause;
    this.hints = new Hints(holdings, clock);
    this.streams = new SimulatedStreams(settings.pool(), holdings, clock, pause, this::ask);
    var now = clock.instant();
    holdings.at(now, now).forEach(hints::expect);
  }

  @Override
  public Capabilities capabilities() {
    boolean lags = settings.faults().staleLists().of() > 0;
    return new Capabilities(
        Timeline.RUNTIME,
        VERSION,
        lags ? settings.faults().staleBy() : Duration.ZERO,
        BEAT,
        Optional.of(NOTICE),
        SimulatedRules.FEATURES);
  }

  @Override
  public void create(ContainerGroup group) {
    var refusals = SimulationHints.refusals(group);
    if (!refusals.isEmpty()) {
      throw new BackendException.Unsupported(refusals);
    }
    ask(
        "create",
        group.id(),
        () -> {
          var now = clock.instant();
          if (holdings.find(group.id(), now).isPresent()) {
            return null;
          }
          int nth = count("room", group.id());
          if (dice.happens(settings.faults().noCapacity(), "noCapacity", group.id() + "/" + nth)) {
            throw new BackendException.NoCapacity("simulated: no capacity at the moment", null);
          }
          boolean accepted =
              holdings.accept(
                  group.id(), now, address -> accepted(group.at(List.of(address)), address, now));
          if (accepted) {
            holdings.find(group.id(), now).ifPresent(hints::expect);
            hints.now();
          }
          return null;
        });
  }

  private SimulatedGroup accepted(ContainerGroup group, String address, Instant now) {
    long milliCpu = group.requests().milliCpu();
    long memory = group.requests().memoryBytes();
    settings.quota().ifPresent(quota -> checkRoom(quota, milliCpu, memory, now));
    var starts = now.plus(settings.startLatency().draw(dice.about("start", group.id())));
    boolean vanishes = dice.happens(settings.faults().groupLost(), "lost", group.id());
    return new SimulatedGroup(
        group.id(),
        group.owner(),
        group.restartPolicy(),
        group.grace(),
        now,
        starts,
        vanishes
            ? Optional.of(starts.plus(LOST_AFTER.draw(dice.about("lostAfter", group.id()))))
            : Optional.empty(),
        address,
        milliCpu,
        memory,
        settings.price().map(rates -> rates.of(milliCpu, memory)),
        group.containers().stream().map(one -> container(group.id(), one)).toList(),
        Optional.empty(),
        Optional.empty());
  }

  private SimulatedContainer container(GroupId id, ContainerSpec container) {
    var one = id + "/" + container.name();
    return new SimulatedContainer(
        container.name(),
        container.part(),
        container.restarts(),
        container.image(),
        settings.missingImages().stream().anyMatch(name -> matches(name, container.image())),
        Stream.concat(container.command().stream(), container.arguments().stream()).toList(),
        settings.runTime().map(spread -> spread.draw(dice.about("runTime", one))),
        dice.happens(settings.failing(), "failing", one) ? 1 : 0,
        Pace.of(container.care()),
        Optional.of(Load.of(container.requests(), SimulationHints.load(container))),
        SimulationHints.ports(container));
  }

  private static boolean matches(String name, String image) {
    return name.endsWith("*")
        ? image.startsWith(name.substring(0, name.length() - 1))
        : image.equals(name);
  }

  private void checkRoom(Quota quota, long milliCpu, long memoryBytes, Instant now) {
    // Looking at every group to see which of them run is for when it matters.
    if (holdings.present().plus(milliCpu, memoryBytes).fits(quota)) {
      return;
    }
    boolean roomBesideRunning = holdings.running(now).plus(milliCpu, memoryBytes).fits(quota);
    boolean endedInTheWay =
        quota.counts() == Counts.UNTIL_DELETED && holdings.present().groups() >= quota.groups();
    if (!roomBesideRunning || endedInTheWay) {
      throw new BackendException.NoCapacity(
          "simulated: the quota of %dm CPU, %d bytes of memory and %d groups is used up"
              .formatted(quota.milliCpu(), quota.memoryBytes(), quota.groups()),
          roomBesideRunning ? Counts.UNTIL_DELETED : Counts.RUNNING,
          null);
    }
  }

  @Override
  public void stop(GroupId id, Duration grace) {
    ask(
        "stop",
        id,
        () -> {
          var now = clock.instant();
          holdings.stop(id, now, grace);
          holdings.find(id, now).ifPresent(hints::expect);
          hints.now();
          return null;
        });
  }

  @Override
  public void delete(GroupId id) {
    ask(
        "delete",
        id,
        () -> {
          holdings.delete(id, clock.instant());
          hints.now();
          return null;
        });
    calls.remove(id);
  }

  @Override
  public List<Observation> list() {
    return ask(
        "list",
        settings.pool(),
        () -> {
          int nth = count("state", settings.pool());
          var faults = settings.faults();
          var now = clock.instant();
          var shown =
              dice.happens(faults.staleLists(), "stale", nth) ? now.minus(faults.staleBy()) : now;
          var groups =
              holdings.at(shown, now).stream()
                  .map(group -> Timeline.of(group, shown).observation())
                  .toList();
          if (dice.happens(faults.slowLists(), "slow", nth)) {
            passSlowly(faults.slowBy());
          }
          return groups;
        });
  }

  @Override
  public void onChange(Runnable listener) {
    hints.listen(listener);
  }

  @Override
  public Streams streams() {
    return streams;
  }

  @Override
  public Optional<Quota> quota() {
    return settings.quota();
  }

  /** A call to the service, with what can go wrong with any. */
  private <T> T ask(String call, Object about, Supplier<T> answer) {
    if (closed) {
      throw new BackendException.Unavailable("the backend was closed", null);
    }
    var attempt = call + " " + about + "/" + count(call, about);
    if (dice.happens(settings.faults().throttled(), "throttled", attempt)) {
      throw new BackendException.Unavailable(
          "simulated: too many requests", Optional.of(RETRY_AFTER), null);
    }
    T answered;
    try {
      answered = answer.get();
    } catch (UncheckedIOException e) {
      throw new BackendException.Unavailable(e.getMessage() + ": " + e.getCause().getMessage(), e);
    }
    if (dice.happens(settings.faults().answerLost(), "answerLost", attempt)) {
      throw new BackendException.Unavailable("simulated: the answer was lost", null);
    }
    return answered;
  }

  private int count(String call, Object about) {
    return calls
        .computeIfAbsent(about, _ -> new ConcurrentHashMap<>())
        .computeIfAbsent(call, _ -> new AtomicInteger())
        .incrementAndGet();
  }

  private void passSlowly(Duration time) {
    try {
      pause.pass(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackendException.Unavailable("interrupted while the service was slow", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    hints.close();
  }
}
