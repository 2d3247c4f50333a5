package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.RateGovernor;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Gatherers;
import java.util.stream.Stream;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.ClientException;
import software.amazon.awssdk.services.ecs.model.ConflictException;
import software.amazon.awssdk.services.ecs.model.DesiredStatus;
import software.amazon.awssdk.services.ecs.model.Failure;
import software.amazon.awssdk.services.ecs.model.InvalidParameterException;
import software.amazon.awssdk.services.ecs.model.RegisterTaskDefinitionRequest;
import software.amazon.awssdk.services.ecs.model.RunTaskRequest;
import software.amazon.awssdk.services.ecs.model.Task;
import software.amazon.awssdk.services.ecs.model.TaskDefinition;
import software.amazon.awssdk.services.ecs.model.TaskDefinitionFamilyStatus;

/**
 * The few requests to ECS that are made, each sent once: who asks again is decided where it is
 * known what it costs. Failures are {@link BackendException}s.
 */
final class EcsCalls implements AutoCloseable {
  /** As many as ECS describes at once. */
  static final int TASKS_AT_ONCE = 100;

  // So that fifty hundreds are read in the time in which fewer of them change.
  private static final int DESCRIBED_AT_ONCE = 8;

  private final String cluster;
  private final FargateRates rates;
  private final InstantSource clock;
  private final Pause pause;
  // In the line of those who read.
  private final String reader;
  private final EcsClient ecs;
  // How many descriptions were asked for by the last look, some of which may still be in line.
  private volatile int inLine;
  private volatile boolean closed;

  /**
   * @param pause in which a read waits for its turn
   */
  EcsCalls(AwsLogin login, FargateRates rates, InstantSource clock, Pause pause) {
    this.cluster = login.place().cluster();
    this.rates = rates;
    this.clock = clock;
    this.pause = pause;
    this.reader = login.place().poolUid();
    this.ecs = login.client(EcsClient.builder());
  }

  /**
   * What is known of some tasks.
   *
   * @param missing ARNs of those that ECS does not know, or not yet
   */
  record Described(List<Task> tasks, Set<String> missing) {}

  /** ARNs of the cluster's tasks that are to run. Waits for its turn. */
  List<String> running() {
    return list(DesiredStatus.RUNNING);
  }

  /**
   * ARNs of the cluster's tasks that have ended or are to, as long as ECS shows them. Waits for its
   * turn.
   */
  List<String> stopped() {
    return list(DesiredStatus.STOPPED);
  }

  private List<String> list(DesiredStatus desired) {
    var arns = new ArrayList<String>();
    var next = new AtomicReference<String>();
    do {
      awaitTurn();
      var page =
          ask(
              () ->
                  ecs.listTasks(
                      tasks -> tasks.cluster(cluster).desiredStatus(desired).nextToken(next.get())),
              rates.reads());
      arns.addAll(page.taskArns());
      next.set(page.nextToken());
    } while (next.get() != null);
    return arns;
  }

  private void awaitTurn() {
    FargateRates.awaitTurn(rates.reads(), reader, clock, pause);
  }

  /** Describes all of some tasks, a hundred at a time, and waits for its turn each time. */
  Described describe(List<String> arns) {
    return described(hundreds(arns).stream().peek(_ -> awaitTurn()));
  }

  /**
   * Describes as many of some tasks as ECS takes requests now, the first ones first. What others
   * want to know of theirs meanwhile comes before the rest, which has its turn the next time.
   */
  Described describeInTurn(List<String> arns) {
    var now = clock.instant();
    var hundreds = hundreds(arns);
    int granted = 0;
    for (int place = 0; place < hundreds.size(); place++) {
      granted += rates.reads().admit(reader + " " + place, now).isPositive() ? 0 : 1;
    }
    // Of those that waited the last time and are not needed any more.
    for (int place = hundreds.size(); place < inLine; place++) {
      rates.reads().leave(reader + " " + place);
    }
    inLine = hundreds.size();
    return described(hundreds.stream().limit(granted));
  }

  /** Describes some tasks at once: somebody waits for it. It counts as all others do. */
  Described describeNow(List<String> arns) {
    return described(
        hundreds(arns).stream().peek(_ -> rates.reads().remember(List.of(clock.instant()))));
  }

  private static List<List<String>> hundreds(List<String> arns) {
    return arns.stream().gather(Gatherers.windowFixed(TASKS_AT_ONCE)).toList();
  }

  private Described described(Stream<List<String>> hundreds) {
    var tasks = new ArrayList<Task>();
    var missing = new HashSet<String>();
    hundreds
        .gather(
            Gatherers.mapConcurrent(
                DESCRIBED_AT_ONCE,
                some ->
                    ask(
                        () -> ecs.describeTasks(asked -> asked.cluster(cluster).tasks(some)),
                        rates.reads())))
        .forEach(
            answer -> {
              tasks.addAll(answer.tasks());
              answer.failures().stream().map(Failure::arn).forEach(missing::add);
            });
    return new Described(tasks, missing);
  }

  /**
   * Runs a task, or finds the one that the same request has run before.
   *
   * @return empty if that one is not shown: not yet, or not any more
   * @throws BackendException.Unavailable if it may or may not have been run
   */
  Optional<Task> run(RunTaskRequest request) {
    return ask(() -> ran(request), rates.launches());
  }

  private Optional<Task> ran(RunTaskRequest request) {
    try {
      var answer = ecs.runTask(request);
      if (!answer.tasks().isEmpty()) {
        return Optional.of(answer.tasks().getFirst());
      }
      throw answer.failures().stream()
          .findFirst()
          .map(FargateFailures::of)
          .orElseGet(() -> new Unavailable("AWS ran no task and does not say why", null));
    } catch (ConflictException e) {
      // The same task was asked for in other words, such as before a ConfigMap changed.
      return describeNow(e.resourceIds()).tasks().stream().findFirst();
    }
  }

  /**
   * Returns once it is accepted, also for one that has ended.
   *
   * @return false if it is not there, or not seen yet
   * @throws BackendException.Unavailable if its turn has not come
   */
  boolean stop(String taskArn, StopReason why) {
    FargateRates.waitForTurn(rates.stops(), "stops of tasks", taskArn, clock.instant());
    return ask(
        () -> {
          try {
            ecs.stopTask(asked -> asked.cluster(cluster).task(taskArn).reason(why.words()));
            return true;
          } catch (InvalidParameterException e) {
            if (FargateFailures.says(e, "not found")) {
              return false;
            }
            throw e;
          }
        },
        rates.stops());
  }

  /**
   * @param familyOrArn a family stands for its newest definition
   */
  Optional<TaskDefinition> definition(String familyOrArn) {
    return ask(
        () -> {
          try {
            return Optional.of(
                ecs.describeTaskDefinition(asked -> asked.taskDefinition(familyOrArn))
                    .taskDefinition());
          } catch (ClientException e) {
            if (FargateFailures.says(e, "unable to describe")) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /** Families that begin so and of which a definition is registered. */
  List<String> families(String prefix) {
    return ask(
        () ->
            ecs
                .listTaskDefinitionFamiliesPaginator(
                    asked -> asked.familyPrefix(prefix).status(TaskDefinitionFamilyStatus.ACTIVE))
                .families()
                .stream()
                .toList());
  }

  TaskDefinition register(RegisterTaskDefinitionRequest request) {
    return ask(() -> ecs.registerTaskDefinition(request).taskDefinition(), rates.definitions());
  }

  /** No task is run by it any more; those that run go on. One that is inactive is success. */
  void deregister(String definitionArn) {
    ask(
        () -> {
          try {
            return ecs.deregisterTaskDefinition(asked -> asked.taskDefinition(definitionArn));
          } catch (ClientException e) {
            if (FargateFailures.says(e, "inactive")) {
              return null;
            }
            throw e;
          }
        },
        rates.definitions());
  }

  private <T> T ask(Supplier<T> request, RateGovernor governor) {
    return ask(() -> AwsLogin.ask(governor, clock, request));
  }

  private <T> T ask(Supplier<T> request) {
    if (closed) {
      throw new Unavailable("the backend was closed", null);
    }
    return AwsLogin.ask(request);
  }

  /** From now on nothing is asked any more. */
  @Override
  public void close() {
    closed = true;
    ecs.close();
  }
}
