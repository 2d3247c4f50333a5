package io.virtualnodes.bench;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What another JVM of this user says of itself, through the JDK's own management agent. */
final class JvmMeter implements AutoCloseable {
  private final JMXConnector connector;
  private final ThreadMXBean threads;
  private final List<GarbageCollectorMXBean> collectors;

  private JvmMeter(JMXConnector connector) throws IOException {
    this.connector = connector;
    var beans = connector.getMBeanServerConnection();
    this.threads =
        ManagementFactory.newPlatformMXBeanProxy(
            beans, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
    this.collectors =
        List.copyOf(ManagementFactory.getPlatformMXBeans(beans, GarbageCollectorMXBean.class));
  }

  static JvmMeter of(ProcessHandle process) {
    try {
      var machine = VirtualMachine.attach(Long.toString(process.pid()));
      try {
        var url = new JMXServiceURL(machine.startLocalManagementAgent());
        return new JvmMeter(JMXConnectorFactory.connect(url));
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What it did since it began.
   *
   * @param allocatedBytes by all threads, ended ones included
   * @param collections of garbage
   * @param collectionMillis that they took
   */
  record Reading(long allocatedBytes, long collections, long collectionMillis) {
    Reading since(Reading before) {
      return new Reading(
          allocatedBytes - before.allocatedBytes,
          collections - before.collections,
          collectionMillis - before.collectionMillis);
    }
  }

  Reading read() {
    return new Reading(
        threads.getTotalThreadAllocatedBytes(),
        collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum(),
        collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum());
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
