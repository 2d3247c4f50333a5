package io.virtualnodes.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.Security;
import javax.crypto.Cipher;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("It changes the providers of the JVM.")
class NativeCryptographyTest {
  @AfterEach
  void remove() {
    Security.removeProvider(AmazonCorrettoCryptoProvider.PROVIDER_NAME);
  }

  @Test
  void theCipherOfTlsIsTheLibrarys() throws GeneralSecurityException {
    assertThat(NativeCryptography.install()).isTrue();

    assertThat(Cipher.getInstance("AES/GCM/NoPadding").getProvider())
        .isSameAs(AmazonCorrettoCryptoProvider.INSTANCE);
  }
}
