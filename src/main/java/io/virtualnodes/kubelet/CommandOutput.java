package io.virtualnodes.kubelet;

import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Answers with all that a command writes. The beginning is held back, so that a command that fails
 * soon is answered as a failure; one that fails after more can only be broken off.
 */
final class CommandOutput extends OutputStream {
  static final Channels CHANNELS = new Channels(false, true, true, false);
  private static final int HELD = 64 * 1024;

  private final Reply reply;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock: output and errors may come from two threads.
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();

  private CommandOutput(Reply reply) {
    this.reply = reply;
  }

  /** Holds the conversation and answers with what it writes. */
  static void of(Conversation conversation, Reply reply)
      throws Refusal, HungUp, InterruptedException {
    var output = new CommandOutput(reply);
    var holder = Thread.currentThread();
    var caller =
        new Conversation.Caller(
            InputStream.nullInputStream(), output, output, () -> Optional.empty());
    int code;
    try (var _ = reply.onHangUp(holder::interrupt)) {
      code = conversation.hold(caller);
    } catch (BackendException e) {
      output.fail(Refusal.of(e));
      return;
    } catch (IOException e) {
      output.fail(new Refusal(INTERNAL_SERVER_ERROR, String.valueOf(e.getMessage())));
      return;
    }
    if (code == 0) {
      output.finish();
    } else {
      output.fail(new Refusal(INTERNAL_SERVER_ERROR, "command terminated with exit code " + code));
    }
  }

  private void fail(Refusal refusal) throws Refusal, HungUp, InterruptedException {
    if (!reply.begun()) {
      throw new Refusal(
          refusal.status(),
          held.size() == 0
              ? refusal.getMessage()
              : refusal.getMessage() + ": " + held.toString(StandardCharsets.UTF_8));
    }
    reply.breakOff(refusal.getMessage());
  }

  private void finish() throws HungUp, InterruptedException {
    release();
    reply.end();
  }

  private void release() throws HungUp, InterruptedException {
    var bytes = held.toByteArray();
    held.reset();
    if (bytes.length > 0) {
      reply.write(bytes, bytes.length);
    }
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    lock.lock();
    try {
      held.write(bytes, offset, count);
      if (reply.begun() || held.size() > HELD) {
        release();
      }
    } catch (HungUp e) {
      throw new IOException(e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var interrupted = new InterruptedIOException("interrupted while the caller did not read");
      interrupted.initCause(e);
      throw interrupted;
    } finally {
      lock.unlock();
    }
  }
}
