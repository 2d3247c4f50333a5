package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.PullResponseItem;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The engine answers a pull with success and says in the stream what went wrong. */
final class PullAnswer extends ResultCallback.Adapter<PullResponseItem> {
  private volatile Optional<String> error = Optional.empty();

  /** Waits for the end of the pull; false if it takes longer. */
  boolean ended(Duration patience) throws InterruptedException {
    return awaitCompletion(patience.toSeconds(), TimeUnit.SECONDS);
  }

  /** In the engine's words, once the pull has ended. */
  Optional<String> error() {
    return error;
  }

  /** Not as inherited, which logs every failure as an error: this one has a reader. */
  @Override
  public void onError(Throwable failure) {
    error = Optional.of(DockerFailures.sentence(failure));
    onComplete();
  }

  @Override
  public void onNext(PullResponseItem item) {
    if (item.getErrorDetail() != null) {
      error = Optional.ofNullable(item.getErrorDetail().getMessage()).or(() -> error);
    }
  }
}
