package io.virtualnodes.runtime;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.amazon.corretto.crypto.provider.RuntimeCryptoException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the JDK's TLS encrypt by machine code of a library. The JDK's own is fast only once its
 * second compiler has had it, which the Deployment does without: with the first alone, AES-GCM does
 * some 25 MB/s, which is what {@code kubectl cp} and the watches of a burst then get.
 */
final class NativeCryptography {
  private static final Logger log = LoggerFactory.getLogger(NativeCryptography.class);

  private NativeCryptography() {}

  /**
   * For all of the JVM, before anything has made a cipher. Where the library cannot run, such as on
   * another architecture than it was built for, all goes on as before, only slower.
   *
   * @return whether it is installed
   */
  static boolean install() {
    var provider = AmazonCorrettoCryptoProvider.INSTANCE;
    try {
      provider.assertHealthy();
    } catch (RuntimeCryptoException e) {
      log.atWarn()
          .addKeyValue("failure", e.getMessage())
          .log("no native cryptography here; TLS takes more of the processor");
      return false;
    }
    AmazonCorrettoCryptoProvider.install();
    return true;
  }
}
