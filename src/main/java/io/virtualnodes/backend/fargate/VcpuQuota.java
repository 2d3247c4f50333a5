package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Quota;
import java.util.Optional;
import software.amazon.awssdk.services.servicequotas.ServiceQuotasClient;
import software.amazon.awssdk.services.servicequotas.model.NoSuchResourceException;

/**
 * What an account may run at Fargate in a region. AWS limits cores, for each kind of capacity, and
 * tells nobody how many are used; what others use of them is not known here.
 */
final class VcpuQuota implements AutoCloseable {
  private static final String SERVICE = "fargate";

  /** On-demand vCPU resource count, and that of Spot. */
  private static final String ON_DEMAND = "L-3032A538";

  private static final String SPOT = "L-36FBB829";

  /** Of the sizes with the most memory for their cores: a quarter of a core with 2 GiB. */
  private static final long MOST_BYTES_PER_CORE = 8L << 30;

  /** The smallest task has a quarter of a core. */
  private static final int MOST_GROUPS_PER_CORE = 4;

  private static final int MILLI = 1000;

  private final FargatePlace place;
  private final ServiceQuotasClient quotas;

  VcpuQuota(AwsLogin login) {
    this.place = login.place();
    this.quotas = login.client(ServiceQuotasClient.builder());
  }

  /** Empty if AWS names none. */
  Optional<Quota> read() {
    double cores = 0;
    for (var capacity : place.capacity().kinds()) {
      var some = cores(capacity);
      if (some.isEmpty()) {
        return Optional.empty();
      }
      cores += some.get();
    }
    return Optional.of(of(cores));
  }

  static Quota of(double cores) {
    return new Quota(
        (long) (cores * MILLI),
        (long) (cores * MOST_BYTES_PER_CORE),
        (int) (cores * MOST_GROUPS_PER_CORE));
  }

  private Optional<Double> cores(FargatePlace.Capacity capacity) {
    var code =
        switch (capacity) {
          case ON_DEMAND -> ON_DEMAND;
          case SPOT -> SPOT;
        };
    return AwsLogin.ask(
        () -> {
          try {
            return Optional.ofNullable(
                quotas
                    .getServiceQuota(asked -> asked.serviceCode(SERVICE).quotaCode(code))
                    .quota()
                    .value());
          } catch (NoSuchResourceException e) {
            return Optional.empty();
          }
        });
  }

  @Override
  public void close() {
    quotas.close();
  }
}
