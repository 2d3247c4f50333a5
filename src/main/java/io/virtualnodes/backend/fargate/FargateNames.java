package io.virtualnodes.backend.fargate;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What things are called at AWS. What is shared by groups is named by what is in it, so that asking
 * twice asks for the same thing, and two operators agree without talking.
 *
 * @param poolUid of the pool, which no other cluster has
 */
record FargateNames(String poolUid) {
  /** The container that fills the volumes. No container of Kubernetes has an underscore. */
  static final String FILLER = "vn_files";

  /** The container that keeps a group of several containers together until it is over. */
  static final String KEEPER = "vn_keeper";

  /** What the streams of the containers' logs begin with. */
  static final String LOG_PREFIX = "vn";

  private static final String SECRET = ":secret:";
  private static final int ARN_ENDING = 7;

  // 128 bits of a hash: two contents of one name do not happen.
  private static final int HASH_BYTES = 16;

  /** What the families of the pool's task definitions begin with. */
  String families() {
    return "vn-" + poolUid + "-";
  }

  /** The family of the task definition with this content. */
  String family(String content) {
    return families() + hash(content);
  }

  /** What the names of the pool's secrets begin with, so that a policy can name them all. */
  String secrets() {
    return "vn/" + poolUid + "/";
  }

  /** The secret that says this. */
  String secret(String text) {
    return secrets() + version(text);
  }

  /**
   * The id of the version of a secret that says this, which is the last part of its name: 32
   * characters, the fewest that Secrets Manager takes. Whatever somebody else makes of the secret
   * is another version.
   */
  static String version(String text) {
    return hash(text);
  }

  /** The name of a secret, to whose ARN AWS adds a hyphen and six characters. */
  static String secretName(String arn) {
    var resource = arn.substring(arn.indexOf(SECRET) + SECRET.length());
    return resource.substring(0, resource.length() - ARN_ENDING);
  }

  /** The family of a task definition, whose ARN ends with it, a colon and a number. */
  static String familyOf(String definitionArn) {
    var last = definitionArn.substring(definitionArn.lastIndexOf('/') + 1);
    return last.substring(0, last.indexOf(':'));
  }

  /** A number from 0 to 99 that is always the same for the same task. */
  static int draw(String startedBy) {
    return new BigInteger(1, sha256(startedBy)).mod(BigInteger.valueOf(100)).intValue();
  }

  /**
   * By which AWS knows that it was asked for the same task before: 64 characters, its limit.
   *
   * @param startedBy of the task, which no other has
   * @param place where it is tried, since another place is another request
   */
  static String clientToken(String startedBy, String place) {
    return HexFormat.of().formatHex(sha256(startedBy + "@" + place));
  }

  /** The stream of a container's log, which the log driver makes of these. */
  static String logStream(String taskId, String container) {
    return LOG_PREFIX + "/" + container + "/" + taskId;
  }

  /** The last part of a task's ARN, which is its id. */
  static String taskId(String taskArn) {
    return taskArn.substring(taskArn.lastIndexOf('/') + 1);
  }

  private static String hash(String text) {
    return HexFormat.of().formatHex(sha256(text), 0, HASH_BYTES);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
