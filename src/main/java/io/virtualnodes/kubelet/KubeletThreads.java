package io.virtualnodes.kubelet;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * What all nodes of this process share: three event-loop threads, and virtual threads for whatever
 * may block. Close the servers first.
 */
public final class KubeletThreads implements AutoCloseable {
  // A copy between two sockets costs little: two loops saturate a network card.
  private static final int WORKERS = 2;

  // Daemons, so that a process whose start failed can end.
  private final EventLoopGroup acceptor =
      new NioEventLoopGroup(1, new DefaultThreadFactory("kubelet-acceptor", true));
  private final EventLoopGroup workers =
      new NioEventLoopGroup(WORKERS, new DefaultThreadFactory("kubelet-worker", true));
  private final ExecutorService blocking =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("kubelet-", 0).factory());

  EventLoopGroup acceptor() {
    return acceptor;
  }

  EventLoopGroup workers() {
    return workers;
  }

  ExecutorService blocking() {
    return blocking;
  }

  /** Cuts off what still runs. */
  @Override
  public void close() {
    blocking.shutdownNow();
    var accepting = acceptor.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    var working = workers.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    accepting.awaitUninterruptibly();
    working.awaitUninterruptibly();
  }
}
