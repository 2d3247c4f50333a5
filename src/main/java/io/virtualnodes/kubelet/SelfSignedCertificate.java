package io.virtualnodes.kubelet;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate that signs itself, on a key of its own, for the node's name and address, valid for
 * a year and replaced when four fifths of it are over. It lives in memory only; a restart makes
 * another.
 */
public final class SelfSignedCertificate implements ServingCertificate {
  private static final Duration VALIDITY = Duration.ofDays(365);
  private static final Duration RENEWED_AFTER = VALIDITY.multipliedBy(4).dividedBy(5);
  // The API server's clock may be a little behind ours.
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);
  private static final X500Name SUBJECT = new X500Name("O=virtualnodes.io,CN=kubelet-serving");

  private final GeneralNames names;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock.
  private Optional<Issued> issued = Optional.empty();

  /**
   * @param node the Node's name
   * @param address what the Node publishes as its InternalIP: an API server that verifies, verifies
   *     the address it dialled
   */
  public SelfSignedCertificate(String node, InetAddress address, InstantSource clock) {
    this.names = KeyAndChain.names(node, address);
    this.clock = clock;
  }

  @Override
  public KeyAndChain current() {
    var now = clock.instant();
    lock.lock();
    try {
      if (issued.isEmpty() || !now.isBefore(issued.get().renewAt())) {
        issued = Optional.of(issue(now));
      }
      return issued.get().shown();
    } finally {
      lock.unlock();
    }
  }

  private Issued issue(Instant now) {
    try {
      var keys = KeyAndChain.newKeys(random);
      var certificate =
          new JcaX509v3CertificateBuilder(
                  SUBJECT,
                  new BigInteger(159, random).add(BigInteger.ONE),
                  Date.from(now.minus(CLOCK_SKEW)),
                  Date.from(now.plus(VALIDITY)),
                  SUBJECT,
                  keys.getPublic())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
              .addExtension(
                  Extension.extendedKeyUsage,
                  false,
                  new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
              .addExtension(Extension.subjectAlternativeName, false, names)
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
      var shown =
          new KeyAndChain(
              keys.getPrivate(),
              List.of(new JcaX509CertificateConverter().getCertificate(certificate)));
      return new Issued(shown, now.plus(RENEWED_AFTER));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("this JVM cannot make an EC P-256 certificate", e);
    }
  }

  private record Issued(KeyAndChain shown, Instant renewAt) {}
}
