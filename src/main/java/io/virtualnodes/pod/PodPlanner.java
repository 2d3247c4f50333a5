package io.virtualnodes.pod;

import static io.virtualnodes.pod.PodStatusReport.terminal;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/** The one next step for one pod, from the pod, its group and what this process did so far. */
final class PodPlanner {
  /**
   * An API server that still shows a pod that we removed has a finalizer to wait for, or lost the
   * request.
   */
  static final Duration REMOVE_AGAIN = Duration.ofSeconds(30);

  private static final Duration STOP_AGAIN = Duration.ofMinutes(1);

  private PodPlanner() {}

  static Plan plan(
      Pod cached,
      GroupView group,
      PodMemory memory,
      NodeFacts node,
      PodPolicy policy,
      Instant now) {
    var pod = newest(cached, memory);
    if (terminal(pod.getStatus().getPhase())) {
      return planFinished(pod, group, memory, policy, now);
    }
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return planDeleted(pod, group, memory, node, now);
    }
    if (hasRun(pod)) {
      return planRunning(pod, group, memory, node, now);
    }
    return planWaiting(pod, group, memory, node, policy, now);
  }

  /** The step for a group whose pod is gone. */
  static Plan planWithoutPod(GroupView group) {
    return switch (group) {
      case GroupView.Absent _ -> Plan.Rest.untilSomethingChanges();
      // A request of ours may still be on its way; removing what is not there is harmless.
      case GroupView.Unknown _, GroupView.Partial _, GroupView.Alive _, GroupView.Finished _ ->
          new Plan.Delete();
    };
  }

  private static Plan planWaiting(
      Pod pod, GroupView group, PodMemory memory, NodeFacts node, PodPolicy policy, Instant now) {
    var pastDeadline = pastDeadline(pod, now);
    return switch (group) {
      // While the backend is silent nothing can be proven, but the pod can say what it waits for.
      case GroupView.Unknown _ ->
          memory
              .trouble()
              .map(trouble -> troubleReport(pod, trouble, node, now))
              .filter(report -> different(pod, report))
              .<Plan>map(Plan.Report::new)
              .orElseGet(() -> restUntilDeadline(pod, now));
      case GroupView.Absent _, GroupView.Partial _ -> {
        if (pastDeadline) {
          yield new Plan.Report(deadlineExceeded(pod, node, now));
        }
        if (policy.held().isPresent()) {
          yield reportIfDifferent(
              pod, PodStatusReport.waiting(pod, "Held", policy.held().get(), node, now), now);
        }
        yield planLaunch(pod, memory, node, now);
      }
      case GroupView.Alive(var observation) ->
          pastDeadline ? stop(pod, memory, now) : reportIfWorth(pod, observation, node, now);
      case GroupView.Finished(var observation) ->
          new Plan.Report(PodStatusReport.of(pod, observation, node, now));
    };
  }

  private static Plan planLaunch(Pod pod, PodMemory memory, NodeFacts node, Instant now) {
    if (memory.trouble().isEmpty()) {
      return new Plan.Launch();
    }
    var trouble = memory.trouble().get();
    var report = troubleReport(pod, trouble, node, now);
    if (different(pod, report)) {
      return new Plan.Report(report);
    }
    return trouble
        .retryAt()
        .map(at -> at.isAfter(now) ? Plan.Rest.until(at, now) : new Plan.Launch())
        .orElseGet(Plan.Rest::untilSomethingChanges);
  }

  private static PodStatusReport troubleReport(
      Pod pod, PodMemory.Trouble trouble, NodeFacts node, Instant now) {
    var consequence = trouble.consequence();
    return consequence.fails()
        ? PodStatusReport.failed(pod, consequence.reason(), consequence.message(), node, now)
        : PodStatusReport.waiting(pod, consequence.reason(), consequence.message(), node, now);
  }

  private static Plan planRunning(
      Pod pod, GroupView group, PodMemory memory, NodeFacts node, Instant now) {
    return switch (group) {
      case GroupView.Unknown _ -> restUntilDeadline(pod, now);
      case GroupView.Absent _ -> new Plan.Report(PodStatusReport.lost(pod, node, now));
      // Half of what ran is gone, and with it what the half did: not something to complete. But a
      // pod that still waited for one of its containers goes on waiting for it.
      case GroupView.Partial(var _) ->
          PodStatusReport.RUNNING.equals(pod.getStatus().getPhase()) || pastDeadline(pod, now)
              ? stop(pod, memory, now)
              : planLaunch(pod, memory, node, now);
      case GroupView.Alive(var observation) ->
          pastDeadline(pod, now)
              ? stop(pod, memory, now)
              : reportIfWorth(pod, observation, node, now);
      case GroupView.Finished(var observation) ->
          new Plan.Report(PodStatusReport.of(pod, observation, node, now));
    };
  }

  private static Plan planDeleted(
      Pod pod, GroupView group, PodMemory memory, NodeFacts node, Instant now) {
    return switch (group) {
      case GroupView.Unknown _ -> Plan.Rest.untilSomethingChanges();
      case GroupView.Absent _ -> {
        // A controller that holds a finalizer waits for the end of the pod to be told.
        boolean awaited = hasRun(pod) || !pod.getMetadata().getFinalizers().isEmpty();
        yield awaited
            ? new Plan.Report(
                hasRun(pod)
                    ? PodStatusReport.lost(pod, node, now)
                    : PodStatusReport.failed(
                        pod, "Deleted", "The pod was deleted before it started.", node, now))
            : remove(memory, now);
      }
      case GroupView.Partial(var _), GroupView.Alive(var _) -> stop(pod, memory, now);
      case GroupView.Finished(var observation) ->
          new Plan.Report(PodStatusReport.of(pod, observation, node, now));
    };
  }

  private static Plan planFinished(
      Pod pod, GroupView group, PodMemory memory, PodPolicy policy, Instant now) {
    boolean deleting = pod.getMetadata().getDeletionTimestamp() != null;
    return switch (group) {
      case GroupView.Unknown _ -> Plan.Rest.untilSomethingChanges();
      case GroupView.Absent _ -> deleting ? remove(memory, now) : Plan.Rest.untilSomethingChanges();
      case GroupView.Partial(var _) -> new Plan.Delete();
      case GroupView.Alive(var _) -> stop(pod, memory, now);
      case GroupView.Finished(var observation) -> {
        if (deleting) {
          yield remove(memory, now);
        }
        // Only here: the pod's end is on record, so that nothing but the logs is lost.
        var ended = observation.finishedAt().orElse(now);
        var retained = ended.plus(policy.retention());
        boolean kept = retained.isAfter(now) && ended.isAfter(policy.givenUpTo());
        yield kept ? Plan.Rest.until(retained, now) : new Plan.Delete();
      }
    };
  }

  private static Plan remove(PodMemory memory, Instant now) {
    return memory
        .removed()
        .map(at -> at.plus(REMOVE_AGAIN))
        .filter(again -> again.isAfter(now))
        .<Plan>map(again -> Plan.Rest.until(again, now))
        .orElseGet(Plan.Remove::new);
  }

  /**
   * A stop that was asked for is asked for again only if it must come sooner, or seems to have been
   * lost.
   */
  private static Plan stop(Pod pod, PodMemory memory, Instant now) {
    var deadline = stopDeadline(pod, now);
    var asked = memory.stopBy();
    if (asked.isPresent()) {
      var lost = asked.get().plus(STOP_AGAIN);
      boolean sooner = deadline.isBefore(asked.get().minusSeconds(1));
      if (!sooner && lost.isAfter(now)) {
        return Plan.Rest.until(lost, now);
      }
    }
    return new Plan.Stop(deadline);
  }

  private static Instant stopDeadline(Pod pod, Instant now) {
    var deleted = pod.getMetadata().getDeletionTimestamp();
    if (deleted != null) {
      // The API server writes the end of the grace period here, not its start, and cuts it to whole
      // seconds.
      boolean atOnce = Long.valueOf(0).equals(pod.getMetadata().getDeletionGracePeriodSeconds());
      var end = Instant.parse(deleted).plusSeconds(atOnce ? 0 : 1);
      return end.isBefore(now) ? now : end;
    }
    return now.plus(PodGrace.of(pod));
  }

  private static Plan reportIfWorth(Pod pod, Observation observation, NodeFacts node, Instant now) {
    var report = PodStatusReport.of(pod, observation, node, now);
    // A deadline counts from the reported start.
    boolean awaited = pod.getSpec().getActiveDeadlineSeconds() != null;
    boolean silent = !report.worthWriting() && !awaited && pod.getStatus().getReason() == null;
    return silent ? restUntilDeadline(pod, now) : reportIfDifferent(pod, report, now);
  }

  private static Plan reportIfDifferent(Pod pod, PodStatusReport report, Instant now) {
    return different(pod, report) ? new Plan.Report(report) : restUntilDeadline(pod, now);
  }

  private static boolean different(Pod pod, PodStatusReport report) {
    return report.differsFrom(pod.getStatus());
  }

  /** The pod with what this process wrote last, if the cached one is older than that. */
  static Pod newest(Pod cached, PodMemory memory) {
    return memory
        .reported()
        .filter(
            reported ->
                older(cached.getMetadata().getResourceVersion(), reported.resourceVersion()))
        .map(reported -> reported.report().appliedTo(cached))
        .orElse(cached);
  }

  /** Of two versions that the API server gave; they are comparable numbers: KEP-5504. */
  static boolean older(String one, String other) {
    return new java.math.BigInteger(one).compareTo(new java.math.BigInteger(other)) < 0;
  }

  /** An init container is enough: a pod is not launched anew of which anything was started. */
  private static boolean hasRun(Pod pod) {
    var status = pod.getStatus();
    return PodStatusReport.RUNNING.equals(status.getPhase())
        || Stream.concat(
                status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
            .anyMatch(ContainerStatuses::hasRun);
  }

  private static boolean pastDeadline(Pod pod, Instant now) {
    return PodDeadline.of(pod).filter(deadline -> !deadline.isAfter(now)).isPresent();
  }

  private static Plan restUntilDeadline(Pod pod, Instant now) {
    return PodDeadline.of(pod)
        .filter(deadline -> deadline.isAfter(now))
        .<Plan>map(deadline -> Plan.Rest.until(deadline, now))
        .orElseGet(Plan.Rest::untilSomethingChanges);
  }

  private static PodStatusReport deadlineExceeded(Pod pod, NodeFacts node, Instant now) {
    return PodStatusReport.failed(
        pod,
        "DeadlineExceeded",
        "Pod was active on the node longer than the specified deadline",
        node,
        now);
  }
}
