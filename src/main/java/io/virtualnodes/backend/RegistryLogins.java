package io.virtualnodes.backend;

import java.util.List;

/**
 * As whom images are fetched. A backend asks whenever it is about to fetch one: a login that is
 * given or changed later counts, and none is kept where containers are.
 */
@FunctionalInterface
public interface RegistryLogins {
  /** Registries are asked without any. */
  RegistryLogins NONE = (group, owner, image) -> List.of();

  /**
   * The logins for an image of a group, to be tried in turn; empty means to ask without one. May
   * block, and may be asked by several threads.
   *
   * @param image as the group names it
   * @throws Unreadable if they cannot be read for now
   */
  List<RegistryLogin> of(GroupId group, GroupOwner owner, String image);

  /** It is not known as whom to ask; the message is for people and holds no secret. */
  final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Unreadable(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
