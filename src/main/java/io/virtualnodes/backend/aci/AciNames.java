package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.GroupId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * What things are called at Azure. A name is derived from the pool and the group alone, so that
 * asking twice asks for the same thing.
 *
 * @see <a
 *     href="https://learn.microsoft.com/azure/container-instances/container-instances-troubleshooting#naming-conventions">
 *     Naming conventions</a>
 */
record AciNames(String pool, String poolUid) {
  /**
   * The longest name of a container group: 63 characters, of which a hyphen may not be the last.
   */
  static final int LONGEST = 63;

  private static final String PREFIX = "vn-";
  // 128 bits of a hash: two groups of one name do not happen.
  private static final int HASH_BYTES = 16;
  private static final int POOL_LENGTH = LONGEST - PREFIX.length() - 2 * HASH_BYTES - 1;

  /** {@code vn-<pool>-<hash>}; the pool is there for people and cut to fit. */
  String group(GroupId id) {
    var hash = hash(poolUid + "/" + id);
    var readable = readable(pool);
    return readable.isEmpty() ? PREFIX + hash : PREFIX + readable + "-" + hash;
  }

  /**
   * The name of the group's nth volume. Kubernetes allows names like {@code tmp}, which are too
   * short for Azure, and two hyphens in a row, which Azure forbids.
   */
  static String volume(int nth) {
    return "volume-" + nth;
  }

  private static String readable(String text) {
    var clean = text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    return clean.length() <= POOL_LENGTH
        ? clean
        : clean.substring(0, POOL_LENGTH).replaceAll("-$", "");
  }

  private static String hash(String text) {
    try {
      var digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
