package io.virtualnodes.backend;

import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Whether one container is started again once it ended, as Kubernetes defines it for containers.
 *
 * @param policy what holds where no rule does
 * @param rules it is started again, whatever the policy says, if one of them covers its exit code
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy-rules">Kubernetes'
 *     rules of containers</a>
 */
public record Restarts(RestartPolicy policy, List<ExitCodes> rules) {
  public Restarts {
    rules = List.copyOf(rules);
  }

  /** Of a container without rules. */
  public Restarts(RestartPolicy policy) {
    this(policy, List.of());
  }

  /**
   * Those that hold for a container.
   *
   * @param own what it says itself, if anything
   * @param groups what holds for those of its group that say nothing
   */
  public static Restarts of(Part part, Optional<Restarts> own, RestartPolicy groups) {
    return own.orElseGet(() -> new Restarts(groups)).of(part);
  }

  private Restarts of(Part part) {
    return switch (part) {
      case MAIN -> this;
      case INIT ->
          new Restarts(policy.of(part), rules.stream().map(ExitCodes::withoutSuccess).toList());
      case SIDECAR -> new Restarts(policy.of(part));
    };
  }

  /** Whether there is any end after which it is started again. */
  public boolean possible() {
    return policy != RestartPolicy.NEVER || !rules.isEmpty();
  }

  /**
   * Whether it is started again after this end.
   *
   * @param unhealthy whether it was ended to be started again
   */
  public boolean again(int exitCode, boolean unhealthy) {
    return rules.stream().anyMatch(rule -> rule.cover(exitCode))
        || switch (policy) {
          case ALWAYS -> true;
          case ON_FAILURE -> exitCode != 0 || unhealthy;
          case NEVER -> false;
        };
  }

  /**
   * Some exit codes.
   *
   * @param except whether they are all but those that are listed
   */
  public record ExitCodes(boolean except, SortedSet<Integer> listed) {
    public ExitCodes {
      listed = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(listed));
    }

    boolean cover(int exitCode) {
      return listed.contains(exitCode) != except;
    }

    /** An init container that succeeded is done, whatever its rules say. */
    private ExitCodes withoutSuccess() {
      var others = new TreeSet<>(listed);
      if (except) {
        others.add(0);
      } else {
        others.remove(0);
      }
      return new ExitCodes(except, others);
    }
  }
}
