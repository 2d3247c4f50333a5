package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.ShiftedClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * A pool of its own at a service that speaks as AWS does and is not of these tests, in the time of
 * this machine. What it makes there may cost money until it is closed.
 */
final class AwsAccount implements BackendSubject {
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final Settings settings;
  private final ShiftedClock clock;
  private final String pool;
  private final AwsRelay relay;
  private FargateBackend backend;
  private Optional<AwsAccount> neighbour = Optional.empty();

  /**
   * Where at AWS, and who is asked.
   *
   * @param eventQueue that tells of the cluster's tasks; empty: nothing is heard before a list
   * @param missingImage one that there is not
   * @param patience after which what is awaited does not come any more
   */
  record Settings(
      AwsRelay.Upstream upstream,
      String region,
      String cluster,
      List<String> subnets,
      List<String> securityGroups,
      boolean publicAddress,
      String executionRole,
      String logGroup,
      Optional<String> eventQueue,
      String missingImage,
      Duration patience) {}

  AwsAccount(Settings settings) {
    this(settings, "contract", new ShiftedClock());
  }

  private AwsAccount(Settings settings, String pool, ShiftedClock clock) {
    this.settings = settings;
    this.clock = clock;
    // Of each run its own: what an earlier one may have left is not found, and not waited for.
    this.pool = pool + "-" + UUID.randomUUID().toString().substring(0, 8);
    this.relay = new AwsRelay(settings.upstream());
    this.backend = open();
  }

  private FargateBackend open() {
    return new FargateBackend(place(), new FargateRegions(), clock, Thread::sleep);
  }

  FargatePlace place() {
    var usual = Fargates.place();
    return new FargatePlace(
        pool,
        "uid-of-" + pool,
        Optional.of(relay.address()),
        settings.region(),
        settings.cluster(),
        settings.subnets(),
        settings.securityGroups(),
        settings.publicAddress(),
        usual.capacity(),
        usual.architecture(),
        settings.executionRole(),
        List.of(),
        settings.logGroup(),
        "public.ecr.aws/docker/library/busybox:1.37.0",
        usual.unnamed(),
        List.of(),
        Map.of(),
        settings.eventQueue());
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
    neighbour = Optional.of(neighbour.orElseGet(() -> new AwsAccount(settings, "next", clock)));
    return neighbour.get();
  }

  @Override
  public String missingImage() {
    return settings.missingImage();
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

  /** As {@link FargateSubject#copies}: ECS goes on showing what has ended. */
  @Override
  public int copies(GroupId id) {
    int running = Fargates.tasks(place(), clock, id).size();
    boolean shown = backend.list().stream().anyMatch(group -> group.id().equals(id));
    return running == 0 && shown ? 1 : running;
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public void pass(Duration time) {
    clock.advance(time);
  }

  @Override
  public Observation await(GroupId id, Predicate<Observation> wanted) {
    return Awaitility.await()
        .atMost(settings.patience())
        .pollInterval(BETWEEN_LOOKS)
        .until(
            () -> backend.list().stream().filter(group -> group.id().equals(id)).findFirst(),
            found -> found.filter(wanted).isPresent())
        .orElseThrow();
  }

  @Override
  public boolean losingAnswer(int nth, Runnable requests) {
    relay.loseAnswer(nth);
    requests.run();
    return relay.forgetLoss();
  }

  @Override
  public void cutOff() {
    relay.cutOff(true);
  }

  @Override
  public void reconnect() {
    relay.cutOff(false);
  }

  @Override
  public void close() {
    neighbour.ifPresent(AwsAccount::close);
    relay.cutOff(false);
    backend.list().forEach(group -> backend.delete(group.id()));
    // As when a pool goes: what has to wait for its turn costs money until then.
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptionsMatching(Unavailable.class::isInstance)
        .until(
            () -> {
              backend.removeShared();
              return true;
            });
    backend.close();
    relay.close();
  }
}
