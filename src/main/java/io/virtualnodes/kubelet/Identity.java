package io.virtualnodes.kubelet;

import java.util.List;

/**
 * Who calls, in the cluster's words.
 *
 * @param user the common name of the caller's certificate; never empty
 * @param groups its organizations
 */
public record Identity(String user, List<String> groups) {

  public Identity {
    if (user.isEmpty()) {
      throw new IllegalArgumentException("an identity needs a user name");
    }
    groups = List.copyOf(groups);
  }
}
