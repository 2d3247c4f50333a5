package io.virtualnodes.kubelet;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority, as a cluster has one for its clients. */
public final class TestAuthority {
  private static final AtomicLong SERIAL = new AtomicLong(1);

  private final X500Name name;
  private final KeyPair keys = keys();
  private final X509Certificate certificate;

  public TestAuthority(String name) {
    this.name = new X500NameBuilder().addRDN(BCStyle.CN, name).build();
    this.certificate =
        issue(this.name, keys, Instant.now().plus(Duration.ofDays(1)), true, List.of());
  }

  /** A certificate with its key. */
  public record Credential(PrivateKey key, X509Certificate certificate) {

    public KeyManager[] keyManagers() {
      try {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", key, new char[0], new X509Certificate[] {certificate});
        var factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
      } catch (GeneralSecurityException | java.io.IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  Credential client(String user, String... groups) {
    return client(subject(user, groups), Instant.now().plus(Duration.ofHours(1)));
  }

  Credential client(X500Name subject, Instant notAfter) {
    return credential(subject, notAfter, KeyPurposeId.id_kp_clientAuth);
  }

  public Credential server(String host) {
    return credential(
        subject(host), Instant.now().plus(Duration.ofHours(1)), KeyPurposeId.id_kp_serverAuth);
  }

  /** A certificate for keys that are somebody else's. */
  X509Certificate sign(X500Name subject, PublicKey subjectKey, Date notBefore, Date notAfter) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.valueOf(SERIAL.getAndIncrement()),
              notBefore,
              notAfter,
              subject,
              subjectKey);
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  String pem() {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
              .encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static X500Name subject(String user, String... groups) {
    var subject = new X500NameBuilder();
    for (var group : groups) {
      subject.addRDN(BCStyle.O, group);
    }
    return subject.addRDN(BCStyle.CN, user).build();
  }

  private Credential credential(X500Name subject, Instant notAfter, KeyPurposeId purpose) {
    var own = keys();
    return new Credential(own.getPrivate(), issue(subject, own, notAfter, false, List.of(purpose)));
  }

  private X509Certificate issue(
      X500Name subject,
      KeyPair subjectKeys,
      Instant notAfter,
      boolean authority,
      List<KeyPurposeId> purposes) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
                  name,
                  BigInteger.valueOf(SERIAL.getAndIncrement()),
                  Date.from(Instant.now().minus(Duration.ofHours(1))),
                  Date.from(notAfter),
                  subject,
                  subjectKeys.getPublic())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (!purposes.isEmpty()) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair keys() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
