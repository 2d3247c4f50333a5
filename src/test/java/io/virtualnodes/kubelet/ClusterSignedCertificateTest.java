package io.virtualnodes.kubelet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.kubelet.CertificateSigning.Outcome;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterSignedCertificateTest {
  private static final Duration LIFE = Duration.ofDays(100);

  // Of today, since the authority of these tests lives now.
  private final Instant start = Instant.now();
  private final SettableClock clock = new SettableClock(start);
  private final TestAuthority authority = new TestAuthority("cluster");
  private final Signing signing = new Signing();
  private ClusterSignedCertificate certificate;

  @BeforeEach
  void make() throws IOException {
    certificate =
        new ClusterSignedCertificate("burst-0", InetAddress.getByName("10.1.2.3"), signing, clock);
  }

  @Test
  void itAsksForWhatTheSignerDemands() throws Exception {
    certificate.step(start);

    var request = new JcaPKCS10CertificationRequest(signing.only());
    assertThat(request.getSubject().toString()).isEqualTo("O=system:nodes,CN=system:node:burst-0");
    var names = request.getRequestedExtensions().getExtension(Extension.subjectAlternativeName);
    assertThat(GeneralNames.getInstance(names.getParsedValue()).getNames())
        .extracting(GeneralName::getTagNo)
        .containsExactly(GeneralName.dNSName, GeneralName.iPAddress);
    assertThat(((ECPublicKey) request.getPublicKey()).getParams().getOrder().bitLength())
        .isEqualTo(256);
  }

  @Test
  void untilItIsSignedASelfSignedOneIsShown() throws GeneralSecurityException {
    var shown = certificate.current().certificate();
    shown.verify(shown.getPublicKey());

    assertThat(certificate.step(start)).isEqualTo(Duration.ofSeconds(5));
    assertThat(certificate.current().certificate()).isEqualTo(shown);
    assertThat(signing.requests).hasSize(1);

    signing.sign();
    certificate.step(later(Duration.ofSeconds(5)));

    assertThat(certificate.current().certificate().getIssuerX500Principal().getName())
        .isEqualTo("CN=cluster");
    certificate.current().requireOneAnother();
    assertThat(signing.requests).hasSize(1);
    assertThat(signing.warnings).isEmpty();
  }

  @Test
  void itIsRenewedBetweenSevenAndNineTenthsOfItsLife() {
    certificate.step(start);
    signing.sign();
    var wait = certificate.step(start);
    var first = certificate.current();
    assertThat(wait)
        .isBetween(LIFE.multipliedBy(69).dividedBy(100), LIFE.multipliedBy(90).dividedBy(100));

    signing.outcome = new Outcome.Waiting();
    certificate.step(later(wait));
    assertThat(signing.requests).hasSize(2);
    assertThat(certificate.current()).as("shown on until the next is signed").isSameAs(first);

    signing.sign();
    certificate.step(later(Duration.ofSeconds(5)));
    assertThat(certificate.current().key()).isNotEqualTo(first.key());
  }

  @Test
  void oneThatHasRunOutIsNotShown() {
    certificate.step(start);
    signing.sign();
    certificate.step(start);
    var signed = certificate.current();

    later(LIFE);

    assertThat(certificate.current()).isNotSameAs(signed);
  }

  @Test
  void afterTenMinutesWithoutOneTheNodeIsToldOfOnceAndTheRequestGoesOnWaiting() {
    certificate.step(start);
    certificate.step(later(Duration.ofMinutes(10).minusMillis(1)));
    assertThat(signing.warnings).isEmpty();

    assertThat(certificate.step(later(Duration.ofMillis(1)))).isEqualTo(Duration.ofMinutes(1));
    certificate.step(later(Duration.ofMinutes(1)));

    assertThat(signing.warnings)
        .containsExactly(
            "CertificateNotSigned: The node's HTTPS port shows a certificate that signs itself, or"
                + " its last one. No certificate within 10 minutes: it takes `kubectl certificate"
                + " approve request-1`");
    assertThat(signing.requests).hasSize(1);

    signing.sign();
    certificate.step(later(Duration.ofMinutes(1)));
    assertThat(certificate.current().certificate().getIssuerX500Principal().getName())
        .isEqualTo("CN=cluster");
  }

  @Test
  void aRefusedRequestIsToldOfAndAskedAgainAnHourLater() {
    certificate.step(start);
    signing.outcome = new Outcome.Refused("request request-1 is Denied: no");

    assertThat(certificate.step(start)).isEqualTo(Duration.ofHours(1));
    assertThat(signing.warnings)
        .singleElement()
        .asString()
        .endsWith(" request request-1 is Denied: no");

    signing.outcome = new Outcome.Waiting();
    certificate.step(later(Duration.ofMinutes(59)));
    assertThat(signing.requests).hasSize(1);
    certificate.step(later(Duration.ofMinutes(1)));
    assertThat(signing.requests).hasSize(2);
  }

  @Test
  void aRequestThatIsGoneIsMadeAgain() {
    certificate.step(start);
    signing.outcome = new Outcome.Gone();
    certificate.step(start);
    signing.outcome = new Outcome.Waiting();

    certificate.step(start);

    assertThat(signing.requests).hasSize(2);
  }

  @Test
  void aClusterThatDoesNotLetItAskIsAskedAgainAndTold() {
    signing.failure = Optional.of(new KubernetesClientException("no right to create"));

    certificate.step(start);
    certificate.step(later(Duration.ofMinutes(10)));

    assertThat(signing.warnings).singleElement().asString().endsWith("no right to create");
    signing.failure = Optional.empty();
    certificate.step(later(Duration.ofMinutes(1)));
    assertThat(signing.requests).hasSize(1);
  }

  @Test
  void aCertificateOfAnotherKeyIsNotShown() throws GeneralSecurityException {
    certificate.step(start);
    signing.outcome = new Outcome.Signed(authority.pem());

    certificate.step(start);

    var shown = certificate.current().certificate();
    shown.verify(shown.getPublicKey());
    assertThat(shown.getIssuerX500Principal().getName()).doesNotContain("cluster");
    assertThat(signing.warnings)
        .singleElement()
        .asString()
        .endsWith("what was signed cannot be used: the key is not that of the certificate");
  }

  @Test
  void whoIsToApproveApproves() {
    signing.approves = true;
    certificate.step(start);

    assertThat(signing.approved).containsExactly("request-1");
  }

  private Instant later(Duration by) {
    clock.advance(by);
    return clock.instant();
  }

  /** A cluster that does what the test says. */
  private final class Signing implements CertificateSigning {
    final List<PKCS10CertificationRequest> requests = new ArrayList<>();
    final List<String> approved = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();
    Outcome outcome = new Outcome.Waiting();
    Optional<KubernetesClientException> failure = Optional.empty();
    boolean approves;

    PKCS10CertificationRequest only() {
      assertThat(requests).hasSize(1);
      return requests.getFirst();
    }

    /** Signs the last request. */
    void sign() {
      try {
        var request = new JcaPKCS10CertificationRequest(requests.getLast());
        var signed =
            authority.sign(
                request.getSubject(),
                request.getPublicKey(),
                Date.from(clock.instant()),
                Date.from(clock.instant().plus(LIFE)));
        outcome =
            new Outcome.Signed(
                "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder(64, "\n".getBytes(UTF_8))
                        .encodeToString(signed.getEncoded())
                    + "\n-----END CERTIFICATE-----\n");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String request(String request) {
      if (failure.isPresent()) {
        throw failure.get();
      }
      try (var parser = new PEMParser(new StringReader(request))) {
        requests.add((PKCS10CertificationRequest) parser.readObject());
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      return "request-" + requests.size();
    }

    @Override
    public boolean approve(String name) {
      if (approves) {
        approved.add(name);
      }
      return approves;
    }

    @Override
    public Outcome outcome(String name) {
      return outcome;
    }

    @Override
    public void warn(NodeEventReason reason, String message) {
      warnings.add(reason.reason() + ": " + message);
    }
  }
}
