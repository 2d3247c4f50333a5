package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.OperatorException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.RegistryLogins;
import io.virtualnodes.kubelet.KubeletServer;
import io.virtualnodes.kubelet.NodePod;
import io.virtualnodes.kubelet.PodLookup;
import io.virtualnodes.kubelet.ServedPod;
import io.virtualnodes.node.NodeHeartbeat;
import io.virtualnodes.node.NodeShare;
import io.virtualnodes.node.NodeStatusReport;
import io.virtualnodes.pod.PodController;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs in this process for one node: its heartbeat, its pods and its kubelet endpoint.
 *
 * <p>Starting waits for the API server, so that it has a thread of its own; every other method may
 * be called from any thread.
 */
final class RunningNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunningNode.class);
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final String name;
  private final KubernetesClient client;
  private final Parts parts;
  private final Runnable changed;
  private final NodeHeartbeat heartbeat;
  private final Thread starter;

  private volatile Optional<Instant> quietSince = Optional.empty();
  private volatile Shape shape;
  private volatile boolean draining;
  private volatile Optional<PodController> pods = Optional.empty();
  private volatile Optional<KubeletServer> server = Optional.empty();
  private volatile Optional<String> serverProblem = Optional.empty();
  private volatile boolean closed;

  /** How the parts are made that need more than this class knows. */
  interface Parts {
    PodController podController(RunningNode node);

    KubeletServer kubeletServer(RunningNode node, PodLookup lookup) throws IOException;
  }

  /** What the pool's spec says about the node, and may change while it runs. */
  record Shape(String pool, NodeShare share, String os, String arch) {}

  /**
   * @param outage what the backend said, while it does not answer
   * @param changed is called when the node started to serve
   */
  RunningNode(
      String name,
      KubernetesClient client,
      Shape shape,
      NodeSettings settings,
      Supplier<Optional<String>> outage,
      Supplier<Runtime> runtime,
      Parts parts,
      Runnable changed,
      InstantSource clock) {
    this.name = name;
    this.client = client;
    this.shape = shape;
    this.parts = parts;
    this.changed = changed;
    this.heartbeat =
        new NodeHeartbeat(name, client, () -> facts(settings, outage, runtime.get()), clock);
    this.starter = Thread.ofVirtual().name("start-" + name).unstarted(this::startParts);
  }

  /** What runs the node's containers. */
  record Runtime(String name, String version, Optional<String> notice) {}

  void start() {
    starter.start();
  }

  private void startParts() {
    heartbeat.firstSign();
    try {
      server = Optional.of(parts.kubeletServer(this, this::served));
    } catch (IOException e) {
      serverProblem = Optional.of(e.getMessage());
      log.atError().addKeyValue("node", name).setCause(e).log("kubelet endpoint not opened");
    }
    while (!closed) {
      var controller = parts.podController(this);
      try {
        controller.start();
        pods = Optional.of(controller);
        log.atInfo().addKeyValue("node", name).log("node takes pods");
        break;
      } catch (OperatorException | KubernetesClientException e) {
        controller.close();
        log.atWarn()
            .addKeyValue("node", name)
            .addKeyValue("failure", e.getMessage())
            .log("pods of the node cannot be watched yet");
      }
      try {
        Thread.sleep(RETRY);
      } catch (InterruptedException e) {
        return;
      }
    }
    if (closed) {
      pods.ifPresent(PodController::close);
      return;
    }
    // No status before: a node whose pods nobody watches yet could only say that it is not ready,
    // and one
    // that was ready before this process began would have its pods taken out of their Services.
    heartbeat.start();
    changed.run();
  }

  private NodeStatusReport.Facts facts(
      NodeSettings settings, Supplier<Optional<String>> outage, Runtime runtime) {
    return new NodeStatusReport.Facts(
        shape.pool(),
        settings.address(),
        server.map(KubeletServer::port).orElse(0),
        shape.share(),
        shape.os(),
        shape.arch(),
        runtime.name(),
        runtime.version(),
        runtime.notice(),
        settings.kubeletVersion().get(),
        settings.features(),
        outage.get());
  }

  private Optional<ServedPod> served(String namespace, String podName) {
    return pods.flatMap(controller -> controller.pod(namespace, podName))
        .map(pod -> ServedPod.of(pod, group(pod)));
  }

  /** Its pods with their groups. */
  List<NodePod> listed() {
    return pods().map(pod -> new NodePod(pod, group(pod))).toList();
  }

  private GroupId group(Pod pod) {
    var uid = pod.getMetadata().getUid();
    return pods.flatMap(controller -> controller.group(uid)).orElseGet(() -> GroupId.first(uid));
  }

  String name() {
    return name;
  }

  KubernetesClient client() {
    return client;
  }

  /** Whether its pods are watched. */
  boolean serving() {
    return pods.isPresent();
  }

  /** Whether the watch of its pods works now. */
  boolean healthy() {
    return pods.map(PodController::healthy).orElse(false);
  }

  /** When its lease was last renewed; before the first time, when it began to run here. */
  Instant renewed() {
    return heartbeat.renewed();
  }

  /** Whether its heartbeat does its rounds, if it has begun. */
  boolean alive(Instant now) {
    return heartbeat.alive(now);
  }

  /** Notes that a pod is in the way of emptying it. */
  void busy() {
    quietSince = Optional.empty();
  }

  /** Since when no pod is in the way of emptying it; now, if that is news. */
  Instant quietSince(Instant now) {
    quietSince = quietSince.or(() -> Optional.of(now));
    return quietSince.get();
  }

  /** Why there is no kubelet endpoint. */
  Optional<String> serverProblem() {
    return serverProblem;
  }

  Stream<Pod> pods() {
    return pods.stream().flatMap(PodController::pods);
  }

  void reshape(Shape newShape) {
    if (!newShape.equals(shape)) {
      shape = newShape;
      heartbeat.changed();
    }
  }

  boolean draining() {
    return draining;
  }

  void draining(boolean nowDraining) {
    if (nowDraining != draining) {
      draining = nowDraining;
      policyChanged();
    }
  }

  /** What its pods may do is asked for again. */
  void policyChanged() {
    pods.ifPresent(PodController::policyChanged);
  }

  /**
   * As whom an image of one of its pods is fetched; blocks.
   *
   * @throws RegistryLogins.Unreadable if that cannot be read for now
   */
  List<RegistryLogin> logins(String podUid, String image) {
    return pods.orElseThrow(
            () -> new RegistryLogins.Unreadable("node " + name + " has not started yet", null))
        .logins(podUid, image);
  }

  /** Tells the owner of one of its pods. */
  void tell(Incident incident) {
    pods.ifPresent(controller -> controller.tell(incident));
  }

  /** Something that its status speaks of may have changed. */
  void touch() {
    heartbeat.changed();
  }

  /** As {@link #touch()}; the Node that is there now has this uid. */
  void touch(String uid) {
    heartbeat.changed(uid);
  }

  /** Ends its heartbeat, which would bring back the lease of a node that is to go. */
  void rest() {
    heartbeat.close();
  }

  @Override
  public void close() {
    closed = true;
    starter.interrupt();
    heartbeat.close();
    server.ifPresent(KubeletServer::close);
    pods.ifPresent(PodController::close);
  }
}
