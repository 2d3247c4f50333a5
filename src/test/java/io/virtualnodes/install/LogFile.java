package io.virtualnodes.install;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a container's output is kept for whoever looks for a fault. */
final class LogFile extends ResultCallback.Adapter<Frame> {
  private final OutputStream file;

  LogFile(Path path) {
    try {
      Files.createDirectories(path.getParent());
      this.file = Files.newOutputStream(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void onNext(Frame frame) {
    try {
      file.write(frame.getPayload());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      super.close();
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
