package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Snapshot;
import io.virtualnodes.pod.PodReferences.TokenTerms;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Pods at a backend by the product's own rules and without an API server: what the reconciler does
 * with a pod is done here by a driven clock, so that hours pass in moments. Not for several
 * threads.
 */
public final class DrivenPods {
  // More steps than a pod ever takes at one instant.
  private static final int MOST_STEPS = 10;

  private final Backend backend;
  private final NodeFacts node;
  private final InstantSource clock;
  private final LaunchListener launches;
  private final Map<String, Pod> pods = new LinkedHashMap<>();
  private final Map<String, PodMemory> memories = new HashMap<>();
  private final Map<String, Instant> due = new HashMap<>();
  private final Map<String, List<String>> events = new HashMap<>();
  private final Map<String, Secret> secrets = new HashMap<>();
  private final Set<GroupId> suspects = new HashSet<>();
  private String token = "token";
  private Optional<Snapshot> latest = Optional.empty();
  private PodPolicy policy = new PodPolicy(Optional.empty(), Duration.ofHours(1), Instant.MIN);
  private Optional<Instant> quietSince = Optional.empty();
  private long version;

  /**
   * @param pool the backend's
   */
  public DrivenPods(Backend backend, String pool, InstantSource clock, LaunchListener launches) {
    this.backend = backend;
    this.clock = clock;
    this.launches = launches;
    var capabilities = backend.capabilities();
    this.node =
        new NodeFacts(
            pool,
            pool + "-0",
            "10.0.0.9",
            capabilities.runtime(),
            capabilities.notice(),
            capabilities.features());
  }

  public DrivenPods(Backend backend, String pool, InstantSource clock) {
    this(
        backend,
        pool,
        clock,
        new LaunchListener() {
          @Override
          public void launched(Duration waited, Duration asked) {}

          @Override
          public void running(Duration accepted, Duration scheduled) {}

          @Override
          public void troubled(String reason) {}

          @Override
          public void failed(BackendException failure) {}
        });
  }

  /** Since when nobody has asked for groups of pods that come from now on; else since they came. */
  public void quietSince(Instant time) {
    quietSince = Optional.of(time);
  }

  /** What the pool lets its pods do from now on. */
  public void policy(PodPolicy now) {
    policy = now;
  }

  /** An object that pods may refer to. */
  public void secret(String yaml) {
    var secret = Serialization.unmarshal(yaml, Secret.class);
    secrets.put(secret.getMetadata().getName(), secret);
  }

  /** What all tokens say that pods ask for. */
  public void token(String text) {
    token = text;
  }

  /**
   * The same pods under the operator after this one, which knows what the API server does, and no
   * more.
   */
  public DrivenPods under(Backend next) {
    var heir = new DrivenPods(next, node.pool(), clock, launches);
    heir.policy = policy;
    heir.token = token;
    heir.version = version;
    heir.secrets.putAll(secrets);
    heir.pods.putAll(pods);
    for (var uid : pods.keySet()) {
      heir.memories.put(uid, PodMemory.seenAt(clock.instant()));
      heir.due.put(uid, clock.instant());
    }
    return heir;
  }

  /**
   * A pod was bound to the node.
   *
   * @param uid also its name, if it has none
   * @param spec in YAML
   */
  public void add(String uid, String spec) {
    add(uid, uid, spec);
  }

  /** A pod of this name was bound to the node. */
  public void add(String uid, String name, String spec) {
    var pod =
        Serialization.unmarshal("spec:\n" + spec.indent(2) + "status: {}", Pod.class)
            .edit()
            .editOrNewMetadata()
            .withUid(uid)
            .withName(name)
            .withNamespace("team-a")
            .withResourceVersion(nextVersion())
            .withCreationTimestamp(clock.instant().toString())
            .endMetadata()
            .editStatus()
            .withPhase(PodStatusReport.PENDING)
            .endStatus()
            .build();
    // What the API server fills in, as far as it matters here.
    pod.getSpec().getContainers().stream()
        .filter(container -> container.getImagePullPolicy() == null)
        .forEach(container -> container.setImagePullPolicy("IfNotPresent"));
    pods.put(uid, pod);
    memories.put(uid, PodMemory.seenAt(quietSince.orElseGet(clock::instant)));
    due.put(uid, clock.instant());
  }

  /** Somebody deletes a pod. */
  public void delete(String uid) {
    long grace = PodGrace.of(pod(uid)).toSeconds();
    pods.compute(
        uid,
        (_, pod) ->
            new PodBuilder(pod)
                .editMetadata()
                .withDeletionGracePeriodSeconds(grace)
                .withDeletionTimestamp(clock.instant().plusSeconds(grace).toString())
                .withResourceVersion(nextVersion())
                .endMetadata()
                .build());
    due.put(uid, clock.instant());
  }

  /** Somebody has a pod removed without waiting for its end: the cluster has it no more. */
  public void vanish(String uid) {
    var view =
        GroupView.of(latest, uid, memories.get(uid).asked(), backend.capabilities().settling());
    if (PodPlanner.planWithoutPod(view) instanceof Plan.Delete) {
      removeOrLeaveToTheSweep(group(uid, view));
    }
    pods.remove(uid);
  }

  /** Removes groups whose pod is gone, each the second time that it is seen without one. */
  public void sweep(Snapshot seen) {
    var orphans =
        seen.groups().stream()
            .map(Observation::id)
            .filter(id -> !pods.containsKey(id.podUid()))
            .collect(Collectors.toSet());
    suspects.retainAll(orphans);
    orphans.stream().filter(id -> !suspects.add(id)).forEach(this::removeOrLeaveToTheSweep);
  }

  private void removeOrLeaveToTheSweep(GroupId id) {
    try {
      backend.delete(id);
    } catch (BackendException _) {
      // As the reconciler has it: the sweep finds it again.
    }
  }

  /** Lists the backend; all pods with a group are due then. */
  public Snapshot look() {
    var seen = new Snapshot(clock.instant(), backend.list());
    var before = latest;
    latest = Optional.of(seen);
    pods.keySet().stream()
        .filter(
            uid ->
                seen.group(uid).isPresent()
                    || before.flatMap(earlier -> earlier.group(uid)).isPresent()
                    // It waits for a look that is fresh enough.
                    || due.get(uid).equals(Instant.MAX))
        .forEach(uid -> due.put(uid, clock.instant()));
    return seen;
  }

  /** Takes the steps of all pods that are due. */
  public void step() {
    for (var uid : List.copyOf(pods.keySet())) {
      for (int steps = 0; isDue(uid); steps++) {
        if (steps == MOST_STEPS) {
          throw new AssertionError("pod " + uid + " never rests: " + pods.get(uid).getStatus());
        }
        step(uid);
      }
    }
  }

  private boolean isDue(String uid) {
    return pods.containsKey(uid) && !due.get(uid).isAfter(clock.instant());
  }

  private void step(String uid) {
    var pod = pods.get(uid);
    var memory = memories.get(uid);
    var view = GroupView.of(latest, uid, memory.asked(), backend.capabilities().settling());
    switch (PodPlanner.plan(pod, view, memory, node, policy, clock.instant())) {
      case Plan.Launch _ -> launch(uid, pod, memory);
      case Plan.Report(var report) -> {
        var written =
            report
                .appliedTo(pod)
                .edit()
                .editMetadata()
                .withResourceVersion(nextVersion())
                .endMetadata()
                .build();
        pods.put(uid, written);
        memories.put(uid, memory.reported(report, written.getMetadata().getResourceVersion()));
      }
      case Plan.Stop(var deadline) ->
          ask(
              uid,
              () -> {
                var grace = Duration.between(clock.instant(), deadline);
                backend.stop(group(uid, view), grace.isNegative() ? Duration.ZERO : grace);
                memories.put(uid, memory.stopping(clock.instant(), deadline));
              });
      case Plan.Delete _ ->
          ask(
              uid,
              () -> {
                backend.delete(group(uid, view));
                memories.put(uid, memory.askedAt(clock.instant()));
              });
      case Plan.Remove _ -> {
        if (PodPlanner.planWithoutPod(view) instanceof Plan.Delete) {
          ask(uid, () -> backend.delete(group(uid, view)));
        }
        pods.remove(uid);
      }
      case Plan.Rest(var again) ->
          due.put(uid, again.map(clock.instant()::plus).orElse(Instant.MAX));
    }
  }

  private void ask(String uid, Runnable request) {
    due.put(uid, Instant.MAX);
    try {
      request.run();
    } catch (BackendException e) {
      var wait =
          e instanceof BackendException.Unavailable turn && !turn.wasAsked()
              ? turn.retryAfter().orElseThrow()
              : Duration.ofSeconds(2);
      due.put(uid, clock.instant().plus(wait));
    }
  }

  private void launch(String uid, Pod pod, PodMemory memory) {
    var asked = memory.askedAt(clock.instant());
    memories.put(uid, asked);
    try {
      var refusals = PodTranslator.refusals(pod, node);
      if (!refusals.isEmpty()) {
        throw new BackendException.Unsupported(refusals);
      }
      var tokens = new HashMap<TokenTerms, String>();
      PodReferences.of(pod).tokens().keySet().forEach(terms -> tokens.put(terms, token));
      var inputs = new PodInputs(Map.of(), secrets, tokens, Map.of(), List.of(), Map.of());
      backend.create(PodTranslator.translate(pod, inputs, node));
      memories.put(uid, memory.launched(clock.instant()));
      due.put(uid, Instant.MAX);
      launches.launched(Duration.ZERO, Duration.ZERO);
    } catch (BackendException e) {
      launches.failed(e);
      int tries = asked.trouble().map(PodMemory.Trouble::tries).orElse(0) + 1;
      var consequence = PodFailure.of(e, pod, tries);
      var retryAt = consequence.retryAfter().map(clock.instant()::plus);
      var failed = memory.failedAt(clock.instant(), e);
      memories.put(uid, failed.troubled(new PodMemory.Trouble(consequence, tries, retryAt)));
      if (consequence.isNews(tries)) {
        events
            .computeIfAbsent(uid, _ -> new ArrayList<>())
            .add(consequence.reason() + ": " + consequence.message());
      } else {
        due.put(uid, retryAt.get());
      }
    } catch (MissingInput e) {
      throw new AssertionError("the test lacks an object", e);
    }
  }

  private GroupId group(String uid, GroupView view) {
    return view.observed().map(seen -> seen.id()).orElseGet(() -> GroupId.first(uid));
  }

  /** As the API server would have it. */
  public Pod pod(String uid) {
    return Optional.ofNullable(pods.get(uid))
        .orElseThrow(() -> new NoSuchElementException("no pod " + uid));
  }

  public Collection<Pod> pods() {
    return List.copyOf(pods.values());
  }

  /** What the pod's owner was told of trouble, each as {@code <reason>: <message>}. */
  public List<String> events(String uid) {
    return events.getOrDefault(uid, List.of());
  }

  private String nextVersion() {
    version++;
    return String.valueOf(version);
  }
}
