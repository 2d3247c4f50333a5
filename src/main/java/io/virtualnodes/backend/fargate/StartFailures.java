package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerState.Waiting;
import java.util.Objects;
import java.util.stream.Stream;
import software.amazon.awssdk.services.ecs.model.Container;
import software.amazon.awssdk.services.ecs.model.Task;

/**
 * What kept a task from starting, in the words of a kubelet and with AWS's own sentence. Its
 * reasons are sentences that begin with a word.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html">
 *     Stopped tasks error messages</a>
 */
final class StartFailures {
  private StartFailures() {}

  static Waiting of(Task task) {
    var sentence =
        Stream.concat(
                Stream.ofNullable(task.stoppedReason()),
                task.containers().stream().map(Container::reason).filter(Objects::nonNull))
            .filter(text -> text.contains("Error") || text.contains("Timeout"))
            .findFirst()
            .orElseGet(() -> Objects.requireNonNullElse(task.stoppedReason(), ""));
    return new Waiting(reason(sentence), sentence);
  }

  private static String reason(String sentence) {
    if (sentence.contains("CannotPullContainerError")
        || sentence.contains("CannotPullImageManifestError")
        || sentence.contains("CannotPullECRContainerError")) {
      return Waiting.PULL_FAILED;
    }
    if (sentence.contains("CannotCreateVolumeError") || sentence.contains("EFS")) {
      return "FailedMount";
    }
    if (sentence.contains("ResourceInitializationError")) {
      return sentence.contains("secret") || sentence.contains("registry auth")
          ? Waiting.CONFIG_ERROR
          : "FailedCreatePodSandBox";
    }
    return sentence.contains("CannotStartContainerError")
            || sentence.contains("CannotCreateContainerError")
            || sentence.contains("ContainerRuntimeError")
            || sentence.contains("ContainerRuntimeTimeoutError")
            || sentence.contains("CannotInspectContainerError")
        ? "RunContainerError"
        : Waiting.CREATING;
  }
}
