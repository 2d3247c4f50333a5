package io.virtualnodes.backend.aci;

import com.azure.core.credential.TokenCredential;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.ShiftedClock;
import io.virtualnodes.emulator.arm.Limits;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * A pool of its own at a real Resource Manager, in the time of this machine. What it makes there
 * costs money until it is closed.
 */
final class AzureSubscription implements BackendSubject {
  private static final URI AZURE = URI.create("https://management.azure.com");
  // It has a shell, and Azure has it at hand.
  private static final String IMAGE = "mcr.microsoft.com/azuredocs/aci-helloworld";
  private static final String MISSING = "mcr.microsoft.com/azuredocs/there-is-no-such-image:1";

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final Settings settings;
  private final ShiftedClock clock;
  private final String pool;
  private final ArmRelay relay;
  private AciBackend backend;
  private Optional<AzureSubscription> neighbour = Optional.empty();

  /**
   * Where at Azure, and as whom.
   *
   * @param endpoint of the Resource Manager
   * @param credential empty where it asks nobody
   * @param image that runs in the place of the tests' own; it must have {@code sh}
   */
  record Settings(
      URI endpoint,
      Optional<TokenCredential> credential,
      String subscription,
      String resourceGroup,
      String location,
      Optional<String> subnet,
      String image) {

    /**
     * What the environment says: {@code AZURE_SUBSCRIPTION_ID}, {@code AZURE_RESOURCE_GROUP} and
     * {@code AZURE_LOCATION}, if wanted {@code AZURE_SUBNET_ID} and {@code AZURE_TEST_IMAGE}, and
     * the credential as the operator finds it.
     */
    static Settings of(Map<String, String> environment) {
      return new Settings(
          AZURE,
          Optional.of(AciLogin.of(environment).credential(environment)),
          named(environment, "AZURE_SUBSCRIPTION_ID"),
          named(environment, "AZURE_RESOURCE_GROUP"),
          named(environment, "AZURE_LOCATION"),
          Optional.ofNullable(environment.get("AZURE_SUBNET_ID")),
          environment.getOrDefault("AZURE_TEST_IMAGE", IMAGE));
    }

    private static String named(Map<String, String> environment, String variable) {
      return Optional.ofNullable(environment.get(variable))
          .filter(value -> !value.isBlank())
          .orElseThrow(() -> new NoSuchElementException("set " + variable));
    }
  }

  AzureSubscription(Settings settings) {
    this(settings, "contract", new ShiftedClock());
  }

  private AzureSubscription(Settings settings, String pool, ShiftedClock clock) {
    this.settings = settings;
    this.clock = clock;
    // Of each run its own: what an earlier one may have left is not found, and not waited for.
    this.pool = pool + "-" + UUID.randomUUID().toString().substring(0, 8);
    this.relay =
        new ArmRelay(
            settings.endpoint(), settings.credential(), GroupBuilder.BUSYBOX, settings.image());
    this.backend = open();
  }

  private AciBackend open() {
    return new AciBackend(place(), new AciRegions(clock), clock);
  }

  private AciPlace place() {
    return new PlaceBuilder()
        .of(pool, "uid-of-" + pool)
        .at(relay.address(), settings.subscription())
        .in(settings.resourceGroup(), settings.location())
        .subnets(settings.subnet().stream().toArray(String[]::new))
        .build();
  }

  private ArmClient client() {
    return new ArmClient(place(), AciRates.usual(clock.instant()), clock);
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
        Optional.of(neighbour.orElseGet(() -> new AzureSubscription(settings, "neighbour", clock)));
    return neighbour.get();
  }

  @Override
  public String missingImage() {
    return MISSING;
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

  /** Azure does not publish it: this is what the emulator assumes too. */
  @Override
  public Optional<Duration> ownGrace() {
    return Optional.of(Limits.USUAL.stopGrace());
  }

  @Override
  public int copies(GroupId id) {
    return (int)
        client().list().stream()
            .filter(group -> !AciObservations.isBeingDeleted(group))
            .flatMap(group -> AciTags.of(group.tags()).stream())
            .filter(tags -> tags.poolUid().equals(place().poolUid()) && tags.group().equals(id))
            .count();
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
        .atMost(PATIENCE)
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
    neighbour.ifPresent(AzureSubscription::close);
    relay.cutOff(false);
    backend.list().forEach(group -> backend.delete(group.id()));
    backend.close();
    relay.close();
  }
}
