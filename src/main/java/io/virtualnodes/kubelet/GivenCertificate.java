package io.virtualnodes.kubelet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A certificate that somebody else looks after, in the files {@code tls.crt} and {@code tls.key} of
 * a folder: a Secret of type {@code kubernetes.io/tls}, mounted. Changed files are read within 10
 * seconds; what cannot be used is told in the log once, and the one before it is shown on.
 */
public final class GivenCertificate implements ServingCertificate {
  private static final Logger log = LoggerFactory.getLogger(GivenCertificate.class);

  // https://kubernetes.io/docs/concepts/configuration/secret/#tls-secrets
  private static final String CERTIFICATE = "tls.crt";
  private static final String KEY = "tls.key";

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);

  private final Path folder;
  private final InstantSource clock;

  private final ReentrantLock lock = new ReentrantLock();
  // All guarded by lock.
  private KeyAndChain shown;
  private Times times;
  private Instant lookedAt;
  private String problem = "";

  /** When the two files were changed last. */
  private record Times(FileTime certificate, FileTime key) {}

  /**
   * @param folder where the two files are
   * @throws IOException if they cannot be read or used, in words for people
   */
  public GivenCertificate(Path folder, InstantSource clock) throws IOException {
    this.folder = folder;
    this.clock = clock;
    this.times = changed();
    this.shown = read();
    this.lookedAt = clock.instant();
  }

  @Override
  public KeyAndChain current() {
    var now = clock.instant();
    lock.lock();
    try {
      // Two looks at a file system in memory, every 10 s: an event loop can afford that.
      if (!now.isBefore(lookedAt.plus(BETWEEN_LOOKS))) {
        lookedAt = now;
        look();
      }
      return shown;
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    try {
      var changed = changed();
      if (!changed.equals(times)) {
        shown = read();
        times = changed;
        problem = "";
        log.atInfo()
            .addKeyValue("until", shown.certificate().getNotAfter().toInstant())
            .log("given certificate of the kubelet API read again");
      }
    } catch (IOException e) {
      if (!problem.equals(e.getMessage())) {
        problem = e.getMessage();
        log.atError()
            .addKeyValue("problem", problem)
            .log("given certificate of the kubelet API cannot be used; the one before is shown on");
      }
    }
  }

  private Times changed() throws IOException {
    try {
      return new Times(
          Files.getLastModifiedTime(folder.resolve(CERTIFICATE)),
          Files.getLastModifiedTime(folder.resolve(KEY)));
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + e.getFile(), e);
    }
  }

  private KeyAndChain read() throws IOException {
    try {
      return KeyAndChain.read(
          Files.readString(folder.resolve(CERTIFICATE)), Files.readString(folder.resolve(KEY)));
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "the certificate in %s cannot be used: %s".formatted(folder, e.getMessage()), e);
    }
  }
}
