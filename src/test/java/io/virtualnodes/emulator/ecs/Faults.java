package io.virtualnodes.emulator.ecs;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What goes wrong at the service, as tests want it. Set and read by any thread. */
public final class Faults {
  private volatile boolean unreachable;
  private volatile boolean dependantsHang;
  private volatile boolean eventsDuplicated;
  private volatile boolean eventsReordered;
  private volatile boolean emptyLogPages;
  private volatile boolean oldAnswers;
  // Subnets without room for on-demand tasks, and for those on spare capacity.
  private final Set<String> fullSubnets = ConcurrentHashMap.newKeySet();
  private volatile boolean noCapacity;
  private volatile boolean noSpotCapacity;
  // Operations that are refused, and the type of error.
  private final Map<String, String> refused = new ConcurrentHashMap<>();
  // How many more requests that change something are answered; the one after is done, and its
  // answer lost or replaced.
  private final AtomicInteger untilLost = new AtomicInteger(Integer.MAX_VALUE);
  private final AtomicInteger untilServerError = new AtomicInteger(Integer.MAX_VALUE);

  /** No request is answered, or done. */
  public void unreachable(boolean now) {
    unreachable = now;
  }

  /** No task finds room: RunTask answers with failures and without tasks. */
  public void noCapacity(boolean now) {
    noCapacity = now;
  }

  /** No task on spare capacity finds room. */
  public void noSpotCapacity(boolean now) {
    noSpotCapacity = now;
  }

  /** Tasks that may be placed in this subnet only find no room. */
  public void full(String subnet, boolean now) {
    if (now) {
      fullSubnets.add(subnet);
    } else {
      fullSubnets.remove(subnet);
    }
  }

  /** Containers that wait for one that failed stay PENDING, as some report of Fargate. */
  public void dependantsHang(boolean now) {
    dependantsHang = now;
  }

  /** Every event is delivered twice. */
  public void eventsDuplicated(boolean now) {
    eventsDuplicated = now;
  }

  /** Events that wait for delivery are handed out the latest first. */
  public void eventsReordered(boolean now) {
    eventsReordered = now;
  }

  /** Every other page of a log is empty, though there is more. */
  public void emptyLogPages(boolean now) {
    emptyLogPages = now;
  }

  /** Tasks are described as they were when they were described first. */
  public void oldAnswers(boolean now) {
    oldAnswers = now;
  }

  /**
   * An operation is refused until {@link #allow}.
   *
   * @param operation such as {@code RunTask}
   * @param type of the error, such as {@code AccessDeniedException}
   */
  public void refuse(String operation, String type) {
    refused.put(operation, type);
  }

  public void allow(String operation) {
    refused.remove(operation);
  }

  /** The answer to the nth request from now on that changes something gets lost, once. */
  public void loseAnswer(int nth) {
    untilLost.set(nth);
  }

  /** The nth request from now on that changes something is done and answered with 500, once. */
  public void serverErrorThoughDone(int nth) {
    untilServerError.set(nth);
  }

  /** Whether the answer that was to be lost was lost; afterwards none is. */
  public boolean forgetLoss() {
    return untilLost.getAndSet(Integer.MAX_VALUE) <= 0;
  }

  boolean isUnreachable() {
    return unreachable;
  }

  boolean isWithoutCapacity(boolean spot, Iterable<String> subnets) {
    for (var subnet : subnets) {
      if (!fullSubnets.contains(subnet)) {
        return noCapacity || spot && noSpotCapacity;
      }
    }
    return true;
  }

  boolean letsDependantsHang() {
    return dependantsHang;
  }

  boolean duplicatesEvents() {
    return eventsDuplicated;
  }

  boolean reordersEvents() {
    return eventsReordered;
  }

  boolean emptiesLogPages() {
    return emptyLogPages;
  }

  boolean givesOldAnswers() {
    return oldAnswers;
  }

  void check(String operation) {
    var type = refused.get(operation);
    if (type != null) {
      throw new AwsError(
          type,
          "User: arn:aws:iam::%s:role/emulated is not authorized to perform: %s"
              .formatted(Account.ID, operation));
    }
  }

  boolean losesThisAnswer() {
    return untilLost.decrementAndGet() == 0;
  }

  boolean hidesThisSuccess() {
    return untilServerError.decrementAndGet() == 0;
  }
}
