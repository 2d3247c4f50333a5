package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.kubelet.CertificateSigning.Outcome;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A certificate that the cluster's own signer of kubelet certificates made, which the API server
 * and metrics-server verify. It is asked for anew when 70 to 90 percent of its life are over, as by
 * a kubelet, and lives in memory only.
 *
 * <p>Somebody has to approve each request. Until then, and whenever there is none that is valid, a
 * self-signed certificate is shown. After 10 minutes without one the Node gets a warning event, and
 * the request goes on waiting. One that is refused is told of at once, and asked again an hour
 * later.
 */
public final class ClusterSignedCertificate implements ServingCertificate {
  private static final Logger log = LoggerFactory.getLogger(ClusterSignedCertificate.class);

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
  // Somebody is told by then, and may take days.
  private static final Duration BETWEEN_LATE_LOOKS = Duration.ofMinutes(1);
  private static final Duration AFTER_A_REFUSAL = Duration.ofHours(1);

  private final String node;
  private final X500Name subject;
  private final GeneralNames names;
  private final CertificateSigning signing;
  private final SelfSignedCertificate meanwhile;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Thread thread;

  private volatile Optional<KeyAndChain> signed = Optional.empty();

  // What follows belongs to whoever takes the steps.
  private Instant due = Instant.EPOCH;
  private Optional<Instant> waitingSince = Optional.empty();
  private Optional<Asked> asked = Optional.empty();
  private boolean told;
  private String problem = "";

  private record Asked(String name, PrivateKey key) {}

  ClusterSignedCertificate(
      String node, InetAddress address, CertificateSigning signing, InstantSource clock) {
    this.node = node;
    // What the signer demands, and nothing else.
    this.subject =
        new X500NameBuilder(BCStyle.INSTANCE)
            .addRDN(BCStyle.O, "system:nodes")
            .addRDN(BCStyle.CN, "system:node:" + node)
            .build();
    this.names = KeyAndChain.names(node, address);
    this.signing = signing;
    this.meanwhile = new SelfSignedCertificate(node, address, clock);
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("certificate-" + node).unstarted(this::keepSigned);
  }

  /** Begins to look after it, in a thread of its own. */
  ClusterSignedCertificate start() {
    thread.start();
    return this;
  }

  @Override
  public KeyAndChain current() {
    var now = clock.instant();
    return signed
        .filter(own -> now.isBefore(own.certificate().getNotAfter().toInstant()))
        .orElseGet(meanwhile::current);
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void keepSigned() {
    try {
      while (true) {
        Thread.sleep(step(clock.instant()));
      }
    } catch (InterruptedException e) {
      // close() ends it this way.
    }
  }

  /**
   * Does what is due, which blocks while the cluster is asked.
   *
   * @return how long nothing is due after that
   */
  Duration step(Instant now) {
    if (now.isBefore(due)) {
      return Duration.between(now, due);
    }
    waitingSince = waitingSince.or(() -> Optional.of(now));
    try {
      proceed(now);
    } catch (KubernetesClientException e) {
      stuck(e.getMessage());
    }
    if (now.isBefore(due)) {
      return Duration.between(now, due);
    }
    if (waitingSince.filter(since -> !now.isBefore(since.plus(PATIENCE))).isPresent()) {
      warnOnce("No certificate within 10 minutes: " + problem);
    }
    return told ? BETWEEN_LATE_LOOKS : BETWEEN_LOOKS;
  }

  private void proceed(Instant now) {
    if (asked.isEmpty()) {
      asked = Optional.of(ask());
    }
    var request = asked.get();
    switch (signing.outcome(request.name())) {
      case Outcome.Waiting _ -> {
        if (!signing.approve(request.name())) {
          stuck("it takes `kubectl certificate approve %s`".formatted(request.name()));
        }
      }
      case Outcome.Approved _ ->
          stuck("request %s is approved and not signed".formatted(request.name()));
      case Outcome.Signed(var pem) -> accept(request, pem, now);
      case Outcome.Refused(var why) -> refused(why, now);
      // Requests that wait for a day are removed by the cluster.
      case Outcome.Gone _ -> asked = Optional.empty();
    }
  }

  private Asked ask() {
    try {
      var keys = KeyAndChain.newKeys(random);
      var extensions = new ExtensionsGenerator();
      extensions.addExtension(Extension.subjectAlternativeName, false, names);
      var request =
          new JcaPKCS10CertificationRequestBuilder(subject, keys.getPublic())
              .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
      var pem = new StringWriter();
      try (var writer = new PemWriter(pem)) {
        writer.writeObject(new PemObject("CERTIFICATE REQUEST", request.getEncoded()));
      }
      return new Asked(signing.request(pem.toString()), keys.getPrivate());
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("this JVM cannot ask for an EC P-256 certificate", e);
    }
  }

  private void accept(Asked request, String pem, Instant now) {
    try {
      var received = new KeyAndChain(request.key(), KeyAndChain.chain(pem));
      received.requireOneAnother();
      signed = Optional.of(received);
      settled(renewal(received.certificate()));
      log.atInfo()
          .addKeyValue("node", node)
          .addKeyValue("until", received.certificate().getNotAfter().toInstant())
          .log("certificate of the kubelet API signed by the cluster");
    } catch (GeneralSecurityException e) {
      refused("what was signed cannot be used: " + e.getMessage(), now);
    }
  }

  private Instant renewal(X509Certificate certificate) {
    var begin = certificate.getNotBefore().toInstant();
    var life = Duration.between(begin, certificate.getNotAfter().toInstant());
    // At chance, so that the nodes of a process do not all ask at once.
    return begin.plus(life.multipliedBy(700 + random.nextInt(200)).dividedBy(1000));
  }

  private void refused(String why, Instant now) {
    warnOnce(why);
    settled(now.plus(AFTER_A_REFUSAL));
  }

  private void settled(Instant nextDue) {
    due = nextDue;
    asked = Optional.empty();
    waitingSince = Optional.empty();
    told = false;
    problem = "";
  }

  private void stuck(String why) {
    if (!problem.equals(why)) {
      problem = why;
      log.atInfo()
          .addKeyValue("node", node)
          .addKeyValue("problem", why)
          .log("certificate of the kubelet API not signed yet");
    }
  }

  private void warnOnce(String why) {
    if (!told) {
      told = true;
      signing.warn(
          NodeEventReason.CERTIFICATE_NOT_SIGNED,
          "The node's HTTPS port shows a certificate that signs itself, or its last one. " + why);
    }
  }
}
