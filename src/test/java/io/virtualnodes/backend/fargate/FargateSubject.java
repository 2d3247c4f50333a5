package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.simulated.DrivenClock;
import io.virtualnodes.emulator.ecs.Containers;
import io.virtualnodes.emulator.ecs.EcsEmulator;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.SimulatedContainers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import software.amazon.awssdk.services.ecs.model.Task;

/** A pool at an emulated ECS whose containers are simulated and whose time is passed. */
final class FargateSubject implements BackendSubject {
  private static final String CLUSTER = "virtual-nodes";
  private static final String LOG_GROUP = "/virtual-nodes/pods";
  private static final String EVENTS = "events";
  private static final Duration STEP = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final String pool;
  private final DrivenClock clock;
  private final Pause pause;
  private final EcsEmulator aws;
  private final boolean ownsAws;
  private FargatePlace.CapacityOrder capacity;
  private Optional<String> queue = Optional.empty();
  private FargateBackend backend;
  private Optional<FargateSubject> neighbour = Optional.empty();

  FargateSubject(String pool, Limits limits) {
    this(pool, limits, List.of(FargatePlace.Capacity.ON_DEMAND));
  }

  FargateSubject(String pool, Limits limits, List<FargatePlace.Capacity> capacity) {
    this(pool, limits, capacity, Optional.empty());
  }

  /**
   * @param record where requests and answers are written down, without what is secret
   */
  FargateSubject(
      String pool, Limits limits, List<FargatePlace.Capacity> capacity, Optional<Path> record) {
    this.pool = pool;
    this.clock = new DrivenClock();
    this.pause = clock::pass;
    this.aws =
        new EcsEmulator(0, limits, new SimulatedContainers(clock, clock::pass), clock, record);
    this.ownsAws = true;
    this.capacity = new FargatePlace.CapacityOrder.Fixed(capacity);
    aws.prepare(CLUSTER, LOG_GROUP);
    this.backend = open();
  }

  /**
   * @param containers whose time is this clock's
   * @param pause in which the backend waits
   */
  FargateSubject(
      String pool, Limits limits, DrivenClock clock, Containers containers, Pause pause) {
    this.pool = pool;
    this.clock = clock;
    this.pause = pause;
    this.aws = new EcsEmulator(0, limits, containers, clock, Optional.empty());
    this.ownsAws = true;
    this.capacity = new FargatePlace.CapacityOrder.Fixed(FargatePlace.Capacity.ON_DEMAND);
    aws.prepare(CLUSTER, LOG_GROUP);
    this.backend = open();
  }

  private FargateSubject(String pool, FargateSubject other) {
    this.pool = pool;
    this.clock = other.clock;
    this.pause = other.pause;
    this.aws = other.aws;
    this.ownsAws = false;
    this.capacity = other.capacity;
    this.backend = open();
  }

  private FargateBackend open() {
    return new FargateBackend(place(), new FargateRegions(), clock, pause);
  }

  FargatePlace place() {
    var usual = Fargates.place();
    return new FargatePlace(
        pool,
        "uid-of-" + pool,
        Optional.of(aws.endpoint()),
        usual.region(),
        CLUSTER,
        List.of("subnet-0a1b2c3d", "subnet-0b1c2d3e"),
        List.of("sg-0a1b2c3d"),
        false,
        capacity,
        usual.architecture(),
        usual.executionRole(),
        List.of(),
        LOG_GROUP,
        "public.ecr.aws/docker/library/busybox:1.37.0",
        usual.unnamed(),
        List.of(),
        Map.of(),
        queue);
  }

  /** From now on tasks are tried in another order of capacity. */
  void use(FargatePlace.CapacityOrder order) {
    capacity = order;
    restart();
  }

  /** From now on the backend hears of what happens to tasks. */
  void hear() {
    queue = Optional.of(aws.deliverEvents(CLUSTER, EVENTS));
    restart();
  }

  /** Whether it has heard all that there was to hear. */
  boolean hasHeardAll() {
    return aws.waiting(EVENTS) == 0;
  }

  EcsEmulator aws() {
    return aws;
  }

  /** How many requests there were, such as {@code RunTask 200}. */
  int count(String call) {
    return aws.traffic().counts().getOrDefault(call, 0);
  }

  /**
   * Asks again, each time when it is told to, until its turn has come.
   *
   * @param most how often at most
   */
  void patiently(int most, Runnable request) {
    for (int tries = 0; tries < most; tries++) {
      try {
        request.run();
        return;
      } catch (Unavailable e) {
        pass(e.retryAfter().orElseThrow(() -> e));
      }
    }
    throw new AssertionError("its turn never came");
  }

  /** How many first tasks of a group were not asked to stop, without a request to ECS. */
  int firstTasks(GroupId id) {
    return aws.count(FargateLaunch.first(place().poolUid(), id).text());
  }

  /** The tasks of a group that were not asked to stop. */
  List<Task> tasks(GroupId id) {
    return Fargates.tasks(place(), clock, id);
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
    neighbour = Optional.of(neighbour.orElseGet(() -> new FargateSubject(pool + "-other", this)));
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
  public boolean restartsGroupsAsAWhole() {
    return true;
  }

  @Override
  public boolean reachesAddresses() {
    return false;
  }

  /** That of the group, which is the usual one. */
  @Override
  public Optional<Duration> ownGrace() {
    return Optional.of(Duration.ofSeconds(30));
  }

  /**
   * ECS goes on showing tasks that have ended, of groups that were deleted too: one that has ended
   * counts as long as the backend shows it.
   */
  @Override
  public int copies(GroupId id) {
    int running = tasks(id).size();
    boolean shown = backend.list().stream().anyMatch(group -> group.id().equals(id));
    return running == 0 && shown ? 1 : running;
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
    aws.faults().loseAnswer(nth);
    requests.run();
    return aws.faults().forgetLoss();
  }

  @Override
  public void cutOff() {
    aws.faults().unreachable(true);
  }

  @Override
  public void reconnect() {
    aws.faults().unreachable(false);
  }

  @Override
  public void close() {
    neighbour.ifPresent(FargateSubject::close);
    backend.close();
    if (ownsAws) {
      aws.close();
    }
  }
}
