package io.virtualnodes.backend.aci;

import java.util.List;
import java.util.Optional;

/**
 * The managed identities of a pool: as whom its pods may act, and as whom Azure fetches images for
 * them.
 *
 * <p>Azure gives the containers of a group tokens of every identity that the group has, also of one
 * that it has for a registry alone.
 */
public record AciIdentities(List<Allowed> allowed, List<Registry> registries) {
  public static final AciIdentities NONE = new AciIdentities(List.of(), List.of());

  public AciIdentities {
    allowed = List.copyOf(allowed);
    registries = List.copyOf(registries);
  }

  /**
   * An identity that a pod may ask for.
   *
   * @param name by which it is asked for
   * @param resourceId of a user-assigned identity
   * @param namespaces whose pods may have it; empty: all
   */
  public record Allowed(String name, String resourceId, List<String> namespaces) {
    public Allowed {
      namespaces = List.copyOf(namespaces);
    }

    boolean isOpenTo(String namespace) {
      return namespaces.isEmpty() || namespaces.contains(namespace);
    }
  }

  /**
   * A registry that takes an identity for a login.
   *
   * @param server the host that names of images begin with
   * @param resourceId of a user-assigned identity that may fetch from it
   */
  public record Registry(String server, String resourceId) {
    boolean has(String image) {
      return image.startsWith(server + "/");
    }
  }

  /** The identity of that name, if pods of the namespace may have it. */
  Optional<String> resourceId(String name, String namespace) {
    return allowed.stream()
        .filter(identity -> identity.name().equals(name) && identity.isOpenTo(namespace))
        .map(Allowed::resourceId)
        .findFirst();
  }

  /** What pods of a namespace may ask for. */
  List<String> namesFor(String namespace) {
    return allowed.stream()
        .filter(identity -> identity.isOpenTo(namespace))
        .map(Allowed::name)
        .toList();
  }
}
