package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GivenCertificateTest {
  private static final Instant START = Instant.parse("2026-02-03T04:05:06Z");

  private final SettableClock clock = new SettableClock(START);
  private final TestAuthority authority = new TestAuthority("issuer");
  private final TestAuthority.Credential first = authority.server("burst-0");
  private final TestAuthority.Credential second = authority.server("burst-0");
  @TempDir private Path folder;

  @BeforeEach
  void give() throws IOException {
    write("tls.crt", pem("CERTIFICATE", encoded(first)) + authority.pem(), START);
    write("tls.key", pem("PRIVATE KEY", first.key().getEncoded()), START);
  }

  @Test
  void theGivenChainIsShown() throws IOException {
    var shown = new GivenCertificate(folder, clock).current();

    assertThat(shown.certificate()).isEqualTo(first.certificate());
    assertThat(shown.chain()).hasSize(2);
    assertThat(shown.key()).isEqualTo(first.key());
  }

  @Test
  void aKeyInTheOlderFormOfItsKindIsRead() throws IOException {
    // As OpenSSL writes it: RFC 5915, which PKCS #8 wraps.
    var info = PrivateKeyInfo.getInstance(first.key().getEncoded());
    var older = info.parsePrivateKey().toASN1Primitive().getEncoded();
    // That form names its curve itself, where PKCS #8 does so outside.
    var named =
        new ECPrivateKey(
            256,
            ECPrivateKey.getInstance(older).getKey(),
            info.getPrivateKeyAlgorithm().getParameters());
    write("tls.key", pem("EC PRIVATE KEY", named.getEncoded()), START);

    assertThat(new GivenCertificate(folder, clock).current().certificate())
        .isEqualTo(first.certificate());
  }

  @Test
  void aChangedOneIsShownTenSecondsLaterAtMost() throws IOException {
    var given = new GivenCertificate(folder, clock);
    var before = given.current();
    give(second);

    clock.advance(Duration.ofSeconds(10).minusNanos(1));
    assertThat(given.current()).isSameAs(before);
    clock.advance(Duration.ofNanos(1));
    assertThat(given.current().certificate()).isEqualTo(second.certificate());
  }

  @Test
  void oneThatCannotBeUsedLeavesTheOneBefore() throws IOException {
    var given = new GivenCertificate(folder, clock);
    var before = given.current();

    // Half of the change: the other's certificate beside this one's key.
    write("tls.crt", pem("CERTIFICATE", encoded(second)), START.plusSeconds(1));
    clock.advance(Duration.ofSeconds(10));
    assertThat(given.current()).isSameAs(before);

    Files.delete(folder.resolve("tls.key"));
    clock.advance(Duration.ofSeconds(10));
    assertThat(given.current()).isSameAs(before);

    give(second);
    clock.advance(Duration.ofSeconds(10));
    assertThat(given.current().certificate()).isEqualTo(second.certificate());
  }

  @Test
  void whatIsMissingOrWrongAtFirstIsSaid() throws IOException {
    write("tls.key", pem("PRIVATE KEY", second.key().getEncoded()), START);
    assertThatThrownBy(() -> new GivenCertificate(folder, clock))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "the certificate in %s cannot be used: the key is not that of the certificate"
                .formatted(folder));

    write("tls.key", "rubbish", START);
    assertThatThrownBy(() -> new GivenCertificate(folder, clock))
        .hasMessageEndingWith("there is no plain key in it");

    write("tls.crt", "", START);
    assertThatThrownBy(() -> new GivenCertificate(folder, clock)).isInstanceOf(IOException.class);

    Files.delete(folder.resolve("tls.crt"));
    assertThatThrownBy(() -> new GivenCertificate(folder, clock))
        .hasMessage("there is no file " + folder.resolve("tls.crt"));
  }

  private void give(TestAuthority.Credential credential) throws IOException {
    write("tls.crt", pem("CERTIFICATE", encoded(credential)), START.plusSeconds(5));
    write("tls.key", pem("PRIVATE KEY", credential.key().getEncoded()), START.plusSeconds(5));
  }

  private void write(String file, String text, Instant changed) throws IOException {
    Files.setLastModifiedTime(
        Files.writeString(folder.resolve(file), text), FileTime.from(changed));
  }

  private static byte[] encoded(TestAuthority.Credential credential) {
    try {
      return credential.certificate().getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String type, byte[] content) throws IOException {
    var text = new StringWriter();
    try (var writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, content));
    }
    return text.toString();
  }
}
