package io.virtualnodes.emulator.ecs;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.simulated.Share;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import io.virtualnodes.backend.simulated.Spread;
import io.virtualnodes.emulator.ecs.ContainerPlan.HealthCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Containers that are simulated, each as a group of its own: the simulation knows no conditions
 * between containers. Images that begin with {@code missing/} do not exist. A health check passes
 * whenever it is made, but for {@code false} and {@code exit 1}. What unpacks an archive does so in
 * no time.
 */
public final class SimulatedContainers implements Containers {
  private static final String POOL = "fargate";
  private static final String MISSING = "missing/";
  private static final int RUNS = 10_000;
  // 128 and the number of SIGKILL.
  private static final int KILLED = 137;
  private static final LogOptions WITH_TIMES =
      new LogOptions(
          false, false, true, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());

  private final Backend backend;
  private final InstantSource clock;
  private final Map<Run, ContainerPlan> plans = new LinkedHashMap<>();
  private final Set<Run> outOfMemory = new HashSet<>();
  private final Map<String, String> addresses = new HashMap<>();
  private int taken;
  // How all containers were at one instant: while a driven clock stands still and nothing is asked
  // of them, they stay so.
  private Map<Run, State> seen = Map.of();
  private Instant seenAt = Instant.MIN;

  /**
   * @param pause how a follower of a log waits; nobody here follows one
   */
  public SimulatedContainers(InstantSource clock, Pause pause) {
    this.clock = clock;
    this.backend =
        new SimulatedBackend(
            new SimulatedBackend.Settings(
                POOL,
                1,
                new Spread(Duration.ZERO, Duration.ZERO),
                Optional.empty(),
                Share.NEVER,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                SimulatedBackend.Faults.NONE),
            new SimulatedCloud(Optional.empty()),
            clock,
            pause);
  }

  @Override
  public Pull pull(String image, Optional<Login> login) {
    return image.startsWith(MISSING)
        ? new Pull.Failed(
            "pull image manifest has been retried 1 time(s): failed to resolve ref %s: %s: not found"
                .formatted(image, image))
        : new Pull.Done();
  }

  @Override
  public synchronized void prepare(String task, List<TaskVolume> volumes) {
    addresses.computeIfAbsent(
        task,
        _ -> {
          int number = taken++;
          return "10.0.%d.%d".formatted(number / 250 % 250, number % 250 + 4);
        });
  }

  @Override
  public synchronized Optional<String> address(String task) {
    return Optional.ofNullable(addresses.get(task));
  }

  @Override
  public synchronized void start(Run run, ContainerPlan plan, Map<String, String> environment) {
    var builder = new GroupBuilder(POOL).id(id(run)).grace(plan.stopTimeout());
    builder.image(plan.image(), PullPolicy.ALWAYS);
    environment.forEach(builder::environment);
    // A command alone follows the image's entry point, which a simulation does not know.
    builder.container(
        plan.name(), unpacks(plan) ? List.of("true") : plan.entryPoint(), plan.command());
    plans.put(run, plan);
    backend.create(builder.build());
    changed();
  }

  private static boolean unpacks(ContainerPlan plan) {
    return plan.entryPoint().stream().anyMatch(word -> word.contains("| tar "));
  }

  private static GroupId id(Run run) {
    return new GroupId(run.task(), run.place() * RUNS + run.number());
  }

  @Override
  public synchronized Map<Run, State> look() {
    var now = clock.instant();
    if (!now.equals(seenAt)) {
      var groups = new HashMap<GroupId, Observation>();
      backend.list().forEach(group -> groups.put(group.id(), group));
      var states = new LinkedHashMap<Run, State>();
      plans.forEach((run, plan) -> states.put(run, state(run, plan, groups.get(id(run)), now)));
      seen = Map.copyOf(states);
      seenAt = now;
    }
    return seen;
  }

  private State state(Run run, ContainerPlan plan, Observation group, Instant now) {
    return switch (group.containers().getFirst().state()) {
      // The simulation does not start what is asked to end at that very instant. Here it was
      // started,
      // and had no time to get ready for such a request.
      case ContainerState.Waiting _ ->
          group
              .finishedAt()
              .<State>map(
                  at ->
                      new State.Exited(KILLED, outOfMemory.contains(run), Optional.empty(), at, at))
              .orElseGet(State.Starting::new);
      case ContainerState.Running(var since) ->
          new State.Running(
              since,
              Optional.empty(),
              plan.healthCheck().flatMap(check -> health(check, since, now)));
      case ContainerState.Exited(var code, _, _, var since, var at) ->
          new State.Exited(code, outOfMemory.contains(run), Optional.empty(), since, at);
    };
  }

  private static Optional<Boolean> health(HealthCheck check, Instant since, Instant now) {
    var last = check.test().isEmpty() ? "" : check.test().getLast();
    boolean passes = !last.equals("false") && !last.equals("exit 1");
    // What fails in the start period does not count; afterwards it takes some in a row.
    var known =
        passes
            ? check.interval()
            : check.startPeriod().plus(check.interval().multipliedBy(check.retries()));
    return now.isBefore(since.plus(known)) ? Optional.empty() : Optional.of(passes);
  }

  @Override
  public synchronized void stop(Run run, Duration grace) {
    backend.stop(id(run), grace);
    changed();
  }

  @Override
  public synchronized void runOutOfMemory(Run run) {
    outOfMemory.add(run);
    stop(run, Duration.ZERO);
  }

  @Override
  public synchronized List<Line> log(Run run) {
    return backend
        .streams()
        .logs(id(run), run.container(), WITH_TIMES)
        .map(
            log -> {
              try (log) {
                return new String(log.readAllBytes(), StandardCharsets.UTF_8);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .stream()
        .flatMap(String::lines)
        .map(SimulatedContainers::line)
        .toList();
  }

  private static Line line(String text) {
    int blank = text.indexOf(' ');
    return new Line(Instant.parse(text.substring(0, blank)), text.substring(blank + 1));
  }

  @Override
  public synchronized void remove(String task) {
    plans.keySet().stream()
        .filter(run -> run.task().equals(task))
        .forEach(run -> backend.delete(id(run)));
    plans.keySet().removeIf(run -> run.task().equals(task));
    outOfMemory.removeIf(run -> run.task().equals(task));
    addresses.remove(task);
    changed();
  }

  private void changed() {
    seenAt = Instant.MIN;
  }

  @Override
  public void close() {
    backend.close();
  }
}
