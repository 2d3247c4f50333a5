package io.virtualnodes.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.k3s.K3sContainer;

/**
 * What the API server was asked for, by its own account: requests, not method names of a client.
 *
 * <p>A request stands in it once it was answered, and a watch once it ended.
 */
public final class AuditLog {
  private static final String POLICY_FILE = "/etc/virtualnodes-audit.yaml";
  private static final String LOG_FILE = "/var/log/virtualnodes-audit.log";

  // Who asked for what, once for each request, and neither bodies nor answers.
  private static final String POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived, ResponseStarted]
      rules:
      - level: Metadata
      """;

  private static final ObjectReader LINES =
      new ObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .readerFor(Line.class);

  private final K3sContainer container;

  AuditLog(K3sContainer container) {
    this.container = container;
  }

  /**
   * One request.
   *
   * @param user who it was made as: the one who is impersonated, where one is
   * @param by who made it
   * @param agent the program that made it, by the first word of its user agent
   * @param apiGroup of the resource; empty for the core group
   * @param resource with its subresource, as {@code pods/status}; empty if it is about none
   * @param path that was asked for, without its query
   * @param code of the answer
   */
  public record Request(
      Instant at,
      String user,
      String by,
      String agent,
      String verb,
      String apiGroup,
      String resource,
      String namespace,
      String name,
      String path,
      int code) {

    /** Whether it was made as somebody else. */
    public boolean impersonated() {
      return !user.equals(by);
    }
  }

  /** Has a container's API server keep one; before it starts. */
  static void enable(K3sContainer container) {
    container.withCopyToContainer(Transferable.of(POLICY), POLICY_FILE);
    container.setCommand(
        Stream.concat(
                Stream.of(container.getCommandParts()),
                Stream.of(
                    "--kube-apiserver-arg=audit-policy-file=" + POLICY_FILE,
                    "--kube-apiserver-arg=audit-log-path=" + LOG_FILE,
                    // Megabytes: it is read as one file.
                    "--kube-apiserver-arg=audit-log-maxsize=4000"))
            .toArray(String[]::new));
  }

  /** Everything so far, in the order of the answers. */
  public List<Request> requests() {
    return requests(_ -> true);
  }

  /** As {@link #requests()}, and only these: those of a whole run are many. */
  public List<Request> requests(Predicate<Request> wanted) {
    return container.copyFileFromContainer(
        LOG_FILE,
        stream ->
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
                .lines()
                .flatMap(line -> parse(line).stream())
                .filter(wanted)
                .toList());
  }

  private static Optional<Request> parse(String text) {
    try {
      Line line = LINES.readValue(text);
      return Optional.of(line.request());
    } catch (JsonProcessingException e) {
      // The last line may be half written.
      return Optional.empty();
    }
  }

  private record Line(
      String stageTimestamp,
      String requestURI,
      String userAgent,
      String verb,
      User user,
      User impersonatedUser,
      ObjectRef objectRef,
      Status responseStatus) {

    Request request() {
      var about = objectRef == null ? new ObjectRef("", "", null, "", "") : objectRef;
      return new Request(
          Instant.parse(stageTimestamp),
          (impersonatedUser == null ? user : impersonatedUser).username(),
          user.username(),
          userAgent == null ? "" : userAgent.split("[/ ]", 2)[0],
          verb,
          Objects.requireNonNullElse(about.apiGroup(), ""),
          about.subresource() == null
              ? about.resource()
              : about.resource() + "/" + about.subresource(),
          about.namespace(),
          about.name(),
          requestURI.split("\\?", 2)[0],
          responseStatus == null ? 0 : responseStatus.code());
    }
  }

  private record User(String username) {}

  private record ObjectRef(
      String apiGroup, String resource, String subresource, String namespace, String name) {}

  private record Status(int code) {}
}
