package io.virtualnodes.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one Node alive: renews its lease, and writes its status when that changed or was not
 * written for a while. One thread, which nothing but {@link #close} ends.
 */
public final class NodeHeartbeat implements AutoCloseable {
  /**
   * As the kubelet's {@code nodeLeaseDurationSeconds}; the node lifecycle controller gives up after
   * about as long.
   */
  static final Duration LEASE = Duration.ofSeconds(40);

  /** A quarter of the lease, as the kubelet. */
  static final Duration RENEW = Duration.ofSeconds(10);

  /** As the kubelet's {@code nodeStatusReportFrequency}. */
  static final Duration STATUS = Duration.ofMinutes(5);

  /**
   * Longer than the way from one beat to the next can take with an API server that does not answer:
   * three requests, each given up after ten seconds (fabric8's {@code requestTimeout}; a node's
   * client tries none again), and the wait between beats.
   */
  static final Duration STUCK = Duration.ofMinutes(1);

  private static final String LEASES = "kube-node-lease";
  private static final String MANAGER = "virtual-nodes-operator";
  private static final Logger log = LoggerFactory.getLogger(NodeHeartbeat.class);

  private final String node;
  private final KubernetesClient client;
  private final Supplier<NodeStatusReport.Facts> facts;
  private final InstantSource clock;
  private final Semaphore changes = new Semaphore(0);
  private volatile Optional<String> presentUid = Optional.empty();
  private final Instant made;
  // Written by the thread that beats, read by whoever asks how it goes.
  private volatile Instant renewedAt = Instant.EPOCH;
  // When the thread last came round; empty before the start.
  private volatile Optional<Instant> turnedAt = Optional.empty();
  private volatile boolean closed;
  private final Thread thread;
  // Confined: to whoever starts the thread, then to the thread.
  private Optional<NodeStatusReport.Facts> written = Optional.empty();
  private Optional<String> writtenUid = Optional.empty();
  private Instant writtenAt = Instant.EPOCH;

  /**
   * @param nodeClient acts as the node
   * @param facts asked for at every beat
   */
  public NodeHeartbeat(
      String node,
      KubernetesClient nodeClient,
      Supplier<NodeStatusReport.Facts> facts,
      InstantSource clock) {
    this.node = node;
    this.client = nodeClient;
    this.facts = facts;
    this.clock = clock;
    this.made = clock.instant();
    this.thread = Thread.ofVirtual().name("heartbeat-" + node).unstarted(this::beat);
  }

  /**
   * One renewal of the lease and nothing else, before {@link #start()}: what there is to be done
   * until then takes a while, and the process before this one may have ended without warning. A
   * Node that was ready stays so meanwhile; one that was not does not become so.
   */
  public void firstSign() {
    try {
      var existing = client.nodes().withName(node).get();
      if (existing != null) {
        renew(existing.getMetadata().getUid(), clock.instant());
      }
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("node", node)
          .addKeyValue("failure", e.getMessage())
          .log("no first sign of life; the heartbeat follows");
    }
  }

  public void start() {
    turnedAt = Optional.of(clock.instant());
    thread.start();
  }

  /**
   * Whether the thread does its rounds, also in vain: a beat that the API server refused is one. So
   * false is a defect of this process, which only another process cures. True before the start and
   * after the end, when nobody expects a beat.
   */
  public boolean alive(Instant now) {
    return closed
        || turnedAt.map(at -> thread.isAlive() && !now.isAfter(at.plus(STUCK))).orElse(true);
  }

  /** Something about the node may have changed: look now instead of at the next beat. */
  public void changed() {
    changes.release();
  }

  /**
   * As {@link #changed()}; the Node that is there now has this uid, and may have been made anew.
   */
  public void changed(String uid) {
    presentUid = Optional.of(uid);
    changes.release();
  }

  /** When the lease was last renewed; before the first time, when this was made. */
  public Instant renewed() {
    return renewedAt.equals(Instant.EPOCH) ? made : renewedAt;
  }

  private void beat() {
    while (!Thread.currentThread().isInterrupted()) {
      turnedAt = Optional.of(clock.instant());
      try {
        beatOnce();
      } catch (KubernetesClientException e) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        log.atWarn()
            .addKeyValue("node", node)
            .addKeyValue("failure", e.getMessage())
            .log("heartbeat failed; trying again");
      } catch (RuntimeException e) {
        // A node whose heart stops over a defect takes its pods with it.
        log.atError().addKeyValue("node", node).setCause(e).log("heartbeat failed unexpectedly");
      }
      try {
        if (changes.tryAcquire(RENEW.toMillis(), TimeUnit.MILLISECONDS)) {
          changes.drainPermits();
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void beatOnce() {
    var now = clock.instant();
    var current = facts.get();
    boolean due = !now.isBefore(writtenAt.plus(STATUS));
    boolean renewal = !now.isBefore(renewedAt.plus(RENEW).minusSeconds(1));
    boolean different = !written.equals(Optional.of(current));
    boolean anew = presentUid.isPresent() && !writtenUid.equals(presentUid);
    if (!due && !renewal && !different && !anew) {
      return;
    }
    // Tells a Node that was deleted and made again: it has no status and another uid.
    var existing = client.nodes().withName(node).get();
    if (existing == null) {
      return;
    }
    var uid = existing.getMetadata().getUid();
    if (renewal || !writtenUid.equals(Optional.of(uid))) {
      renew(uid, now);
    }
    if (due || different || !writtenUid.equals(Optional.of(uid))) {
      writeStatus(current, existing, now);
      written = Optional.of(current);
      writtenUid = Optional.of(uid);
      writtenAt = now;
    }
  }

  private void renew(String uid, Instant now) {
    client
        .leases()
        .inNamespace(LEASES)
        .resource(lease(uid, now))
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(MANAGER)
                .withForce(true)
                .build());
    renewedAt = now;
  }

  private Lease lease(String uid, Instant now) {
    return new LeaseBuilder()
        .withNewMetadata()
        .withName(node)
        .withNamespace(LEASES)
        // The owner is the Node, so that the lease goes with it.
        .addNewOwnerReference()
        .withApiVersion("v1")
        .withKind("Node")
        .withName(node)
        .withUid(uid)
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withHolderIdentity(node)
        .withLeaseDurationSeconds((int) LEASE.toSeconds())
        .withRenewTime(now.atZone(ZoneOffset.UTC))
        .endSpec()
        .build();
  }

  private void writeStatus(NodeStatusReport.Facts current, Node existing, Instant now) {
    client
        .nodes()
        .withName(node)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            client
                .getKubernetesSerialization()
                .asJson(NodeStatusReport.patch(current, existing, now)));
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
