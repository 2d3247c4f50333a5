package io.virtualnodes.kubelet;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;

/**
 * TLS of one node's port: 1.2 or newer, the certificate of the moment, and a client certificate if
 * the client has one, so that whoever has none can be told so in HTTP.
 */
final class ServingTls {
  private final ServingCertificate certificate;
  private final Authentication authentication;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock.
  private Optional<Made> made = Optional.empty();

  ServingTls(ServingCertificate certificate, Authentication authentication) {
    this.certificate = certificate;
    this.authentication = authentication;
  }

  /**
   * TLS for one new connection.
   *
   * @param blocking where signatures are made and checked, so that no event loop waits for them
   */
  SslHandler handler(ByteBufAllocator allocator, Executor blocking) throws SSLException {
    return context().newHandler(allocator, blocking);
  }

  /** A new certificate gets a new context, which also ends the sessions of the old one. */
  private SslContext context() throws SSLException {
    var shown = certificate.current();
    lock.lock();
    try {
      if (made.isEmpty() || made.get().shown() != shown) {
        var context =
            SslContextBuilder.forServer(shown.key(), shown.chain())
                .sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .trustManager(authentication.trustManager())
                .clientAuth(ClientAuth.OPTIONAL)
                .build();
        made = Optional.of(new Made(shown, context));
      }
      return made.get().context();
    } finally {
      lock.unlock();
    }
  }

  private record Made(KeyAndChain shown, SslContext context) {}
}
