package io.virtualnodes.emulator.ecs;

import io.virtualnodes.emulator.ecs.TokenBucket.Rate;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * What an account may do, and how long things take.
 *
 * @param rates of requests and launches, by what they are counted as; what is not here is not
 *     limited
 * @param onDemandVcpus how many may be used at once; the quota L-3032A538
 * @param spotVcpus likewise; the quota L-36FBB829
 * @param settling how long a task that was accepted is not known to reads
 * @param provisioning from accepting a task to its network interface being there
 * @param pulling at least, for the images of a task
 * @param activating from all containers being started to the task being RUNNING
 * @param deactivating from being asked to stop to its containers being told
 * @param deprovisioning from the end of its containers to the task being STOPPED
 * @param dependencyPatience how long a task may be PENDING
 * @param retention how long a stopped task is shown
 * @param tokenMemory how long a client token is remembered
 * @param logLag from writing a line to its being readable
 * @param secretDeletion how long a name stays taken after a deletion without a recovery window
 */
public record Limits(
    Map<Category, Rate> rates,
    double onDemandVcpus,
    double spotVcpus,
    Duration settling,
    Duration provisioning,
    Duration pulling,
    Duration activating,
    Duration deactivating,
    Duration deprovisioning,
    Duration dependencyPatience,
    Duration retention,
    Duration tokenMemory,
    Duration logLag,
    Duration secretDeletion) {

  public Limits {
    rates = Map.copyOf(rates);
  }

  /**
   * What is counted together.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html">
   *     Request throttling for the Amazon ECS API</a>
   */
  public enum Category {
    /** RunTask, StopTask and the like. */
    CLUSTER_RESOURCE_MODIFY,
    /** DescribeTasks and ListTasks. */
    CLUSTER_RESOURCE_READ,
    TASK_DEFINITION_MODIFY,
    TASK_DEFINITION_READ,
    DELETE_TASK_DEFINITIONS,
    CLUSTER_MODIFY,
    CLUSTER_READ,
    CAPACITY_PROVIDER_MODIFY,
    TAG_MODIFY,
    TAG_READ,
    /** Calls of RunTask for Fargate, whatever their count. */
    FARGATE_RUN_TASK,
    /** Tasks that are launched. */
    ON_DEMAND_LAUNCH,
    /** Tasks that are launched on spare capacity. */
    SPOT_LAUNCH,
    GET_LOG_EVENTS,
    FILTER_LOG_EVENTS,
    DESCRIBE_LOG_STREAMS,
    SECRET_READ,
    SECRET_WRITE
  }

  /**
   * Those of an account in daily use: the rates are AWS's published defaults, the quotas of a
   * mature account, and the times about a tenth of what people report of Fargate, which publishes
   * none.
   */
  public static final Limits USUAL =
      new Limits(
          usualRates(),
          4000,
          4000,
          Duration.ofSeconds(1),
          Duration.ofSeconds(3),
          Duration.ofSeconds(2),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofHours(3),
          Duration.ofHours(1),
          Duration.ofHours(24),
          Duration.ZERO,
          Duration.ofSeconds(5));

  private static Map<Category, Rate> usualRates() {
    var rates = new EnumMap<Category, Rate>(Category.class);
    rates.put(Category.CLUSTER_RESOURCE_MODIFY, new Rate(100, 40));
    rates.put(Category.CLUSTER_RESOURCE_READ, new Rate(100, 20));
    rates.put(Category.TASK_DEFINITION_MODIFY, new Rate(20, 1));
    rates.put(Category.TASK_DEFINITION_READ, new Rate(50, 20));
    rates.put(Category.DELETE_TASK_DEFINITIONS, new Rate(5, 1));
    rates.put(Category.CLUSTER_MODIFY, new Rate(20, 1));
    rates.put(Category.CLUSTER_READ, new Rate(50, 20));
    rates.put(Category.CAPACITY_PROVIDER_MODIFY, new Rate(10, 1));
    rates.put(Category.TAG_MODIFY, new Rate(20, 10));
    rates.put(Category.TAG_READ, new Rate(50, 20));
    rates.put(Category.FARGATE_RUN_TASK, new Rate(20, 20));
    rates.put(Category.ON_DEMAND_LAUNCH, new Rate(100, 20));
    rates.put(Category.SPOT_LAUNCH, new Rate(100, 20));
    rates.put(Category.GET_LOG_EVENTS, new Rate(25, 25));
    rates.put(Category.FILTER_LOG_EVENTS, new Rate(10, 10));
    rates.put(Category.DESCRIBE_LOG_STREAMS, new Rate(25, 25));
    rates.put(Category.SECRET_READ, new Rate(10_000, 10_000));
    rates.put(Category.SECRET_WRITE, new Rate(50, 50));
    return rates;
  }

  /** The same with another rate for one kind of request. */
  public Limits withRate(Category category, double burst, double perSecond) {
    var changed = new EnumMap<Category, Rate>(Category.class);
    changed.putAll(rates);
    changed.put(category, new Rate(burst, perSecond));
    return with(changed, onDemandVcpus, spotVcpus, settling, logLag);
  }

  /** The same without any limit to rates. */
  public Limits withoutRates() {
    return with(Map.of(), onDemandVcpus, spotVcpus, settling, logLag);
  }

  /** The same for other quotas. */
  public Limits withVcpus(double onDemand, double spot) {
    return with(rates, onDemand, spot, settling, logLag);
  }

  /** The same with reads that lag more or less behind launches. */
  public Limits withSettling(Duration time) {
    return with(rates, onDemandVcpus, spotVcpus, time, logLag);
  }

  /** The same with lines that are readable later. */
  public Limits withLogLag(Duration time) {
    return with(rates, onDemandVcpus, spotVcpus, settling, time);
  }

  private Limits with(
      Map<Category, Rate> newRates,
      double newOnDemand,
      double newSpot,
      Duration newSettling,
      Duration newLogLag) {
    return new Limits(
        newRates,
        newOnDemand,
        newSpot,
        newSettling,
        provisioning,
        pulling,
        activating,
        deactivating,
        deprovisioning,
        dependencyPatience,
        retention,
        tokenMemory,
        newLogLag,
        secretDeletion);
  }
}
