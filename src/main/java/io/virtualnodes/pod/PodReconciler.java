package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Ignore;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.virtualnodes.backend.BackOff;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupWatch;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.RegistryLogins;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the steps of the pods of one node, one step a reconcile. */
@Ignore // Not for Quarkus to register: PodController makes one for each node.
final class PodReconciler implements Reconciler<Pod>, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PodReconciler.class);
  // All pods of a node that is emptied ask at once, and a service that is away may be so for hours.
  private static final BackOff BACKEND_RETRY =
      new BackOff(Duration.ofSeconds(2), Duration.ofSeconds(30));
  private static final Duration TROUBLE_REPORT = Duration.ofMillis(50);

  private final NodeFacts node;
  private final Backend backend;
  private final GroupWatch groups;
  private final Supplier<PodPolicy> policy;
  private final Supplier<PodNetwork> network;
  private final LaunchListener launches;
  private final InstantSource clock;
  private final PodWriter writer;
  private final PodInputsReader inputs;
  private final EventOutbox outbox;
  private final PullSecretsReader pullSecrets;
  private final PodEvents events;
  private final PodNotices notices;
  private final FileRefresh files;
  private final GuestAdmission guests;
  private final GroupEventSource groupEvents;
  private final Instant quietSince;
  // JOSDK runs one reconcile a pod at a time, so an entry has one writer.
  private final ConcurrentMap<String, PodMemory> memories = new ConcurrentHashMap<>();
  private volatile Cache<Pod> cache;

  PodReconciler(
      NodeFacts node,
      KubernetesClient nodeClient,
      Backend backend,
      GroupWatch groups,
      Supplier<PodPolicy> policy,
      Supplier<PodNetwork> network,
      NetworkPolicies networkPolicies,
      LaunchListener launches,
      Instant quietSince,
      InstantSource clock) {
    this.node = node;
    this.backend = backend;
    this.groups = groups;
    this.policy = policy;
    this.network = network;
    this.launches = launches;
    this.clock = clock;
    this.writer = new PodWriter(nodeClient);
    this.inputs = new PodInputsReader(nodeClient, clock);
    this.pullSecrets = new PullSecretsReader(nodeClient);
    this.outbox = new EventOutbox(node.node(), nodeClient);
    this.events = new PodEvents(outbox, node, clock);
    this.notices = new PodNotices(events, networkPolicies);
    this.files = new FileRefresh(node, backend.liveFiles(), inputs, events, clock);
    this.guests = new GuestAdmission(this::facts, backend.guests(), inputs, events);
    this.groupEvents = new GroupEventSource(groups, this::pods);
    this.quietSince = quietSince;
  }

  @Override
  public List<EventSource<?, Pod>> prepareEventSources(EventSourceContext<Pod> context) {
    cache = context.getPrimaryCache();
    return List.of(groupEvents);
  }

  /** The pods of this node as last seen. */
  Stream<Pod> pods() {
    return cache == null ? Stream.empty() : cache.list();
  }

  /**
   * As whom an image of a pod is fetched.
   *
   * @throws RegistryLogins.Unreadable if that cannot be read for now
   */
  List<RegistryLogin> logins(String podUid, String image) {
    return pod(podUid).map(pod -> logins(pod, image)).orElse(List.of());
  }

  private List<RegistryLogin> logins(Pod pod, String image) {
    var secrets = pullSecrets.read(pod);
    if (!secrets.missing().isEmpty()) {
      events.pullSecretsMissing(pod, secrets.missing());
    }
    try {
      return RegistryKeyring.of(secrets.found()).logins(image);
    } catch (IllegalArgumentException e) {
      throw new RegistryLogins.Unreadable(e.getMessage(), e);
    }
  }

  /** Tells the owner of the pod whose group it is, if the pod is still there. */
  void tell(Incident incident) {
    pod(incident.group().podUid()).ifPresent(pod -> events.incident(pod, incident));
  }

  private Optional<Pod> pod(String uid) {
    return pods().filter(pod -> pod.getMetadata().getUid().equals(uid)).findFirst();
  }

  /** Has every pod looked at: the policy changed. */
  void policyChanged() {
    groupEvents.wakeAll();
  }

  @Override
  public UpdateControl<Pod> reconcile(Pod pod, Context<Pod> context) {
    var uid = pod.getMetadata().getUid();
    if (context.isPrimaryResourceDeleted()) {
      return gone(pod);
    }
    groupEvents.follow(pod);
    // What others asked for is not known, so that no list is trusted that may lack it.
    var memory = memories.computeIfAbsent(uid, _ -> PodMemory.seenAt(quietSince));
    var view = view(uid, memory);
    var plan = PodPlanner.plan(pod, view, memory, node, policy.get(), clock.instant());
    log.atDebug()
        .addKeyValue("pod", key(pod))
        .addKeyValue("group", view.getClass().getSimpleName())
        .addKeyValue("plan", plan.getClass().getSimpleName())
        .log("planned");
    return switch (plan) {
      case Plan.Launch _ -> launch(pod, memory);
      case Plan.Report(var report) -> report(pod, memory, report);
      case Plan.Stop(var deadline) -> stop(pod, memory, view, deadline);
      case Plan.Delete _ -> delete(pod, memory, view);
      case Plan.Remove _ -> remove(pod, memory);
      case Plan.Rest(var again) -> {
        if (view instanceof GroupView.Unknown) {
          groupEvents.await(pod);
        }
        if (view instanceof GroupView.Alive) {
          notices.goesOn(pod);
        }
        yield Stream.concat(again.stream(), lookAfter(pod, view))
            .min(Duration::compareTo)
            .map(wait -> UpdateControl.<Pod>noUpdate().rescheduleAfter(wait))
            .orElseGet(UpdateControl::noUpdate);
      }
    };
  }

  /** What changes in a group that is to go on, and when to look at that again. */
  private Stream<Duration> lookAfter(Pod pod, GroupView view) {
    return view instanceof GroupView.Alive(var observation)
            && pod.getMetadata().getDeletionTimestamp() == null
        ? Stream.of(guests.admit(pod, observation), files.refresh(pod, observation.id()))
            .flatMap(Optional::stream)
        : Stream.empty();
  }

  /** The node's, with the network as the pool has it now. */
  private NodeFacts facts() {
    return node.with(network.get());
  }

  private GroupView view(String uid, PodMemory memory) {
    return GroupView.of(groups.latest(), uid, memory.asked(), backend.capabilities().settling());
  }

  private UpdateControl<Pod> launch(Pod pod, PodMemory memory) {
    var uid = pod.getMetadata().getUid();
    var refusals = PodTranslator.refusals(pod, facts());
    if (!refusals.isEmpty()) {
      return troubled(pod, memory, new BackendException.Unsupported(refusals));
    }
    var asked = clock.instant();
    memories.put(uid, memory.askedAt(asked));
    try {
      var read = inputs.read(pod);
      var group = PodTranslator.translate(pod, read, facts());
      backend.create(group);
      files.launched(pod, read);
      var accepted = clock.instant();
      memories.put(uid, memory.launched(accepted));
      groupEvents.await(pod);
      log.atInfo()
          .addKeyValue("pod", key(pod))
          .addKeyValue("group", group.id())
          .log("group accepted");
      launches.launched(
          PodStart.between(PodStart.scheduled(pod), asked), Duration.between(asked, accepted));
      events.launched(pod, group.id());
      notices.launched(pod, read, facts());
      return UpdateControl.noUpdate();
    } catch (BackendException e) {
      launches.failed(e);
      return troubled(pod, memory.failedAt(clock.instant(), e), e);
    } catch (MissingInput e) {
      int tries = tries(memory) + 1;
      return troubled(
          pod, memory.askedAt(clock.instant()), PodFailure.missingInput(e, tries), tries);
    }
  }

  private UpdateControl<Pod> troubled(Pod pod, PodMemory memory, BackendException failure) {
    int tries = tries(memory) + 1;
    return troubled(pod, memory, PodFailure.of(failure, pod, tries), tries);
  }

  private UpdateControl<Pod> troubled(
      Pod pod, PodMemory memory, PodFailure.Consequence consequence, int tries) {
    var retryAt = consequence.retryAfter().map(clock.instant()::plus);
    memories.put(
        pod.getMetadata().getUid(),
        memory.troubled(new PodMemory.Trouble(consequence, tries, retryAt)));
    launches.troubled(consequence.reason());
    log.atWarn()
        .addKeyValue("pod", key(pod))
        .addKeyValue("reason", consequence.reason())
        .addKeyValue("failure", consequence.message())
        .log("pod not started");
    if (consequence.isNews(tries)) {
      events.troubled(pod, consequence);
      return UpdateControl.<Pod>noUpdate().rescheduleAfter(TROUBLE_REPORT);
    }
    return UpdateControl.<Pod>noUpdate().rescheduleAfter(consequence.retryAfter().get());
  }

  private static int tries(PodMemory memory) {
    return memory.trouble().map(PodMemory.Trouble::tries).orElse(0);
  }

  private UpdateControl<Pod> report(Pod pod, PodMemory memory, PodStatusReport report) {
    if (report.status().getReason() != null && report.status().getReason().equals("GroupLost")) {
      events.lost(pod);
    }
    switch (writer.report(pod, report)) {
      // The watch brings it back to us.
      case PodWriter.Outcome.Written(var version) -> {
        memories.put(pod.getMetadata().getUid(), memory.reported(report, version));
        notices.reported(PodPlanner.newest(pod, memory), report);
        if (PodStart.isOver(pod, memory, report)) {
          started(pod, memory);
        }
      }
      // The deletion event is on its way; should it not come, we look again.
      case PodWriter.Outcome.Gone _ -> groupEvents.await(pod);
    }
    if (report.terminal()) {
      log.atInfo()
          .addKeyValue("pod", key(pod))
          .addKeyValue("phase", report.status().getPhase())
          .log("pod ended");
    }
    return UpdateControl.noUpdate();
  }

  private void started(Pod pod, PodMemory memory) {
    // Otherwise an earlier process asked for its group, and when is not known.
    if (!memory.asked().equals(quietSince)) {
      var now = clock.instant();
      launches.running(
          PodStart.between(memory.asked(), now), PodStart.between(PodStart.scheduled(pod), now));
    }
  }

  private UpdateControl<Pod> stop(Pod pod, PodMemory memory, GroupView view, Instant deadline) {
    var now = clock.instant();
    var grace = deadline.isAfter(now) ? Duration.between(now, deadline) : Duration.ZERO;
    try {
      backend.stop(group(pod, view), grace);
    } catch (BackendException e) {
      return backendAgain(pod, memory, "group not stopped", e);
    }
    memories.put(pod.getMetadata().getUid(), memory.stopping(clock.instant(), deadline));
    groupEvents.await(pod);
    events.stopping(pod);
    return UpdateControl.noUpdate();
  }

  private UpdateControl<Pod> delete(Pod pod, PodMemory memory, GroupView view) {
    try {
      backend.delete(group(pod, view));
    } catch (BackendException e) {
      return backendAgain(pod, memory, "group not deleted", e);
    }
    memories.put(pod.getMetadata().getUid(), memory.askedAt(clock.instant()));
    groupEvents.await(pod);
    return UpdateControl.noUpdate();
  }

  private UpdateControl<Pod> remove(Pod pod, PodMemory memory) {
    writer.remove(pod);
    memories.put(pod.getMetadata().getUid(), memory.removedAt(clock.instant()));
    return UpdateControl.<Pod>noUpdate().rescheduleAfter(PodPlanner.REMOVE_AGAIN);
  }

  /**
   * A pod is gone from the API server; so must be its group. JOSDK hands over what its cache has of
   * that name by now, which can be a successor that lives.
   */
  private UpdateControl<Pod> gone(Pod handedOver) {
    var name = ResourceID.fromResource(handedOver);
    var uids = new HashSet<>(groupEvents.followed(name));
    uids.add(handedOver.getMetadata().getUid());
    cache
        .get(name)
        .map(alive -> alive.getMetadata().getUid())
        .ifPresent(
            successor -> {
              uids.remove(successor);
              // JOSDK forgets the name after this, also where the successor is at work already.
              groupEvents.introduceAgain(successor);
            });
    uids.forEach(uid -> forget(uid, key(handedOver)));
    return UpdateControl.noUpdate();
  }

  private void forget(String uid, String key) {
    var memory = memories.getOrDefault(uid, PodMemory.seenAt(quietSince));
    var view = view(uid, memory);
    if (PodPlanner.planWithoutPod(view) instanceof Plan.Delete) {
      try {
        backend.delete(group(uid, view));
        log.atInfo().addKeyValue("pod", key).log("group removed");
      } catch (BackendException e) {
        // Not retried here: the pod is forgotten after this. The sweep for orphans finds the group
        // again.
        log.atWarn()
            .addKeyValue("pod", key)
            .addKeyValue("failure", e.getMessage())
            .log("group of a deleted pod not removed yet");
      }
    }
    memories.remove(uid);
    events.forget(uid);
    notices.forget(uid);
    files.forget(uid);
    groupEvents.forget(uid);
  }

  private UpdateControl<Pod> backendAgain(
      Pod pod, PodMemory memory, String what, BackendException e) {
    var setBack = memory.setBack();
    memories.put(pod.getMetadata().getUid(), setBack);
    log.atWarn().addKeyValue("pod", key(pod)).addKeyValue("failure", e.getMessage()).log(what);
    // Who waits in a line is back when its turn comes, and holds up nobody behind.
    var wait =
        e instanceof BackendException.Unavailable turn && !turn.wasAsked()
            ? turn.retryAfter().orElseThrow()
            : BACKEND_RETRY.after(setBack.setbacks());
    return UpdateControl.<Pod>noUpdate().rescheduleAfter(wait);
  }

  private static GroupId group(Pod pod, GroupView view) {
    return group(pod.getMetadata().getUid(), view);
  }

  private static GroupId group(String uid, GroupView view) {
    return view.observed().map(observation -> observation.id()).orElseGet(() -> GroupId.first(uid));
  }

  /** The group of a pod of this node, for those who show its logs. */
  Optional<GroupId> groupOf(String podUid) {
    return groups.latest().flatMap(snapshot -> snapshot.group(podUid)).map(o -> o.id());
  }

  @Override
  public void close() {
    outbox.close();
  }

  private static String key(Pod pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }
}
