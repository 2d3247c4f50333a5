package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import java.util.Optional;

/**
 * Whether a container would run as root that must not. It is the kubelet's rule: what cannot be
 * known is taken for root.
 *
 * @see <a href="https://kubernetes.io/docs/tasks/configure-pod-container/security-context/">
 *     Kubernetes' security contexts</a>
 */
public final class NonRootRule {
  private NonRootRule() {}

  /**
   * How the container is reported if it must not be started; empty if it may.
   *
   * @param imageUser as the image names it, a name or a number, maybe with a group; empty is root
   */
  public static Optional<Waiting> violation(
      GroupId group, GroupOwner owner, ContainerSpec container, String imageUser) {
    var security = container.security();
    if (!security.neverRoot()) {
      return Optional.empty();
    }
    if (security.user().isPresent()) {
      return security
          .user()
          .filter(user -> user == 0)
          .map(
              _ ->
                  waiting("container's runAsUser breaks non-root policy", group, owner, container));
    }
    var user = user(imageUser);
    if (!user.matches("[0-9]+")) {
      return Optional.of(
          waiting(
              "container has runAsNonRoot and image has non-numeric user (%s), cannot verify user is non-root"
                  .formatted(user),
              group,
              owner,
              container));
    }
    return user.matches("0+")
        ? Optional.of(
            waiting(
                "container has runAsNonRoot and image will run as root", group, owner, container))
        : Optional.empty();
  }

  /** The user alone of what an image names, which is root if it names none. */
  public static String user(String imageUser) {
    var user = imageUser.split(":", 2)[0].strip();
    return user.isEmpty() ? "0" : user;
  }

  private static Waiting waiting(
      String what, GroupId group, GroupOwner owner, ContainerSpec container) {
    return new Waiting(
        Waiting.CONFIG_ERROR,
        "%s (pod: \"%s_%s(%s)\", container: %s)"
            .formatted(what, owner.pod(), owner.namespace(), group.podUid(), container.name()));
  }
}
