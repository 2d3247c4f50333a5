package io.virtualnodes.bench;

import io.virtualnodes.cluster.AuditLog.Request;
import java.util.Optional;

/** One who runs the pods of a node. */
interface Agent extends AutoCloseable {

  String name();

  /** The node whose pods it runs. */
  String node();

  /** Makes it ready for a round, and waits until it is. */
  void begin();

  /** The round is over. */
  void end();

  /** Its process, between {@link #begin} and {@link #end}. */
  ProcessHandle process();

  /** What is known of its JVM, if it has one. */
  Optional<JvmMeter> jvm();

  /** Whether a request was its own. */
  boolean made(Request request);

  @Override
  void close();
}
