package io.virtualnodes.kubelet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who calls, in the cluster's words.
 *
 * @param user the common name of the caller's certificate, or whom its token stands for; never
 *     empty
 * @param uid what tells apart users of the same name over time; empty if there is nothing
 * @param groups the certificate's organizations, or those of the token's user
 * @param extra what else the cluster's authorizers may want to know of the caller
 */
public record Identity(
    String user, String uid, List<String> groups, Map<String, List<String>> extra) {

  public Identity {
    if (user.isEmpty()) {
      throw new IllegalArgumentException("an identity needs a user name");
    }
    groups = List.copyOf(groups);
    var copies = new HashMap<String, List<String>>();
    extra.forEach((key, values) -> copies.put(key, List.copyOf(values)));
    extra = Map.copyOf(copies);
  }

  /** One of whom nothing else is known, as of the holder of a certificate. */
  public Identity(String user, List<String> groups) {
    this(user, "", groups, Map.of());
  }
}
