package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendException;
import java.net.URI;

/**
 * Where Azure waits for somebody who wants to talk with a container, and what that one has to show.
 * It is good for one connection, within a time that Azure does not publish.
 */
record Invitation(URI address, String password) {

  /**
   * @param plain whether an address may be one that is not encrypted, since everything is
   */
  static Invitation of(String address, String password, boolean plain) {
    if (address == null || password == null) {
      throw new BackendException.Unavailable(
          "Azure named no address and password for a conversation", null);
    }
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      // Without its message, which has the address.
      throw new BackendException.Unavailable(
          "Azure named an address for a conversation that is none", null);
    }
    if (!"wss".equalsIgnoreCase(uri.getScheme())
        && !(plain && "ws".equalsIgnoreCase(uri.getScheme()))) {
      throw new BackendException.Unavailable(
          "Azure named an address for a conversation that is not encrypted", null);
    }
    return new Invitation(uri, password);
  }

  /** Without what it says: whoever has it may talk. */
  @Override
  public String toString() {
    return "Invitation";
  }
}
