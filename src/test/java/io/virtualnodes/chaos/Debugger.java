package io.virtualnodes.chaos;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.connect.ListeningConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Waits for JVMs that are started with {@link #option()}, one after the other, and halts each at a
 * crash point.
 */
final class Debugger implements AutoCloseable {
  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(30);

  private final ListeningConnector connector;
  private final Map<String, Connector.Argument> arguments;
  private final String address;

  private Debugger(
      ListeningConnector connector, Map<String, Connector.Argument> arguments, String address) {
    this.connector = connector;
    this.arguments = arguments;
    this.address = address;
  }

  /** One that JVMs of this machine can reach. */
  static Debugger listening() {
    var connector =
        Bootstrap.virtualMachineManager().listeningConnectors().stream()
            .filter(candidate -> candidate.name().equals("com.sun.jdi.SocketListen"))
            .findFirst()
            .orElseThrow();
    var arguments = connector.defaultArguments();
    arguments.get("localAddress").setValue("127.0.0.1");
    arguments.get("port").setValue("0");
    arguments.get("timeout").setValue(Long.toString(CONNECT_PATIENCE.toMillis()));
    try {
      return new Debugger(connector, arguments, connector.startListening(arguments));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalConnectorArgumentsException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a JVM has to be started with to be halted here; it does not wait for us. */
  String option() {
    return "-agentlib:jdwp=transport=dt_socket,server=n,suspend=n,address=127.0.0.1:"
        + address.substring(address.lastIndexOf(':') + 1);
  }

  /** The JVM that was just started. */
  Halt accept() {
    try {
      return new Halt(connector.accept(arguments));
    } catch (IOException e) {
      throw new UncheckedIOException("the operator did not call its debugger", e);
    } catch (IllegalConnectorArgumentsException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      connector.stopListening(arguments);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalConnectorArgumentsException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * One JVM, which runs until it comes to a crash point, and then stands still, with all its
   * threads or one, until it is killed.
   */
  static final class Halt {
    private final VirtualMachine machine;
    private final CountDownLatch reached = new CountDownLatch(1);
    private volatile RuntimeException failure;

    private Halt(VirtualMachine machine) {
      this.machine = machine;
      Thread.ofPlatform().daemon().name("debugger").start(this::listen);
    }

    /**
     * @param nth the passing at which it halts, counted from now on; 1 for the next
     */
    void at(CrashPoint point, int nth) {
      set(new Breakpoints(point, nth, EventRequest.SUSPEND_ALL));
    }

    /** Halts the thread alone that comes to the point next; all others go on. */
    void oneThreadAt(CrashPoint point) {
      set(new Breakpoints(point, 1, EventRequest.SUSPEND_EVENT_THREAD));
    }

    private void set(Breakpoints breakpoints) {
      var className = breakpoints.point.effect().className();
      // First, so that a class that is loaded meanwhile is not missed.
      var prepared = machine.eventRequestManager().createClassPrepareRequest();
      prepared.addClassFilter(className);
      prepared.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
      prepared.putProperty(Breakpoints.class, breakpoints);
      prepared.enable();
      machine.classesByName(className).forEach(breakpoints::set);
    }

    /**
     * Whether it, or the one thread, stands still.
     *
     * @throws IllegalStateException if it cannot be made to
     */
    boolean reached() {
      if (failure != null) {
        throw new IllegalStateException("the debugger failed", failure);
      }
      return reached.getCount() == 0;
    }

    private void listen() {
      try {
        while (true) {
          handle(machine.eventQueue().remove());
        }
      } catch (VMDisconnectedException e) {
        // It was killed.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        failure = e;
      }
    }

    private void handle(EventSet events) {
      boolean halted = false;
      for (var event : events) {
        switch (event) {
          case BreakpointEvent _ -> halted = true;
          case ClassPrepareEvent prepared ->
              ((Breakpoints) prepared.request().getProperty(Breakpoints.class))
                  .set(prepared.referenceType());
          default -> {}
        }
      }
      if (halted) {
        reached.countDown();
      } else {
        events.resume();
      }
    }

    private final class Breakpoints {
      private final CrashPoint point;
      private final int nth;
      private final int suspended;
      private final Set<ReferenceType> set = new HashSet<>();

      private Breakpoints(CrashPoint point, int nth, int suspended) {
        this.point = point;
        this.nth = nth;
        this.suspended = suspended;
      }

      private synchronized void set(ReferenceType type) {
        if (!set.add(type)) {
          return;
        }
        var method =
            type.methods().stream()
                .filter(
                    one -> (one.name() + one.signature()).equals(point.effect().site().compiled()))
                .findFirst()
                .orElseThrow(
                    () -> new IllegalStateException("the operator is another build: " + point));
        var breakpoint =
            machine
                .eventRequestManager()
                .createBreakpointRequest(method.locationOfCodeIndex(point.codeIndex()));
        breakpoint.addCountFilter(nth);
        breakpoint.setSuspendPolicy(suspended);
        breakpoint.enable();
      }
    }
  }
}
