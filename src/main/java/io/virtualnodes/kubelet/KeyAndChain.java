package io.virtualnodes.kubelet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * A certificate with its key.
 *
 * @param chain the certificate itself first, then those that vouch for it, if any are shown
 */
record KeyAndChain(PrivateKey key, List<X509Certificate> chain) {

  KeyAndChain {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a chain needs a certificate");
    }
    chain = List.copyOf(chain);
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  /**
   * Reads what a Secret of type {@code kubernetes.io/tls} holds.
   *
   * @throws GeneralSecurityException if it cannot be read, or the key is not the certificate's, in
   *     words for people
   */
  static KeyAndChain read(String certificates, String key) throws GeneralSecurityException {
    var read = new KeyAndChain(privateKey(key), chain(certificates));
    read.requireOneAnother();
    return read;
  }

  /** Certificates in PEM, as they stand; at least one. */
  static List<X509Certificate> chain(String pem) throws GeneralSecurityException {
    var read =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
    if (read.isEmpty()) {
      throw new CertificateException("there is no certificate in it");
    }
    return read.stream().map(certificate -> (X509Certificate) certificate).toList();
  }

  /** A key in PEM: of PKCS #8, or in the older forms of its own kind. */
  private static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    try (var parser = new PEMParser(new StringReader(pem))) {
      var converter = new JcaPEMKeyConverter();
      // OpenSSL puts the parameters of an EC key before it.
      for (var part = parser.readObject(); part != null; part = parser.readObject()) {
        if (part instanceof PrivateKeyInfo info) {
          return converter.getPrivateKey(info);
        }
        if (part instanceof PEMKeyPair pair) {
          return converter.getPrivateKey(pair.getPrivateKeyInfo());
        }
      }
      throw new InvalidKeyException("there is no plain key in it");
    } catch (IOException e) {
      throw new InvalidKeyException("the key cannot be read", e);
    }
  }

  /**
   * Signs something and verifies it.
   *
   * @throws GeneralSecurityException if the key is not the certificate's
   */
  void requireOneAnother() throws GeneralSecurityException {
    var something = certificate().getEncoded();
    var algorithm = switch (key.getAlgorithm()) { // keys may be of any kind
          case "RSA" -> "SHA256withRSA";
          case "EC", "ECDSA" -> "SHA256withECDSA";
          default -> key.getAlgorithm(); // Ed25519 is also the name of its signatures
        };
    var signing = Signature.getInstance(algorithm);
    signing.initSign(key);
    signing.update(something);
    var signed = signing.sign();
    var verifying = Signature.getInstance(algorithm);
    verifying.initVerify(certificate().getPublicKey());
    verifying.update(something);
    if (!verifying.verify(signed)) {
      throw new InvalidKeyException("the key is not that of the certificate");
    }
  }

  /** New EC P-256 keys. */
  static KeyPair newKeys(SecureRandom random) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  /** What a node goes by: its name, and the address at which it is dialled. */
  static GeneralNames names(String node, InetAddress address) {
    return new GeneralNames(
        new GeneralName[] {
          new GeneralName(GeneralName.dNSName, node),
          new GeneralName(GeneralName.iPAddress, new DEROctetString(address.getAddress()))
        });
  }
}
