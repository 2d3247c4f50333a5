package io.virtualnodes.kubelet;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Streams;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/** A backend's streams whose containers are this machine: real processes and real ports. */
final class LocalStreams implements Streams {

  record Asked(String container, List<String> command, Channels channels) {}

  final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
  final BlockingQueue<Process> started = new LinkedBlockingQueue<>();
  final BlockingQueue<Conversation.Size> sizes = new LinkedBlockingQueue<>();
  final BlockingQueue<Socket> connected = new LinkedBlockingQueue<>();

  /** What a backend answers instead. */
  volatile Optional<Supplier<Optional<Conversation>>> instead = Optional.empty();

  @Override
  public Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    return Optional.empty();
  }

  @Override
  public Optional<Conversation> exec(
      GroupId id, String container, List<String> command, Channels channels) {
    asked.add(new Asked(container, command, channels));
    return instead.isPresent()
        ? instead.get().get()
        : Optional.of(caller -> hold(command, channels, caller));
  }

  @Override
  public Optional<Conversation> attach(GroupId id, String container, Channels channels) {
    return exec(id, container, List.of("sh", "-c", "echo attached; cat"), channels);
  }

  @Override
  public Optional<Ports> ports(GroupId id) {
    return Optional.of(this::connect);
  }

  private int hold(List<String> command, Channels channels, Conversation.Caller caller)
      throws IOException, InterruptedException {
    var process = start(command, channels);
    started.add(process);
    Thread.ofVirtual().start(() -> feed(caller.input(), process.getOutputStream()));
    if (channels.terminal()) {
      Thread.ofVirtual().start(() -> resize(caller.sizes()));
    }
    try (var pumps = Executors.newVirtualThreadPerTaskExecutor()) {
      var output = pumps.submit(() -> process.getInputStream().transferTo(caller.output()));
      var errors = pumps.submit(() -> process.getErrorStream().transferTo(caller.errors()));
      try {
        output.get();
        errors.get();
        return process.waitFor();
      } catch (ExecutionException e) {
        throw new IOException("the caller is gone", e);
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
  }

  private static Process start(List<String> command, Channels channels) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(channels.terminal()).start();
    } catch (IOException e) {
      throw new BackendException.Rejected("exec: " + e.getMessage(), e);
    }
  }

  private static void feed(InputStream input, OutputStream process) {
    try (process) {
      var piece = new byte[64 * 1024];
      for (int count = input.read(piece); count >= 0; count = input.read(piece)) {
        process.write(piece, 0, count);
        process.flush();
      }
    } catch (IOException _) {
      // The process reads no more, or the caller is gone.
    }
  }

  private void resize(Conversation.Sizes told) {
    try {
      for (var size = told.next(); size.isPresent(); size = told.next()) {
        sizes.add(size.get());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Link connect(int port) throws IOException {
    Socket socket;
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
    } catch (ConnectException e) {
      throw new IOException("nothing listens on port " + port, e);
    }
    connected.add(socket);
    var input = socket.getInputStream();
    var output = socket.getOutputStream();
    return new Link() {
      @Override
      public InputStream input() {
        return input;
      }

      @Override
      public OutputStream output() {
        return output;
      }

      @Override
      public void endOutput() throws IOException {
        socket.shutdownOutput();
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }
}
