package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelfSignedCertificateTest {
  private static final Instant START = Instant.parse("2026-02-03T04:05:06Z");

  private final SettableClock clock = new SettableClock(START);

  @Test
  void itIsForTheNodesNameAndAddress() throws GeneralSecurityException, UnknownHostException {
    var certificate =
        new SelfSignedCertificate("burst-0", InetAddress.getByName("10.1.2.3"), clock)
            .current()
            .certificate();

    assertThat(certificate.getSubjectAlternativeNames())
        .extracting(name -> (Object) name.get(1))
        .containsExactly("burst-0", "10.1.2.3");
    assertThat(certificate.getExtendedKeyUsage()).isEqualTo(List.of("1.3.6.1.5.5.7.3.1"));
    assertThat(certificate.getBasicConstraints()).as("no authority").isEqualTo(-1);
    assertThat(((ECPublicKey) certificate.getPublicKey()).getParams().getOrder().bitLength())
        .isEqualTo(256);
    assertThat(certificate.getNotBefore()).isBefore(Date.from(START));
    assertThat(certificate.getNotAfter()).isEqualTo(Date.from(START.plus(Duration.ofDays(365))));
    certificate.verify(certificate.getPublicKey());
  }

  @Test
  void anAddressOfTheNewKindIsKept() throws GeneralSecurityException, UnknownHostException {
    var certificate =
        new SelfSignedCertificate("burst-0", InetAddress.getByName("fd00::7"), clock)
            .current()
            .certificate();

    assertThat(certificate.getSubjectAlternativeNames())
        .extracting(name -> (Object) name.get(1))
        .containsExactly("burst-0", "fd00:0:0:0:0:0:0:7");
  }

  @Test
  void itIsTheSameUntilFourFifthsOfItsLifeAreOver() throws UnknownHostException {
    var serving = new SelfSignedCertificate("burst-0", InetAddress.getByName("10.1.2.3"), clock);
    var first = serving.current();

    clock.advance(Duration.ofDays(292).minusNanos(1));
    assertThat(serving.current()).isSameAs(first);

    clock.advance(Duration.ofNanos(1));
    assertThat(serving.current().certificate().getNotAfter())
        .isEqualTo(Date.from(START.plus(Duration.ofDays(292 + 365))));
    assertThat(serving.current().key()).isNotEqualTo(first.key());
  }
}
