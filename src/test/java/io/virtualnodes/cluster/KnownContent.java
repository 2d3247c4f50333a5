package io.virtualnodes.cluster;

import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/**
 * Many bytes that do not repeat in a way that a lost piece could hide behind, and their SHA-256.
 */
final class KnownContent extends InputStream {
  private final byte[] block = new byte[1 << 20];
  private final MessageDigest digest = sha256();
  private final long size;
  private long given;

  KnownContent(long size) {
    this.size = size;
    new Random(size).nextBytes(block);
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    if (given == size) {
      return -1;
    }
    // One less than the block, so that its pieces start at ever other places.
    int from = (int) (given % (block.length - 1));
    int count = (int) Math.min(Math.min(length, block.length - from), size - given);
    System.arraycopy(block, from, bytes, offset, count);
    digest.update(block, from, count);
    given += count;
    return count;
  }

  @Override
  public int read() {
    throw new UnsupportedOperationException("it is read in pieces");
  }

  /** Of what was read so far, once. */
  String checksum() {
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
