package io.virtualnodes.backend.fargate;

import io.virtualnodes.emulator.ecs.Faults;
import io.virtualnodes.emulator.ecs.Limits;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What AWS is known to do to those who run tasks there, to be begun and ended at will.
 *
 * @param limits of the account
 * @param spec what the pod is told to do
 * @param begin before there is a pod
 * @param strike when the pod is there for a moment, or runs
 * @param end after which all is well again
 * @param comesTo the phase of a pod that nobody deletes
 * @param mostTasks that are run for it, one after the other
 */
record FargateFault(
    String name,
    Limits limits,
    String spec,
    Consumer<FargatePods> begin,
    Consumer<FargatePods> strike,
    Consumer<FargatePods> end,
    String comesTo,
    int mostTasks) {
  static final String UID = "0000-1";

  // Of a pod that is in the way of the first.
  private static final String ANOTHER = "0000-2";

  private static final Limits USUAL = Limits.USUAL;
  private static final Limits SLOW = Limits.USUAL.withSettling(Duration.ofSeconds(45));
  private static final Consumer<FargatePods> NOTHING = pods -> {};
  private static final Consumer<FargatePods> A_MOMENT = pods -> pods.passBeats(2);

  // Of those that change something at ECS the first registers the definition.
  private static final int RUN_TASK = 2;

  private static final String SPEC =
      """
      restartPolicy: Never
      volumes: [{name: words, secret: {secretName: words}}]
      initContainers:
      - {name: first, image: 'docker.io/virtualnodes/busybox:latest', imagePullPolicy: Always, command: [sh, -c, "exit 0"]}
      containers:
      - name: main
        image: docker.io/virtualnodes/busybox:latest
        command: [sh, -c, "sleep 36000"]
        env: [{name: WORD, valueFrom: {secretKeyRef: {name: words, key: variable}}}]
        volumeMounts: [{name: words, mountPath: /words}]
      """;

  static List<FargateFault> all() {
    return List.of(
        throttled("RunTask"),
        throttled("ListTasks", "DescribeTasks"),
        throttled("StopTask"),
        throttled("RegisterTaskDefinition", "DescribeTaskDefinition"),
        throttled("DeregisterTaskDefinition", "ListTaskDefinitionFamilies"),
        throttled("CreateSecret"),
        throttled("ListSecrets", "DeleteSecret"),
        throttled("GetLogEvents"),
        lasting("AWS does not answer", Faults::unreachable),
        lasting("no capacity", Faults::noCapacity),
        usual("the quota is used up")
            .at(USUAL.withVcpus(0, 0.25))
            .beginning(FargateFault::useUpTheQuota)
            .ending(pods -> pods.pods().delete(ANOTHER)),
        usual("an answer is lost").beginning(pods -> pods.aws().faults().loseAnswer(RUN_TASK)),
        usual("a server error though the task was run")
            .beginning(pods -> pods.aws().faults().serverErrorThoughDone(RUN_TASK)),
        usual("asked again in other words")
            .at(SLOW)
            .beginning(pods -> pods.aws().faults().loseAnswer(RUN_TASK))
            .striking(A_MOMENT.andThen(FargateFault::changeTheSecretUnderAnotherOperator)),
        usual("missing after it was run").at(SLOW),
        usual("an event before the answer")
            .beginning(
                pods -> {
                  pods.hear();
                  pods.aws().faults().loseAnswer(RUN_TASK);
                }),
        usual("events off")
            .beginning(
                pods -> {
                  pods.aws().faults().refuse("ReceiveMessage", "AccessDeniedException");
                  pods.hear();
                }),
        usual("the operator is killed before it writes the status")
            .striking(A_MOMENT.andThen(FargatePods::killOperator)),
        usual("an image is missing")
            .told(SPEC.replace("image: docker.io/virtualnodes/busybox", "image: missing/image"))
            .comingTo("Pending", 9),
        usual("an init container fails")
            .told(SPEC.replace("exit 0", "exit 3"))
            .comingTo("Failed", 1),
        atWork("a Spot interruption", pods -> pods.aws().interruptSpot(pods.taskArn(UID))),
        atWork("out of memory", pods -> pods.aws().runOutOfMemory(pods.taskArn(UID), "main")),
        atWork(
            "an unknown stop code",
            pods -> pods.aws().interrupt(pods.taskArn(UID), "SolarFlare", "The sun.")));
  }

  private static FargateFault usual(String name) {
    return new FargateFault(name, USUAL, SPEC, NOTHING, A_MOMENT, NOTHING, "Running", 1);
  }

  private static FargateFault throttled(String... operations) {
    var all = List.of(operations);
    return usual(String.join(" and ", all) + " throttled")
        .beginning(
            pods -> all.forEach(one -> pods.aws().faults().refuse(one, "ThrottlingException")))
        .ending(pods -> all.forEach(pods.aws().faults()::allow));
  }

  private static FargateFault lasting(String name, BiConsumer<Faults, Boolean> set) {
    return usual(name)
        .beginning(pods -> set.accept(pods.aws().faults(), true))
        .ending(pods -> set.accept(pods.aws().faults(), false));
  }

  private static FargateFault atWork(String name, Consumer<FargatePods> strike) {
    return usual(name)
        .striking(
            pods -> {
              pods.awaitPhase(UID, "Running");
              strike.accept(pods);
            })
        .comingTo("Failed", 1);
  }

  private FargateFault at(Limits other) {
    return new FargateFault(name, other, spec, begin, strike, end, comesTo, mostTasks);
  }

  private FargateFault told(String other) {
    return new FargateFault(name, limits, other, begin, strike, end, comesTo, mostTasks);
  }

  private FargateFault beginning(Consumer<FargatePods> other) {
    return new FargateFault(name, limits, spec, other, strike, end, comesTo, mostTasks);
  }

  private FargateFault striking(Consumer<FargatePods> other) {
    return new FargateFault(name, limits, spec, begin, other, end, comesTo, mostTasks);
  }

  private FargateFault ending(Consumer<FargatePods> other) {
    return new FargateFault(name, limits, spec, begin, strike, other, comesTo, mostTasks);
  }

  private FargateFault comingTo(String phase, int tasks) {
    return new FargateFault(name, limits, spec, begin, strike, end, phase, tasks);
  }

  private static void useUpTheQuota(FargatePods pods) {
    pods.pods().add(ANOTHER, FargatePods.pod("Never", "sleep 36000"));
    pods.awaitPhase(ANOTHER, "Running");
  }

  /** The request whose answer was lost is made again with what the Secret says by now. */
  private static void changeTheSecretUnderAnotherOperator(FargatePods pods) {
    pods.killOperator();
    pods.useCanaries("2");
  }

  @Override
  public String toString() {
    return name;
  }
}
