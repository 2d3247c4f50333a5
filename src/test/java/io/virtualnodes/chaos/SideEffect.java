package io.virtualnodes.chaos;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Every call by which the operator changes something outside itself: at a backend, or at the API
 * server. {@code SideEffectTest} holds the list to the program.
 */
enum SideEffect {
  GROUP_CREATE("pod.PodReconciler", "launch", Callee.BACKEND, "create"),
  GROUP_STOP("pod.PodReconciler", "stop", Callee.BACKEND, "stop"),
  GROUP_DELETE("pod.PodReconciler", "delete", Callee.BACKEND, "delete"),
  GROUP_FORGET("pod.PodReconciler", "forget", Callee.BACKEND, "delete"),
  ORPHAN_DELETE("pod.OrphanSweep", "remove", Callee.BACKEND, "delete"),
  LEFTOVER_DELETE("pool.RunningPool", "remove", Callee.BACKEND, "delete"),
  FILES_REPLACE("pod.FileRefresh", "replace", Callee.LIVE_FILES, "replace"),
  GUEST_ADMIT("pod.GuestAdmission", "admit", Callee.GUESTS, "admit"),
  POD_REPORT("pod.PodReconciler", "report", Callee.POD_WRITER, "report"),
  POD_REMOVE("pod.PodReconciler", "remove", Callee.POD_WRITER, "remove"),
  POD_EVENT("pod.EventOutbox", "write", Callee.KUBERNETES, "create"),
  POD_EVICT("pool.NodeDrain", "go", Callee.POD_WRITER, "evict"),
  POD_DELETE("pool.NodeDrain", "go", Callee.POD_WRITER, "delete"),
  POD_ABANDON("pool.NodeDrain", "abandon", Callee.POD_WRITER, "remove"),
  NODE_CREATE("pool.PoolNodes", "create", Callee.KUBERNETES, "create"),
  NODE_PATCH("pool.PoolNodes", "patch", Callee.KUBERNETES, "patch"),
  NODE_STATUS("node.NodeHeartbeat", "writeStatus", Callee.KUBERNETES, "patch"),
  NODE_DELETE("pool.PoolNodes", "remove", Callee.KUBERNETES, "delete"),
  LEASE_RENEW("node.NodeHeartbeat", "renew", Callee.KUBERNETES, "patch"),
  LEASE_DELETE("pool.PoolNodes", "deleteLease", Callee.KUBERNETES, "delete"),
  POOL_STATUS("pool.VirtualNodePoolReconciler", "writeStatus", Callee.KUBERNETES, "patch"),
  POOL_EVENT("pool.PoolEvents", "tell", Callee.KUBERNETES, "create"),
  VOLUME_CREATE("volume.ClaimReconciler", "make", Callee.KUBERNETES, "create"),
  VOLUME_DELETE("volume.VolumeReconciler", "reconcile", Callee.KUBERNETES, "delete"),
  VOLUME_REMOVE("volume.VolumeReconciler", "delete", Callee.VOLUMES, "delete"),
  CLAIM_EVENT("volume.ClaimReconciler", "tell", Callee.KUBERNETES, "create"),

  SANDBOX_CREATE("backend.docker.GroupLaunch", "made", Callee.ENGINE, "create"),
  SANDBOX_START("backend.docker.GroupLaunch", "bringUp", Callee.ENGINE, "startSandbox"),
  CONTAINER_START("backend.docker.GroupLaunch", "startContainer", Callee.ENGINE, "start"),
  CONTAINER_RENAME("backend.docker.DockerBackend", "stopped", Callee.ENGINE, "rename"),
  CONTAINER_STOP("backend.docker.EngineTending", "stop", Callee.ENGINE, "stop"),
  MILESTONE_CREATE("backend.docker.EngineTending", "make", Callee.ENGINE, "create"),
  CONTAINER_REMOVE("backend.docker.DockerBackend", "remove", Callee.ENGINE, "remove"),
  GUEST_CREATE("backend.docker.GroupGuests", "make", Callee.ENGINE, "create"),
  GUEST_START("backend.docker.GroupGuests", "start", Callee.ENGINE, "start"),
  WRITER_START("backend.docker.GroupFiles", "swap", Callee.ENGINE, "start"),
  RELAY_CREATE("backend.docker.GroupRelay", "hold", Callee.ENGINE, "create"),
  RELAY_START("backend.docker.GroupRelay", "started", Callee.ENGINE, "start"),
  ENDER_CREATE("backend.docker.CommandEnding", "kill", Callee.ENGINE, "create"),
  ENDER_START("backend.docker.CommandEnding", "kill", Callee.ENGINE, "start");

  private final String className;
  private final String method;
  private final Callee callee;
  private final String called;

  SideEffect(String className, String method, Callee callee, String called) {
    this.className = "io.virtualnodes." + className;
    this.method = method;
    this.callee = callee;
    this.called = called;
  }

  /** Who carries an effect out, and which of its methods do. */
  enum Callee {
    BACKEND("io.virtualnodes.backend.Backend", "create", "stop", "delete"),
    /** Only of a backend that can. */
    LIVE_FILES("io.virtualnodes.backend.LiveFiles", "replace"),
    /** Only of a backend that can. */
    GUESTS("io.virtualnodes.backend.Guests", "admit"),
    /** Only of a backend that can. */
    VOLUMES("io.virtualnodes.backend.Volumes", "delete"),
    POD_WRITER("io.virtualnodes.pod.PodWriter", "report", "evict", "delete", "remove"),
    /** The Kubernetes client, by whatever type the call is made. */
    KUBERNETES(
        "io.fabric8.kubernetes.client.",
        "create",
        "createOr",
        "update",
        "updateStatus",
        "patch",
        "patchStatus",
        "edit",
        "editStatus",
        "replace",
        "replaceStatus",
        "serverSideApply",
        "evict",
        "delete"),
    /** Only of the engine that the tests have. */
    ENGINE(
        "io.virtualnodes.backend.docker.DockerEngine",
        "create",
        "start",
        "startSandbox",
        "stop",
        "rename",
        "remove");

    private final String type;
    private final Set<String> methods;

    Callee(String type, String... methods) {
      this.type = type;
      this.methods = Set.of(methods);
    }

    /** Whether it is a call of this callee's that changes something. */
    boolean changesBy(CallSite call) {
      boolean itsType =
          type.endsWith(".") ? call.owner().startsWith(type) : call.owner().equals(type);
      // What it asks of itself is part of what it was asked for.
      return itsType && methods.contains(call.called()) && !call.className().equals(type);
    }
  }

  /** The class that makes the call. */
  String className() {
    return className;
  }

  /** The one place in the program. */
  CallSite site() {
    var sites = CallSite.in(className).stream().filter(this::isAt).toList();
    if (sites.size() != 1) {
      throw new IllegalStateException(
          "%s is to be one call of %s in %s.%s, and there are %d"
              .formatted(this, called, className, method, sites.size()));
    }
    return sites.getFirst();
  }

  boolean isAt(CallSite call) {
    return call.className().equals(className)
        && call.method().equals(method)
        && call.called().equals(called)
        && callee.changesBy(call);
  }

  /** Whether only groups at a container engine have it. */
  boolean needsEngine() {
    return switch (callee) {
      case ENGINE, LIVE_FILES, GUESTS, VOLUMES -> true;
      // There are volumes only where a backend keeps them; one is refused anywhere.
      case KUBERNETES -> this == VOLUME_CREATE || this == VOLUME_DELETE;
      case BACKEND, POD_WRITER -> false;
    };
  }

  List<CrashPoint> points() {
    return List.of(
        new CrashPoint(this, CrashPoint.Side.BEFORE), new CrashPoint(this, CrashPoint.Side.AFTER));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
