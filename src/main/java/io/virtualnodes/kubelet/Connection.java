package io.virtualnodes.kubelet;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.virtualnodes.kubelet.stream.StreamConnection;
import io.virtualnodes.kubelet.stream.Upgrade;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a node's port. Takes one request after another; each is answered on a virtual
 * thread. The connection is read on meanwhile, since only that shows that the caller hung up.
 *
 * <p>Lives in the channel's event loop, where all its fields are touched.
 */
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** What it is doing. */
  private enum Phase {
    /** Waits for a request, or for the rest of one. */
    READING,
    /** A virtual thread answers. */
    ANSWERING,
    /** The last answer is out or on its way. What still comes in is read and dropped. */
    LEAVING
  }

  private final Requests requests;
  private final Strangers strangers;
  private final Limits limits;
  private final ExecutorService blocking;
  private final KubeletMeters meters;

  private Phase phase = Phase.READING;
  private Optional<HttpRequest> head = Optional.empty();
  private long bodyBytes;
  private Optional<ScheduledFuture<?>> deadline = Optional.empty();

  Connection(
      Requests requests,
      Strangers strangers,
      Limits limits,
      ExecutorService blocking,
      KubeletMeters meters) {
    this.requests = requests;
    this.strangers = strangers;
    this.limits = limits;
    this.blocking = blocking;
    this.meters = meters;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    strangers.add(context.channel());
    meters.connected();
    context.channel().closeFuture().addListener(_ -> meters.disconnected());
    closeAfter(limits.firstRequest(), context);
    context.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    deadline.ifPresent(timer -> timer.cancel(false));
    context.fireChannelInactive();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof HttpRequest request) {
        begin(context, request);
      }
      if (message instanceof HttpContent content && phase == Phase.READING) {
        body(context, content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(ChannelHandlerContext context, HttpRequest request) {
    switch (phase) {
      case READING -> {
        var failure = request.decoderResult().cause();
        if (failure != null) {
          refuse(context, unreadable(failure));
        } else if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
          refuse(
              context,
              new Refusal(
                  HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.1 is spoken"));
        } else {
          head = Optional.of(request);
          bodyBytes = 0;
        }
      }
      // A second request before the first is answered. No client of a kubelet does that, and
      // keeping requests for later would be memory that a caller disposes of.
      case ANSWERING -> context.close();
      case LEAVING -> {}
    }
  }

  private void body(ChannelHandlerContext context, HttpContent content) {
    bodyBytes += content.content().readableBytes();
    if (content.decoderResult().isFailure()) {
      refuse(context, unreadable(content.decoderResult().cause()));
    } else if (bodyBytes > limits.bodyBytes()) {
      refuse(
          context,
          new Refusal(
              HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
              "nothing here takes a body of this size"));
    } else if (content instanceof LastHttpContent && head.isPresent()) {
      answer(context, head.get());
    }
  }

  private void answer(ChannelHandlerContext context, HttpRequest request) {
    var reply = reply(context, HttpUtil.isKeepAlive(request));
    var chain = peer(context);
    blocking.execute(() -> requests.answer(request, chain, reply));
  }

  /** Refuses what is not a request that anybody could be asked about. */
  private void refuse(ChannelHandlerContext context, Refusal refusal) {
    var reply = reply(context, false);
    blocking.execute(() -> Requests.refuse(refusal, reply));
  }

  private Reply reply(ChannelHandlerContext context, boolean keepAlive) {
    phase = Phase.ANSWERING;
    head = Optional.empty();
    deadline.ifPresent(timer -> timer.cancel(false));
    return new Reply(
        context.channel(), blocking, limits.stalledWrite(), keepAlive, new Progress(context));
  }

  private void closeAfter(Duration wait, ChannelHandlerContext context) {
    deadline =
        Optional.of(
            context
                .executor()
                .schedule(() -> context.close(), wait.toMillis(), TimeUnit.MILLISECONDS));
  }

  private static Refusal unreadable(Throwable failure) {
    return switch (failure) {
      case TooLongHttpLineException _ ->
          new Refusal(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request's path is too long");
      case TooLongHttpHeaderException _ ->
          new Refusal(
              HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
              "the request's headers are too large");
      default -> new Refusal(HttpResponseStatus.BAD_REQUEST, "this is not an HTTP request");
    };
  }

  private static List<X509Certificate> peer(ChannelHandlerContext context) {
    try {
      var session = context.pipeline().get(SslHandler.class).engine().getSession();
      return Stream.of(session.getPeerCertificates())
          .map(certificate -> (X509Certificate) certificate)
          .toList();
    } catch (SSLPeerUnverifiedException _) {
      return List.of(); // which is how a session says that the client showed none
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A refused certificate, a reset, rubbish instead of TLS: anybody who reaches the port can
    // cause it at will, so it is no matter for whoever runs us.
    log.debug("connection to the kubelet API failed", cause);
    context.close();
  }

  private final class Progress implements Reply.Listener {
    private final ChannelHandlerContext context;

    Progress(ChannelHandlerContext context) {
      this.context = context;
    }

    @Override
    public void accepted() {
      strangers.known(context.channel());
    }

    @Override
    public void answering(int code) {
      meters.answered(code);
    }

    @Override
    public void answered(boolean reusable) {
      phase = reusable ? Phase.READING : Phase.LEAVING;
      closeAfter(reusable ? limits.nextRequest() : limits.leave(), context);
    }

    @Override
    public StreamConnection upgraded(Upgrade upgrade) {
      context.pipeline().remove(Connection.this);
      return upgrade.install(context.pipeline(), limits.streams(), blocking);
    }
  }
}
