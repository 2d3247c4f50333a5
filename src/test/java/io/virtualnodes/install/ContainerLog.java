package io.virtualnodes.install;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.OptionalInt;

/** Takes what a container has said so far to where somebody reads it. */
final class ContainerLog extends ResultCallback.Adapter<Frame> {
  private final OutputStream out;

  private ContainerLog(OutputStream out) {
    this.out = out;
  }

  /**
   * Returns once all is written.
   *
   * @param latest how many lines at most; all if it does not say
   * @throws com.github.dockerjava.api.exception.NotFoundException if the container is gone
   */
  static void copy(DockerClient docker, String container, OptionalInt latest, OutputStream out)
      throws InterruptedException {
    var command = docker.logContainerCmd(container).withStdOut(true).withStdErr(true);
    latest.ifPresentOrElse(command::withTail, command::withTailAll);
    command.exec(new ContainerLog(out)).awaitCompletion();
  }

  @Override
  public void onNext(Frame frame) {
    try {
      out.write(frame.getPayload());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
