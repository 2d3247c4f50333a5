package io.virtualnodes.runtime;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/** Where the process begins. */
@QuarkusMain
public final class Main {
  private Main() {}

  /** Runs the operator until it is told to end. */
  public static void main(String[] arguments) {
    StructuredLogging.installIfAskedFor();
    NativeCryptography.install();
    Quarkus.run(arguments);
  }
}
