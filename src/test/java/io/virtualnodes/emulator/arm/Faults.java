package io.virtualnodes.emulator.arm;

import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** What goes wrong at the service, as tests want it. Set and read by any thread. */
public final class Faults {
  private volatile boolean unreachable;
  private volatile boolean noCapacity;
  private volatile Set<String> fullZones = Set.of();
  private volatile Set<String> fullSubnets = Set.of();
  private volatile boolean startTimesMissing;
  private volatile boolean restartsDespiteNever;
  private volatile boolean provisioningFails;
  private volatile boolean withoutShells;
  private volatile OptionalInt keptOfALog = OptionalInt.empty();
  private volatile boolean readsFail;
  // How many more requests that change something are answered; the one after is done, and its
  // answer lost or replaced.
  private final AtomicInteger untilLost = new AtomicInteger(Integer.MAX_VALUE);
  private final AtomicInteger untilUnavailable = new AtomicInteger(Integer.MAX_VALUE);

  /** No request is answered, or done. */
  public void unreachable(boolean now) {
    unreachable = now;
  }

  /** No group finds room in the region. */
  public void noCapacity(boolean now) {
    noCapacity = now;
  }

  /** No group finds room in these zones. */
  public void noCapacityIn(String... zones) {
    fullZones = Set.of(zones);
  }

  /** These subnets have no address left. */
  public void fullSubnets(String... ids) {
    fullSubnets = Set.of(ids);
  }

  /** Containers that run have no start time, as while their image is fetched. */
  public void startTimesMissing(boolean now) {
    startTimesMissing = now;
  }

  /** Groups accepted from now on are restarted on failure where they say never. */
  public void restartsDespiteNever(boolean now) {
    restartsDespiteNever = now;
  }

  /** Groups accepted from now on cannot be made. */
  public void provisioningFails(boolean now) {
    provisioningFails = now;
  }

  /** No container has a shell that could be started beside what runs in it. */
  public void withoutShells(boolean now) {
    withoutShells = now;
  }

  /** Of the log of a container that runs, no more than this many characters are kept. */
  public void keepOfALog(int characters) {
    keptOfALog = OptionalInt.of(characters);
  }

  /** Single groups cannot be read, and lists say nothing of how containers are. */
  public void readsFail(boolean now) {
    readsFail = now;
  }

  /** The answer to the nth request from now on that changes something gets lost, once. */
  public void loseAnswer(int nth) {
    untilLost.set(nth);
  }

  /** The nth request from now on that changes something is done and answered with 503, once. */
  public void unavailableThoughDone(int nth) {
    untilUnavailable.set(nth);
  }

  /** Whether the answer that was to be lost was lost; afterwards none is. */
  public boolean forgetLoss() {
    return untilLost.getAndSet(Integer.MAX_VALUE) <= 0;
  }

  boolean isUnreachable() {
    return unreachable;
  }

  boolean isWithoutCapacity() {
    return noCapacity;
  }

  boolean isWithoutCapacity(String zone) {
    return fullZones.contains(zone);
  }

  boolean isFull(String subnet) {
    return fullSubnets.contains(subnet);
  }

  boolean hidesStartTimes() {
    return startTimesMissing;
  }

  boolean restarts() {
    return restartsDespiteNever;
  }

  boolean failsProvisioning() {
    return provisioningFails;
  }

  boolean isWithoutShells() {
    return withoutShells;
  }

  OptionalInt keepsOfALog() {
    return keptOfALog;
  }

  boolean failsReads() {
    return readsFail;
  }

  boolean losesThisAnswer() {
    return untilLost.decrementAndGet() == 0;
  }

  boolean hidesThisSuccess() {
    return untilUnavailable.decrementAndGet() == 0;
  }
}
