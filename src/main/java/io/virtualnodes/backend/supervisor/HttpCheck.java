package io.virtualnodes.backend.supervisor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.Action.Header;
import io.virtualnodes.backend.Action.HttpGet;
import io.virtualnodes.backend.Action.Scheme;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A GET request as a kubelet makes it: 200 to 399 is a success, certificates are not verified,
 * redirects are followed as long as they stay on the host, one time limit holds for all of it.
 *
 * <p>Why not the JDK's own client: it does not let a request choose its {@code Host}, which is what
 * probes of virtual hosts are about.
 *
 * @see <a href="https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/probe/http/http.go">the
 *     kubelet's</a>
 */
final class HttpCheck {
  private static final String USER_AGENT = "kube-probe/1.36";
  private static final int MOST_REDIRECTS = 10;
  private static final int LONGEST_HEAD = 64 * 1024;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final SSLContext UNVERIFIED = unverified();

  private final List<Header> headers;
  private final IntPredicate passes;
  private final Deadline deadline;

  private HttpCheck(List<Header> headers, IntPredicate passes, Duration timeout) {
    this.headers = headers;
    this.passes = passes;
    this.deadline = new Deadline(timeout);
  }

  /**
   * @param body its beginning
   */
  private record Response(int status, Map<String, String> headers, String body) {
    Optional<String> location() {
      return REDIRECTS.contains(status)
          ? Optional.ofNullable(headers.get("location"))
          : Optional.empty();
    }
  }

  /** An answer that came, and then broke off. */
  private static final class CutShort extends IOException {
    private static final long serialVersionUID = 1L;

    CutShort(IOException cause) {
      super(cause);
    }
  }

  /** Whether a probe passes that got an answer of this status. */
  static boolean isSuccess(int status) {
    return status >= 200 && status < 400;
  }

  /**
   * @param address where to ask if the request names no host
   * @param passes which statuses are a success
   */
  static Outcome get(HttpGet request, String address, IntPredicate passes, Duration timeout) {
    var host = request.host().orElse(address);
    var scheme = request.scheme() == Scheme.HTTPS ? "https" : "http";
    var text =
        "%s://%s:%d%s".formatted(scheme, bracketed(host), request.port(), encoded(request.path()));
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      return new Outcome.Impossible("parse \"%s\": %s".formatted(text, e.getMessage()));
    }
    var unsendable =
        request.headers().stream().filter(header -> !sendable(header)).map(Header::name).findAny();
    return unsendable.isPresent()
        ? new Outcome.Impossible(
            "invalid header field value for \"%s\"".formatted(unsendable.get()))
        : new HttpCheck(request.headers(), passes, timeout).follow(uri);
  }

  private Outcome follow(URI first) {
    var at = first;
    for (int i = 0; i < MOST_REDIRECTS; i++) {
      Response response;
      try {
        response = ask(at);
      } catch (CutShort e) {
        return new Outcome.Impossible("Get \"%s\": the answer broke off".formatted(at));
      } catch (SocketTimeoutException e) {
        return new Outcome.Failed("Get \"%s\": context deadline exceeded".formatted(at));
      } catch (IOException e) {
        return new Outcome.Failed("Get \"%s\": %s".formatted(at, Dialing.inWords(at, e)));
      }
      Optional<URI> next;
      try {
        next = response.location().map(at::resolve);
      } catch (IllegalArgumentException e) {
        return new Outcome.Failed("Get \"%s\": %s".formatted(at, e.getMessage()));
      }
      if (next.isEmpty() || !first.getHost().equals(next.get().getHost())) {
        return judge(response);
      }
      at = next.get();
    }
    return new Outcome.Failed("Get \"%s\": stopped after 10 redirects".formatted(at));
  }

  private Outcome judge(Response response) {
    int status = response.status();
    if (!passes.test(status)) {
      return new Outcome.Failed("HTTP probe failed with statuscode: " + status);
    }
    return status / 100 == 3
        ? new Outcome.PassedWith("Probe terminated redirects, Response body: " + response.body())
        : new Outcome.Passed();
  }

  private Response ask(URI uri) throws IOException {
    boolean secure = "https".equalsIgnoreCase(uri.getScheme());
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? HTTPS : HTTP;
    var host = Dialing.unbracketed(uri.getHost());
    try (var plain = new Socket()) {
      plain.connect(new InetSocketAddress(host, port), deadline.millisLeft());
      plain.setTcpNoDelay(true);
      if (!secure) {
        return exchange(plain, uri);
      }
      plain.setSoTimeout(deadline.millisLeft());
      try (var encrypted = UNVERIFIED.getSocketFactory().createSocket(plain, host, port, true)) {
        return exchange(encrypted, uri);
      }
    }
  }

  private Response exchange(Socket socket, URI uri) throws IOException {
    socket.setSoTimeout(deadline.millisLeft());
    socket.getOutputStream().write(head(uri).getBytes(UTF_8));
    socket.getOutputStream().flush();
    var in = new BufferedInputStream(new Timed(socket));
    int status;
    Map<String, String> answered;
    do {
      status = status(line(in));
      answered = headers(in);
    } while (status / 100 == 1);
    try {
      return new Response(status, answered, body(in, status, answered));
    } catch (IOException e) {
      throw new CutShort(e);
    }
  }

  /** A header that the probe sets takes the place of the kubelet's; one that is empty is none. */
  private String head(URI uri) {
    var path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    var head = new StringBuilder("GET " + path + query + " HTTP/1.1\r\n");
    head.append(line("Host", value("Host").orElse(uri.getRawAuthority())));
    head.append(value("User-Agent").map(_ -> "").orElse(line("User-Agent", USER_AGENT)));
    head.append(value("Accept").map(_ -> "").orElse(line("Accept", "*/*")));
    for (var header : headers) {
      boolean ours = Set.of("host", "connection").contains(lower(header.name()));
      boolean left =
          header.value().isEmpty() && Set.of("user-agent", "accept").contains(lower(header.name()));
      head.append(ours || left ? "" : line(header.name(), header.value()));
    }
    return head.append("Connection: close\r\n\r\n").toString();
  }

  private Optional<String> value(String name) {
    return headers.stream()
        .filter(header -> header.name().equalsIgnoreCase(name))
        .map(Header::value)
        .findFirst();
  }

  private static String line(String name, String value) {
    return name + ": " + value + "\r\n";
  }

  private static int status(String line) throws IOException {
    var parts = line.split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.") || !parts[1].matches("[0-9]{3}")) {
      throw new IOException("malformed HTTP response \"%s\"".formatted(line));
    }
    return Integer.parseInt(parts[1]);
  }

  private static Map<String, String> headers(InputStream in) throws IOException {
    var headers = new HashMap<String, String>();
    int length = 0;
    for (var line = line(in); !line.isEmpty(); line = line(in)) {
      length += line.length();
      if (length > LONGEST_HEAD) {
        throw new IOException("the head of the answer is too long");
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(lower(line.substring(0, colon).strip()), line.substring(colon + 1).strip());
      }
    }
    return headers;
  }

  /** As much of it as a kubelet reads. */
  private static String body(InputStream in, int status, Map<String, String> headers)
      throws IOException {
    if (status == 204 || status == 304) {
      return "";
    }
    if (headers
        .getOrDefault("transfer-encoding", "")
        .toLowerCase(Locale.ROOT)
        .contains("chunked")) {
      return chunks(in);
    }
    var length = headers.get("content-length");
    if (length == null) {
      return new String(in.readNBytes(Outcome.LONGEST_OUTPUT), UTF_8);
    }
    if (!length.matches("[0-9]{1,18}")) {
      throw new IOException("bad Content-Length \"%s\"".formatted(length));
    }
    int wanted = (int) Math.min(Long.parseLong(length), Outcome.LONGEST_OUTPUT);
    return new String(whole(in, wanted), UTF_8);
  }

  private static String chunks(InputStream in) throws IOException {
    var body = new ByteArrayOutputStream();
    while (body.size() < Outcome.LONGEST_OUTPUT) {
      var size = line(in).split(";", 2)[0].strip();
      if (!size.matches("[0-9a-fA-F]{1,15}")) {
        throw new IOException("malformed chunked encoding");
      }
      long length = Long.parseLong(size, 16);
      if (length == 0) {
        break;
      }
      body.writeBytes(whole(in, (int) Math.min(length, Outcome.LONGEST_OUTPUT - body.size())));
      if (body.size() < Outcome.LONGEST_OUTPUT) {
        line(in);
      }
    }
    return body.toString(UTF_8);
  }

  private static byte[] whole(InputStream in, int length) throws IOException {
    var bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("unexpected EOF");
    }
    return bytes;
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("EOF");
      }
      if (line.size() > LONGEST_HEAD) {
        throw new IOException("a line of the answer is too long");
      }
      line.write(b);
    }
    var text = line.toString(ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  /** Reads within the deadline, however slowly the bytes come. */
  private final class Timed extends InputStream {
    private final Socket socket;
    private final InputStream in;

    Timed(Socket socket) throws IOException {
      this.socket = socket;
      this.in = socket.getInputStream();
    }

    @Override
    public int read() throws IOException {
      socket.setSoTimeout(deadline.millisLeft());
      return in.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      socket.setSoTimeout(deadline.millisLeft());
      return in.read(bytes, offset, length);
    }
  }

  private static String bracketed(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }

  private static boolean sendable(Header header) {
    return header.value().chars().noneMatch(c -> c < ' ' && c != '\t' || c == 0x7f)
        && header.name().matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  }

  /** What may not stand in a request line is written as the URL's standard says. */
  private static String encoded(String path) {
    var encoded = new StringBuilder();
    for (byte b : path.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain = c > ' ' && c < 0x7f && "\"<>\\^`{|}#[]".indexOf(c) < 0;
      encoded.append(plain ? String.valueOf(c) : "%%%02X".formatted((int) c));
    }
    return encoded.toString();
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static SSLContext unverified() {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /** A container's certificate is mostly its own; what a probe learns is no secret. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
