package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;

/** Tells a pod's owner what the pod's status alone does not say, or says for a moment only. */
final class PodNotices {
  private final PodEvents events;
  private final NetworkPolicies networkPolicies;
  private final StartedImages images = new StartedImages();

  PodNotices(PodEvents events, NetworkPolicies networkPolicies) {
    this.events = events;
    this.networkPolicies = networkPolicies;
  }

  /**
   * A backend has accepted the pod's group.
   *
   * @param read what it was made of
   */
  void launched(Pod pod, PodInputs read, NodeFacts node) {
    images.started(pod);
    PodEnvironment.missingOptions(pod, read, node)
        .forEach(missing -> events.doneWithout(pod, missing));
    warnIfNotIsolated(pod);
  }

  /** Its group is there and goes on. Policies may be younger than the pod, and so may images. */
  void goesOn(Pod pod) {
    warnIfNotIsolated(pod);
    var changed = images.news(pod);
    if (!changed.isEmpty()) {
      events.imagesKept(pod, changed);
    }
  }

  /**
   * Its status was written.
   *
   * @param before as it was until then
   */
  void reported(Pod before, PodStatusReport report) {
    ContainerNews.between(before, report.status()).forEach(news -> events.container(before, news));
  }

  private void warnIfNotIsolated(Pod pod) {
    var selecting =
        PodIsolation.selecting(pod, networkPolicies.of(pod.getMetadata().getNamespace()));
    if (!selecting.isEmpty()) {
      events.notIsolated(pod, selecting);
    }
  }

  void forget(String podUid) {
    images.forget(podUid);
  }
}
