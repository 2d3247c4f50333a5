package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.junit.jupiter.api.Test;

class AuthenticationTest {
  private final TestAuthority cluster = new TestAuthority("cluster");
  private final TestAuthority foreign = new TestAuthority("foreign");
  private String bundle = cluster.pem();
  private final Authentication authentication =
      new Authentication(
          () -> bundle, new BearerTokens(_ -> Optional.empty(), InstantSource.system()));

  @Test
  void theCommonNameIsTheUserAndTheOrganizationsAreTheGroups() {
    var caller = cluster.client("team, \"a\"+b", "system:masters", "ops");

    assertThat(authentication.authenticate(List.of(caller.certificate())))
        .contains(new Identity("team, \"a\"+b", List.of("system:masters", "ops")));
  }

  @Test
  void noCertificateIsNobody() {
    assertThat(authentication.authenticate(List.of())).isEmpty();
  }

  @Test
  void aCertificateWithoutANameIsNobody() {
    var subject = new X500NameBuilder().addRDN(BCStyle.O, "system:masters").build();
    var caller = cluster.client(subject, Instant.now().plus(Duration.ofHours(1)));

    assertThat(authentication.authenticate(List.of(caller.certificate()))).isEmpty();
  }

  @Test
  void aForeignCertificateIsNobodyEvenUnderTheSameAuthorityName() {
    var impostor = new TestAuthority("cluster").client("alice", "system:masters");

    assertThat(authentication.authenticate(List.of(impostor.certificate()))).isEmpty();
  }

  @Test
  void anExpiredCertificateIsNobody() {
    var caller =
        cluster.client(TestAuthority.subject("alice"), Instant.now().minus(Duration.ofMinutes(1)));

    assertThat(authentication.authenticate(List.of(caller.certificate()))).isEmpty();
  }

  @Test
  void aServersCertificateIsNobody() {
    assertThat(authentication.authenticate(List.of(cluster.server("etcd").certificate())))
        .isEmpty();
  }

  @Test
  void aChangedBundleTakesEffectAtOnce() {
    var old = List.of(cluster.client("alice").certificate());
    var next = List.of(foreign.client("alice").certificate());
    assertThat(authentication.authenticate(old)).isPresent();

    bundle = cluster.pem() + "# both while certificates are exchanged\n" + foreign.pem();
    assertThat(authentication.authenticate(old)).isPresent();
    assertThat(authentication.authenticate(next)).isPresent();

    bundle = foreign.pem();
    assertThat(authentication.authenticate(old)).isEmpty();
    assertThat(authentication.authenticate(next)).isPresent();
  }

  @Test
  void anUnusableBundleTrustsNobodyAndSaysWhy() {
    var chain = new X509Certificate[] {cluster.client("alice").certificate()};
    for (var unusable :
        List.of(
            "", "no PEM at all", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")) {
      bundle = unusable;
      assertThatThrownBy(() -> authentication.trustManager().checkClientTrusted(chain, "EC"))
          .as(unusable)
          .isInstanceOf(CertificateException.class)
          .hasMessageStartingWith("the cluster's client CA: ");
      assertThat(authentication.authenticate(List.of(chain))).as(unusable).isEmpty();
    }
  }

  @Test
  void noServerIsVouchedFor() {
    var chain = new X509Certificate[] {cluster.server("etcd").certificate()};

    assertThatThrownBy(() -> authentication.trustManager().checkServerTrusted(chain, "EC"))
        .isInstanceOf(CertificateException.class);
  }
}
