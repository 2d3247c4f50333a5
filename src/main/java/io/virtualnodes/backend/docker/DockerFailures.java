package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What an engine's failures mean. It tells most of them apart by words alone. */
final class DockerFailures {
  private static final Pattern MESSAGE = Pattern.compile("\"message\"\\s*:\\s*\"(.*)\"\\s*}\\s*$");

  // What docker-java puts in front.
  private static final Pattern STATUS = Pattern.compile("^Status \\d+: ");

  private static final List<String> FULL =
      List.of("no available ipv4 addresses", "no space left on device", "cannot allocate memory");

  private static final Pattern NO_NETWORK = Pattern.compile("\\bnetwork \\S+ not found");

  // What the runtime says when the fault is in the image or the command, not in the engine.
  private static final List<String> AT_START = List.of("oci runtime create failed", "exec:");

  private DockerFailures() {}

  static BackendException of(RuntimeException failure) {
    if (failure instanceof BackendException known) {
      return known;
    }
    if (failure instanceof DockerException refused) {
      return of(refused);
    }
    if (isConnection(failure)) {
      return new Unavailable("the engine does not answer: " + root(failure).getMessage(), failure);
    }
    // Such as a client that was closed meanwhile: whether the engine did it is not known.
    return new Unavailable("the engine could not be asked: " + failure, failure);
  }

  private static BackendException of(DockerException failure) {
    var sentence = sentence(failure);
    var words = sentence.toLowerCase(Locale.ROOT);
    if (FULL.stream().anyMatch(words::contains)) {
      return new NoCapacity(sentence, failure);
    }
    if (NO_NETWORK.matcher(words).find()) {
      return new Denied(sentence, failure);
    }
    return switch (failure.getHttpStatus()) {
      case 400 -> new Rejected(sentence, failure);
      case 401, 403 -> new Denied(sentence, failure);
      default -> new Unavailable(sentence, failure);
    };
  }

  static boolean imageIsMissing(DockerException failure) {
    return failure.getHttpStatus() == 404 && sentence(failure).startsWith("No such image");
  }

  /** Whether no engine would understand the name of an image. */
  static boolean imageNameIsInvalid(String sentence) {
    return sentence.contains("invalid reference format");
  }

  /** Whether starting failed for a reason that lies in the container: it has run and failed. */
  static boolean liesInTheContainer(String error) {
    var words = error.toLowerCase(Locale.ROOT);
    return AT_START.stream().anyMatch(words::contains) && FULL.stream().noneMatch(words::contains);
  }

  static boolean isBeingRemoved(DockerException failure) {
    return failure.getHttpStatus() == 409 && sentence(failure).endsWith("is already in progress");
  }

  /** The engine's own sentence, without the wrapping of its answer. */
  static String sentence(Throwable failure) {
    var text = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    var message = MESSAGE.matcher(text);
    return message.find()
        ? message.group(1).replace("\\\"", "\"").replace("\\n", " ").replace("\\\\", "\\")
        : STATUS.matcher(text).replaceFirst("");
  }

  private static boolean isConnection(Throwable failure) {
    return failure instanceof IOException
        || (failure.getCause() != null && isConnection(failure.getCause()));
  }

  private static Throwable root(Throwable failure) {
    return failure.getCause() == null ? failure : root(failure.getCause());
  }
}
