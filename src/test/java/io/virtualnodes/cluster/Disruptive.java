package io.virtualnodes.cluster;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * A test class that does to the operator, the control plane or the whole cluster what others would
 * notice. Such classes have a cluster of their own, one of them after the other, while all others
 * run in theirs.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ResourceLock("the cluster of disruptive tests")
@Execution(ExecutionMode.CONCURRENT)
public @interface Disruptive {
  /** What it does. */
  String value();
}
