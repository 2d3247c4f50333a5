package io.virtualnodes.backend.aci;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpResponse;
import com.azure.core.management.exception.ManagementError;
import com.azure.core.management.exception.ManagementException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What Azure's failures mean. Its codes are open strings; its sentence and request id are kept. */
final class AciFailures {
  private static final HttpHeaderName REQUEST_ID = HttpHeaderName.fromString("x-ms-request-id");

  // The quota of the subscription, the room in the region and the addresses of the subnet.
  private static final Set<String> FULL =
      Set.of("containergroupquotareached", "subnetisfull", "quotaexceeded");

  // Azure says this with 409 and with 503: it is no fault of the service.
  private static final String NO_ROOM = "not available in the location";

  // What is wrong with the pool, whatever the pod.
  private static final Set<String> SETTINGS =
      Set.of(
          "resourcegroupnotfound",
          "subscriptionnotfound",
          "invalidsubscriptionid",
          "missingsubscriptionregistration",
          "subscriptionnotregistered",
          "readonlydisabledsubscription",
          "locationnotavailableforresourcetype",
          "invalidresourcelocation",
          "scopelocked",
          "subnetnotfound",
          "invalidsubnet",
          "subnetdelegationmissing",
          "invalidresourcereference",
          "linkedauthorizationfailed");

  // An image or its registry, which may answer later: a kubelet would go on trying too.
  private static final Set<String> IMAGE =
      Set.of("inaccessibleimage", "registryerrorresponse", "imagepullfailure");

  private AciFailures() {}

  static BackendException of(RuntimeException failure) {
    return switch (failure) {
      case BackendException known -> known;
      case ClientAuthenticationException refused -> ofLogin(refused);
      case HttpResponseException refused -> of(refused);
      default ->
          isConnection(failure)
              ? new Unavailable("Azure does not answer: " + root(failure), failure)
              // Such as a client that was closed: whether Azure did it is not known.
              : new Unavailable("Azure could not be asked: " + failure.getMessage(), failure);
    };
  }

  /** Of a group that Azure accepted and then could not make, in the words of its last event. */
  static BackendException ofProvisioning(String words) {
    var sentence = "Azure could not make the group: " + words;
    return words.toLowerCase(Locale.ROOT).contains(NO_ROOM)
        ? new NoCapacity(sentence, null)
        : new Unavailable(sentence, null);
  }

  private static BackendException ofLogin(ClientAuthenticationException refused) {
    return isConnection(refused)
        ? new Unavailable("Azure's login does not answer: " + root(refused), refused)
        : new Denied("Azure refuses the credentials: " + firstLine(refused.getMessage()), refused);
  }

  private static BackendException of(HttpResponseException failure) {
    var code = code(failure);
    var sentence = sentence(failure, code);
    var known = code.toLowerCase(Locale.ROOT);
    int status = failure.getResponse() == null ? 0 : failure.getResponse().getStatusCode();
    if (FULL.contains(known) || sentence.toLowerCase(Locale.ROOT).contains(NO_ROOM)) {
      return new NoCapacity(sentence, failure);
    }
    if (SETTINGS.contains(known)) {
      return new Denied(sentence, failure);
    }
    if (IMAGE.contains(known)) {
      return new Unavailable(sentence, failure);
    }
    return switch (status) {
      case 401, 403 -> new Denied(sentence, failure);
      case 400, 413, 422 -> new Rejected(sentence, failure);
      case 429, 503 -> new Unavailable(sentence, retryAfter(failure.getResponse()), failure);
      // A conflict is a group that is still changing, and the rest is Azure's own trouble.
      default -> new Unavailable(sentence, failure);
    };
  }

  /** What there is too little of. */
  enum Lack {
    /** Addresses of the subnet. */
    SUBNET,
    /** Machines of the region or zone. */
    ROOM,
    /** What the subscription may have, wherever. */
    QUOTA
  }

  static Lack lack(NoCapacity failure) {
    var sentence = failure.getMessage().toLowerCase(Locale.ROOT);
    if (sentence.contains(NO_ROOM)) {
      return Lack.ROOM;
    }
    return sentence.startsWith("subnetisfull") ? Lack.SUBNET : Lack.QUOTA;
  }

  /** Whether it says that there is no such thing, which nobody calls a failure. */
  static boolean isAbsence(HttpResponseException failure) {
    return failure.getResponse() != null
        && failure.getResponse().getStatusCode() == 404
        && !SETTINGS.contains(code(failure).toLowerCase(Locale.ROOT));
  }

  /** Whether a container's log cannot be read because it has not run yet. */
  static boolean isNotRunYet(HttpResponseException failure) {
    return code(failure).equalsIgnoreCase("ContainerGroupDeploymentNotReady");
  }

  /** How long Azure asks to be left alone; seconds, as it writes them. */
  static Optional<Duration> retryAfter(HttpResponse response) {
    var text = response == null ? null : response.getHeaderValue(HttpHeaderName.RETRY_AFTER);
    return text != null && text.matches("[0-9]{1,6}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
        : Optional.empty();
  }

  private static String code(HttpResponseException failure) {
    return Optional.ofNullable(error(failure))
        .map(ManagementError::getCode)
        .filter(code -> !code.isBlank())
        .orElse("");
  }

  private static ManagementError error(HttpResponseException failure) {
    return failure instanceof ManagementException management ? management.getValue() : null;
  }

  /** {@code <code>: <Azure's sentence> (HTTP 409, request <id>)}. */
  private static String sentence(HttpResponseException failure, String code) {
    var words =
        Optional.ofNullable(error(failure))
            .map(ManagementError::getMessage)
            .filter(message -> !message.isBlank())
            .orElseGet(() -> firstLine(failure.getMessage()));
    var response = failure.getResponse();
    var id = response == null ? null : response.getHeaderValue(REQUEST_ID);
    return (code.isEmpty() ? "" : code + ": ")
        + words
        + (response == null ? "" : " (HTTP " + response.getStatusCode())
        + (response == null ? "" : id == null ? ")" : ", request " + id + ")");
  }

  private static String firstLine(String text) {
    return text == null ? "no reason was given" : text.lines().findFirst().orElse("");
  }

  private static boolean isConnection(Throwable failure) {
    return failure instanceof IOException
        || failure instanceof java.util.concurrent.TimeoutException
        || failure.getCause() != null && isConnection(failure.getCause());
  }

  private static String root(Throwable failure) {
    return failure.getCause() == null ? failure.toString() : root(failure.getCause());
  }
}
