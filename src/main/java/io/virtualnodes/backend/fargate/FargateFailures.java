package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.ecs.model.Failure;

/**
 * What AWS's failures mean. Its codes and sentences are open; its sentence and request id are kept.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html">Common
 *     errors</a>
 */
final class FargateFailures {
  /** Where AWS refuses and does not say for how long: a few of its refills. */
  static final Duration USUAL_PAUSE = Duration.ofSeconds(5);

  // What is wrong with the pool or with the operator's rights, whatever the pod.
  private static final Set<String> SETTINGS =
      Set.of(
          "AccessDenied",
          "AccessDeniedException",
          "AuthFailure",
          "ClusterNotFoundException",
          "ExpiredToken",
          "ExpiredTokenException",
          "IncompleteSignature",
          "InvalidClientTokenId",
          "InvalidSignatureException",
          "NotAuthorized",
          "OptInRequired",
          "PlatformUnknownException",
          "UnrecognizedClientException",
          "UnsupportedFeatureException");

  private static final Set<String> TROUBLE =
      Set.of(
          "InternalFailure",
          "InternalServiceError",
          "InternalServiceException",
          "LimitExceededException",
          "RequestExpired",
          "ServerException",
          "ServiceUnavailable",
          "ServiceUnavailableException",
          "UpdateInProgressException");

  /** What is to be put right where AWS refuses a role, and does not say whose it is. */
  private static final String ROLES =
      "; the roles of spec.backends[].fargate.executionRole and taskRoles must trust"
          + " ecs-tasks.amazonaws.com, and the operator's own must allow iam:PassRole for them";

  private FargateFailures() {}

  static BackendException of(RuntimeException failure) {
    return switch (failure) {
      case BackendException known -> known;
      case AwsServiceException refused -> of(refused);
      case SdkClientException failed when isOfLogin(failed) ->
          new Denied("no credentials for AWS: " + words(failed), failed);
      case SdkClientException failed ->
          new Unavailable("AWS does not answer: " + root(failed), failed);
      // Such as a client that was closed: whether AWS did it is not known.
      default -> new Unavailable("AWS could not be asked: " + words(failure), failure);
    };
  }

  private static BackendException of(AwsServiceException refused) {
    var code = code(refused);
    var sentence = sentence(refused, code);
    if (isThrottling(refused)) {
      return new Unavailable(sentence, Optional.of(USUAL_PAUSE), refused);
    }
    if (isFull(sentence)) {
      return new NoCapacity(sentence, refused);
    }
    // ECS says with this code too that it may not take on a role, or knows no subnet of that id.
    if (SETTINGS.contains(code) || isOfSettings(sentence)) {
      return new Denied(isOfRole(sentence) ? sentence + ROLES : sentence, refused);
    }
    boolean trouble = TROUBLE.contains(code) || refused.statusCode() >= 500;
    return trouble ? new Unavailable(sentence, refused) : new Rejected(sentence, refused);
  }

  /**
   * Of a task that was not run, which ECS says in an answer that looks like success.
   *
   * @param failure its first
   */
  static BackendException of(Failure failure) {
    var sentence =
        "%s%s"
            .formatted(
                failure.reason(), failure.detail() == null ? "" : " (" + failure.detail() + ")");
    return isFull(sentence)
            || Objects.requireNonNullElse(failure.reason(), "").startsWith("RESOURCE")
        ? new NoCapacity(sentence, null)
        : new Unavailable("AWS ran no task: " + sentence, null);
  }

  /** Whether a request was one too many. */
  static boolean isThrottling(AwsServiceException refused) {
    return refused.isThrottlingException() || "ThrottlingException".equals(code(refused));
  }

  /**
   * Whether AWS's sentence holds these words.
   *
   * @param words in lower case
   */
  static boolean says(AwsServiceException refused, String words) {
    var details = refused.awsErrorDetails();
    return details != null
        && details.errorMessage() != null
        && details.errorMessage().toLowerCase(Locale.ROOT).contains(words);
  }

  /** Whether somebody deregistered the definition that a task was to be run by. */
  static boolean isOfInactiveDefinition(BackendException failure) {
    return failure.getCause() instanceof AwsServiceException refused
        && says(refused, "taskdefinition is inactive");
  }

  /** The code by which a failure goes; empty if it has none. */
  static String code(AwsServiceException refused) {
    return refused.awsErrorDetails() == null || refused.awsErrorDetails().errorCode() == null
        ? ""
        : refused.awsErrorDetails().errorCode();
  }

  private static boolean isFull(String sentence) {
    var words = sentence.toLowerCase(Locale.ROOT);
    return words.contains("capacity is unavailable")
        || words.contains("limit on the number of vcpus")
        || words.contains("limit on the number of tasks")
        || words.contains("insufficient free addresses");
  }

  private static boolean isOfRole(String sentence) {
    var words = sentence.toLowerCase(Locale.ROOT);
    return words.contains("unable to assume the role") || words.contains("iam:passrole");
  }

  private static boolean isOfSettings(String sentence) {
    var words = sentence.toLowerCase(Locale.ROOT);
    return words.contains("unable to assume the role")
        || words.contains("is not authorized to perform")
        || words.contains("invalidsubnetid")
        || words.contains("invalidgroup")
        || words.contains("security group") && words.contains("does not exist")
        || words.contains("capacity provider") && words.contains("not");
  }

  private static boolean isOfLogin(SdkClientException failure) {
    var words = words(failure);
    return words.contains("Unable to load credentials") || words.contains("credentials");
  }

  /** {@code <code>: <AWS's sentence> (HTTP 400, request <id>)}. */
  private static String sentence(AwsServiceException refused, String code) {
    var details = refused.awsErrorDetails();
    var words = details == null ? null : details.errorMessage();
    return (code.isEmpty() ? "" : code + ": ")
        + (words == null || words.isBlank() ? "no reason was given" : words)
        + " (HTTP "
        + refused.statusCode()
        + (refused.requestId() == null ? ")" : ", request " + refused.requestId() + ")");
  }

  private static String words(Throwable failure) {
    return Objects.requireNonNullElse(failure.getMessage(), failure.getClass().getSimpleName());
  }

  private static String root(Throwable failure) {
    return failure.getCause() == null ? words(failure) : root(failure.getCause());
  }
}
