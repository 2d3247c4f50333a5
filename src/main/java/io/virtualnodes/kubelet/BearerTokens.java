package io.virtualnodes.kubelet;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whose bearer tokens are, remembered for a while: a scraper shows the same one at every node every
 * few seconds. One instance serves all nodes.
 *
 * <p>A holder is remembered for 2 minutes, as by a kubelet, so a token that is revoked works no
 * longer than that. That a token is nobody's is remembered for 10 seconds, apart from the holders,
 * so that whoever tries many tokens makes nobody else be asked about again. A question that could
 * not be asked is not remembered. Tokens themselves are not kept: what is known goes by their
 * SHA-256.
 */
public final class BearerTokens {
  private static final Duration KNOWN = Duration.ofMinutes(2);
  private static final Duration NOBODY = Duration.ofSeconds(10);
  // Callers are a few scrapers, and now and then a person.
  private static final int REMEMBERED = 512;

  /**
   * How many questions are asked at once: tokens can be made up by anybody who reaches the port.
   */
  private static final int AT_ONCE = 8;

  private static final Duration WAIT = Duration.ofSeconds(5);

  private final TokenReview review;
  private final InstantSource clock;
  private final Semaphore turns = new Semaphore(AT_ONCE, true);

  private final ReentrantLock lock = new ReentrantLock();
  // Both guarded by lock, and in order of use, so that what was used longest ago makes room.
  private final SequencedMap<String, Known> holders = new LinkedHashMap<>(16, 0.75f, true);
  private final SequencedMap<String, Instant> nobodys = new LinkedHashMap<>(16, 0.75f, true);

  public BearerTokens(TokenReview review, InstantSource clock) {
    this.review = review;
    this.clock = clock;
  }

  /**
   * Whose token this is; blocks while the cluster is asked.
   *
   * @return empty if it is nobody's
   * @throws RuntimeException if it had to be asked and did not answer
   */
  Optional<Identity> holder(String token) throws InterruptedException {
    var hash = hash(token);
    var known = remembered(hash);
    if (known.isPresent()) {
      return known.get().holder();
    }
    if (!turns.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("too many tokens are being asked about at once");
    }
    try {
      // Whoever had the turn before may have asked the same.
      var meanwhile = remembered(hash);
      return meanwhile.isPresent() ? meanwhile.get().holder() : ask(token, hash);
    } finally {
      turns.release();
    }
  }

  private Optional<Identity> ask(String token, String hash) {
    // From before the question: an answer is not younger than that.
    var asked = clock.instant();
    var holder = review.holder(token);
    remember(hash, holder, asked);
    return holder;
  }

  private Optional<Answered> remembered(String hash) {
    var now = clock.instant();
    lock.lock();
    try {
      var known = holders.get(hash);
      if (known != null && now.isBefore(known.until())) {
        return Optional.of(new Answered(Optional.of(known.identity())));
      }
      var nobody = nobodys.get(hash);
      return nobody != null && now.isBefore(nobody)
          ? Optional.of(new Answered(Optional.empty()))
          : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private void remember(String hash, Optional<Identity> holder, Instant asked) {
    lock.lock();
    try {
      holders.remove(hash);
      nobodys.remove(hash);
      holder.ifPresentOrElse(
          identity -> holders.put(hash, new Known(identity, asked.plus(KNOWN))),
          () -> nobodys.put(hash, asked.plus(NOBODY)));
      if (holders.size() > REMEMBERED) {
        holders.pollFirstEntry();
      }
      if (nobodys.size() > REMEMBERED) {
        nobodys.pollFirstEntry();
      }
    } finally {
      lock.unlock();
    }
  }

  private static String hash(String token) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }

  private record Known(Identity identity, Instant until) {}

  private record Answered(Optional<Identity> holder) {}
}
