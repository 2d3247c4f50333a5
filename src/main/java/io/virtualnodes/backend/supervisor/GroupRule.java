package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.supervisor.RestartRule.Verdict;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.SupervisedGroup.SupervisedContainer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What is to be started and ended in a group next, given how its containers are. It is the
 * kubelet's rule: init containers one after the other, each to its success; a sidecar once in its
 * place, and then for as long as the main containers; sidecars end last, in reverse order.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/workloads/pods/init-containers/">Kubernetes'
 *     init containers</a>
 * @see <a href="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/">its
 *     sidecars</a>
 */
public final class GroupRule {
  private GroupRule() {}

  /** One thing to do to one container. */
  public sealed interface Step {
    String container();

    /** When it is due; in the past if it already is. */
    Instant when();

    /**
     * Instance {@code number} is to be started.
     *
     * @param backOff what it carries, for {@link EndedInstance#backOff}
     */
    record Start(String container, Instant when, int number, Duration backOff) implements Step {}

    /** It is to be asked to end, and killed at {@code killAt}. */
    record End(String container, Instant when, Instant killAt) implements Step {}
  }

  /** All that is due now or will be if nothing else happens, in the order of doing it. */
  public static List<Step> next(SupervisedGroup group) {
    if (group.stopBy().isPresent()) {
      return ends(group, group.stopBy().get());
    }
    return over(group) ? ends(group, lastEnd(group).plus(group.grace())) : starts(group);
  }

  /**
   * Whether the group has done what it is there for, or never will: its main containers, or one
   * that had to succeed before them, ended for good. Sidecars may still run.
   */
  public static boolean over(SupervisedGroup group) {
    boolean failedBefore =
        group.containers().stream()
            .filter(container -> container.part() == Part.INIT)
            .anyMatch(container -> endedForGood(group, container) && !succeeded(container));
    return failedBefore
        || group.containers().stream()
            .filter(container -> container.part() == Part.MAIN)
            .allMatch(container -> endedForGood(group, container));
  }

  private static List<Step> starts(SupervisedGroup group) {
    var steps = new ArrayList<Step>();
    for (int i = 0; i < group.containers().size(); i++) {
      var container = group.containers().get(i);
      start(group, container).ifPresent(steps::add);
      if (container.part() != Part.MAIN && !passed(group, i)) {
        break;
      }
    }
    return steps;
  }

  private static Optional<Step> start(SupervisedGroup group, SupervisedContainer container) {
    return switch (container.latest()) {
      case Latest.Absent _, Latest.Up _, Latest.Unread _ -> Optional.empty();
      case Latest.Made _ ->
          Optional.of(new Step.Start(container.name(), Instant.MIN, 0, Duration.ZERO));
      case Latest.CutOff(var number, var backOff) ->
          Optional.of(new Step.Start(container.name(), Instant.MIN, number, backOff));
      case Latest.Down(var ended) ->
          switch (verdict(group, container, ended)) {
            case Verdict.Never _ -> Optional.empty();
            case Verdict.Restart(var when, var backOff) ->
                Optional.of(new Step.Start(container.name(), when, ended.number() + 1, backOff));
          };
    };
  }

  /** Whether what comes after it may start; once something has, it may for ever. */
  private static boolean passed(SupervisedGroup group, int index) {
    var container = group.containers().get(index);
    boolean passes =
        container.part() == Part.INIT
            ? succeeded(container)
            : container.latest() instanceof Latest.Up && container.startedUp();
    return passes
        || group.containers().stream().skip(index + 1L).anyMatch(GroupRule::hasBeenStarted);
  }

  private static boolean hasBeenStarted(SupervisedContainer container) {
    return switch (container.latest()) {
      case Latest.Up _, Latest.Down _, Latest.CutOff _ -> true;
      case Latest.Absent _, Latest.Made _, Latest.Unread _ -> false;
    };
  }

  private static boolean succeeded(SupervisedContainer container) {
    return container.latest() instanceof Latest.Down(var ended) && ended.exitCode() == 0;
  }

  private static boolean endedForGood(SupervisedGroup group, SupervisedContainer container) {
    return container.latest() instanceof Latest.Down(var ended)
        && verdict(group, container, ended) instanceof Verdict.Never;
  }

  private static Verdict verdict(
      SupervisedGroup group, SupervisedContainer container, EndedInstance ended) {
    return RestartRule.after(
        Restarts.of(container.part(), container.restarts(), group.restartPolicy()), ended);
  }

  /** Sidecars, each once what came after it has ended, or its time is up. */
  private static List<Step> ends(SupervisedGroup group, Instant killAt) {
    var steps = new ArrayList<Step>();
    boolean oneRuns =
        group.containers().stream()
            .anyMatch(container -> container.part() != Part.SIDECAR && mayRun(container));
    for (var container : group.containers().reversed()) {
      if (container.part() == Part.SIDECAR && mayRun(container)) {
        steps.add(new Step.End(container.name(), oneRuns ? killAt : Instant.MIN, killAt));
        oneRuns = true;
      }
    }
    return steps;
  }

  private static boolean mayRun(SupervisedContainer container) {
    return switch (container.latest()) {
      case Latest.Up _, Latest.Unread _ -> true;
      case Latest.Absent _, Latest.Made _, Latest.Down _, Latest.CutOff _ -> false;
    };
  }

  /** Of what the group was there for; sidecars end because of it. */
  private static Instant lastEnd(SupervisedGroup group) {
    return group.containers().stream()
        .filter(container -> container.part() != Part.SIDECAR)
        .flatMap(
            container ->
                container.latest() instanceof Latest.Down(var ended)
                    ? Optional.of(ended.finishedAt()).stream()
                    : Optional.<Instant>empty().stream())
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }
}
