package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.simulated.DrivenClock;
import io.virtualnodes.backend.simulated.Share;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import io.virtualnodes.backend.simulated.Spread;
import io.virtualnodes.emulator.arm.ArmEmulator;
import io.virtualnodes.emulator.arm.Limits;
import io.virtualnodes.emulator.arm.MachineTerminals;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** A pool at an emulated Azure whose containers are simulated and whose time is passed. */
final class AciSubject implements BackendSubject {
  private static final Spread START_LATENCY =
      new Spread(Duration.ofSeconds(3), Duration.ofSeconds(5));
  // Set by whoever wants to hold all requests and answers against Azure's published API.
  private static final Optional<Path> RECORD =
      Optional.ofNullable(System.getProperty("emulator.record")).map(Path::of);

  private static final Duration STEP = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final String pool;
  private final DrivenClock clock;
  private final Backend containers;
  private final ArmEmulator azure;
  private final boolean ownsAzure;
  private final UnaryOperator<PlaceBuilder> shape;
  private AciBackend backend;
  private Optional<AciSubject> neighbour = Optional.empty();

  AciSubject(String pool, Limits limits) {
    this(pool, limits, UnaryOperator.identity());
  }

  /**
   * @param shape what is other in the pool's settings
   */
  AciSubject(String pool, Limits limits, UnaryOperator<PlaceBuilder> shape) {
    this.pool = pool;
    this.shape = shape;
    this.clock = new DrivenClock();
    this.containers = containers(clock);
    this.azure =
        new ArmEmulator(0, limits, containers, new MachineTerminals(containers), clock, RECORD);
    this.ownsAzure = true;
    this.backend = open();
  }

  private AciSubject(String pool, DrivenClock clock, Backend containers, ArmEmulator azure) {
    this.pool = pool;
    this.clock = clock;
    this.containers = containers;
    this.azure = azure;
    this.shape = UnaryOperator.identity();
    this.ownsAzure = false;
    this.backend = open();
  }

  private static Backend containers(DrivenClock clock) {
    return new SimulatedBackend(
        new SimulatedBackend.Settings(
            ArmEmulator.POOL,
            1,
            START_LATENCY,
            Optional.empty(),
            Share.NEVER,
            List.of("missing/*"),
            Optional.empty(),
            Optional.empty(),
            SimulatedBackend.Faults.NONE),
        new SimulatedCloud(Optional.empty()),
        clock,
        clock::pass);
  }

  private AciBackend open() {
    return new AciBackend(place(), new AciRegions(clock), clock, clock::pass, this::dial);
  }

  /** The addresses of simulated containers are in no network: the simulation answers for them. */
  private Link dial(String address, int port) throws IOException, InterruptedException {
    var group =
        containers.list().stream()
            .filter(one -> one.addresses().contains(address))
            .findFirst()
            .orElseThrow(() -> new NoRouteToHostException("No route to host"));
    try {
      return containers.streams().ports(group.id()).orElseThrow().connect(port);
    } catch (IOException e) {
      throw (ConnectException) new ConnectException("Connection refused").initCause(e);
    }
  }

  AciPlace place() {
    return shape
        .apply(
            new PlaceBuilder()
                .of(pool, "uid-of-" + pool)
                .at(azure.address(), "11111111-2222-3333-4444-555555555555"))
        .build();
  }

  ArmEmulator azure() {
    return azure;
  }

  /** What the group is called at Azure. */
  String name(GroupId id) {
    return new AciNames(pool, place().poolUid()).group(id);
  }

  @Override
  public String pool() {
    return pool;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public void restart() {
    backend.close();
    backend = open();
  }

  @Override
  public BackendSubject neighbour() {
    neighbour =
        Optional.of(
            neighbour.orElseGet(
                () -> new AciSubject(pool + "-neighbour", clock, containers, azure)));
    return neighbour.get();
  }

  @Override
  public String missingImage() {
    return "missing/image:1";
  }

  @Override
  public boolean showsLogs() {
    return true;
  }

  @Override
  public boolean runsSidecars() {
    return false;
  }

  @Override
  public boolean keepsOwnRestarts() {
    return false;
  }

  @Override
  public Optional<Duration> ownGrace() {
    return Optional.of(Limits.USUAL.stopGrace());
  }

  @Override
  public int copies(GroupId id) {
    return azure.count(
        Map.of("virtualnodes-pool-uid", place().poolUid(), "virtualnodes-group", id.toString()));
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public void pass(Duration time) {
    clock.pass(time);
  }

  @Override
  public Observation await(GroupId id, Predicate<Observation> wanted) {
    return clock.await(backend, id, wanted, STEP, PATIENCE);
  }

  @Override
  public boolean losingAnswer(int nth, Runnable requests) {
    azure.faults().loseAnswer(nth);
    requests.run();
    return azure.faults().forgetLoss();
  }

  @Override
  public void cutOff() {
    azure.faults().unreachable(true);
  }

  @Override
  public void reconnect() {
    azure.faults().unreachable(false);
  }

  @Override
  public void close() {
    neighbour.ifPresent(AciSubject::close);
    backend.close();
    if (ownsAzure) {
      azure.close();
    }
  }
}
