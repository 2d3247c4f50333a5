package io.virtualnodes.kubelet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who callers are: the holder of a client certificate that the cluster's client CA issued, with the
 * common name as the user and the organizations as the groups; else the holder of a bearer token,
 * as the cluster says. There is no anonymous caller. One instance serves all nodes.
 *
 * <p>A certificate is checked twice: in the TLS handshake, so that strangers get no further, and at
 * each request, since a connection may outlive its certificate or the CA that vouched for it.
 */
public final class Authentication {
  private static final Logger log = LoggerFactory.getLogger(Authentication.class);

  private final Supplier<String> clientCa;
  private final BearerTokens tokens;
  // Starts as a text that no bundle has, so that even an empty one is read, and told of, once.
  private final AtomicReference<Trust> trust =
      new AtomicReference<>(Trust.none("(not read yet)", "not read yet"));
  private final X509ExtendedTrustManager trustManager = new CurrentTrust();

  /**
   * @param clientCa the cluster's client CA certificates in PEM. It is asked at each handshake and
   *     request, by many threads at once, so it answers from memory; a changed answer takes effect
   *     at once. An empty answer means that no certificate is trusted.
   * @param tokens for callers without a certificate
   */
  public Authentication(Supplier<String> clientCa, BearerTokens tokens) {
    this.clientCa = clientCa;
    this.tokens = tokens;
  }

  /** For the TLS handshake. */
  X509ExtendedTrustManager trustManager() {
    return trustManager;
  }

  /**
   * The caller with this certificate, or else with this token; blocks while the cluster is asked.
   *
   * @param chain as the TLS session holds it, the caller's own first; empty if none was shown
   * @param authorization the request's header of that name; empty if it has none
   * @return empty if the chain names nobody whom the client CA vouches for now, and the header
   *     holds nobody's token
   * @throws RuntimeException if the cluster had to be asked and did not answer
   */
  Optional<Identity> authenticate(List<X509Certificate> chain, String authorization)
      throws InterruptedException {
    var certified = authenticate(chain);
    if (certified.isPresent()) {
      return certified;
    }
    // Schemes are case-insensitive: https://www.rfc-editor.org/rfc/rfc9110#section-11.1
    var words = authorization.strip().split(" +", 2);
    return words.length == 2 && words[0].equalsIgnoreCase("Bearer")
        ? tokens.holder(words[1])
        : Optional.empty();
  }

  /** The caller with this certificate. */
  Optional<Identity> authenticate(List<X509Certificate> chain) {
    if (chain.isEmpty()) {
      return Optional.empty();
    }
    var own = chain.getFirst();
    try {
      trustManager.checkClientTrusted(
          chain.toArray(X509Certificate[]::new), own.getPublicKey().getAlgorithm());
    } catch (CertificateException e) {
      log.debug("client certificate is trusted no longer", e);
      return Optional.empty();
    }
    var subject = X500Name.getInstance(own.getSubjectX500Principal().getEncoded());
    var names = values(subject, BCStyle.CN);
    if (names.isEmpty() || names.getLast().isEmpty()) {
      return Optional.empty();
    }
    // The last name counts where there are several: that is how the API server reads a subject.
    return Optional.of(new Identity(names.getLast(), values(subject, BCStyle.O)));
  }

  private static List<String> values(X500Name subject, ASN1ObjectIdentifier type) {
    var values = new ArrayList<String>();
    for (var name : subject.getRDNs()) {
      for (var part : name.getTypesAndValues()) {
        if (part.getType().equals(type) && part.getValue() instanceof ASN1String text) {
          values.add(text.getString());
        }
      }
    }
    return values;
  }

  private X509ExtendedTrustManager current() throws CertificateException {
    var pem = clientCa.get();
    var known = trust.get();
    if (!known.pem().equals(pem)) {
      var read = Trust.of(pem);
      // Whoever replaces the old one tells, so that a bundle that cannot be read is told of once.
      if (trust.compareAndSet(known, read) && read.manager().isEmpty()) {
        log.atWarn()
            .addKeyValue("problem", read.problem())
            .log("no caller of the kubelet API is trusted: the client CA cannot be used");
      }
      known = read;
    }
    var problem = known.problem();
    return known.manager().orElseThrow(() -> new CertificateException(problem));
  }

  /** What a PEM text came to. */
  private record Trust(String pem, Optional<X509ExtendedTrustManager> manager, String problem) {

    static Trust none(String pem, String problem) {
      return new Trust(pem, Optional.empty(), "the cluster's client CA: " + problem);
    }

    static Trust of(String pem) {
      if (pem.isBlank()) {
        return none(pem, "not known");
      }
      try {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        var certificates =
            CertificateFactory.getInstance("X.509")
                .generateCertificates(
                    new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
        int number = 0;
        for (var certificate : certificates) {
          store.setCertificateEntry("client-ca-" + number++, certificate);
        }
        if (number == 0) {
          return none(pem, "holds no certificate");
        }
        var factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        for (var manager : factory.getTrustManagers()) {
          if (manager instanceof X509ExtendedTrustManager x509) {
            return new Trust(pem, Optional.of(x509), "");
          }
        }
        throw new IllegalStateException("this JVM has no X.509 trust manager");
      } catch (GeneralSecurityException | IOException e) {
        return none(pem, e.getMessage());
      }
    }
  }

  /** Hands each question to the trust of the moment. */
  private final class CurrentTrust extends X509ExtendedTrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      current().checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      current().checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      current().checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw onlyClients();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw onlyClients();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw onlyClients();
    }

    private static CertificateException onlyClients() {
      return new CertificateException("the client CA vouches for callers, not for servers");
    }

    // Naming the CAs would make some clients withhold a certificate that an intermediate issued.
    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
