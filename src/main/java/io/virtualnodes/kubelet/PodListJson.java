package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;

/** The node's pods as a {@code v1.PodList}: pure. */
final class PodListJson {
  private PodListJson() {}

  /** {@code /pods}: as the API server has them. */
  static String of(List<NodePod> pods) {
    return list(pods.stream().map(NodePod::pod).toList());
  }

  /**
   * {@code /runningpods/}: what runs now and nothing else, in the kubelet's meagre form: who the
   * pod is, and name and image of each container.
   */
  static String running(List<NodePod> pods) {
    return list(
        pods.stream()
            .map(NodePod::pod)
            .map(PodListJson::running)
            .filter(pod -> !pod.getSpec().getContainers().isEmpty())
            .toList());
  }

  private static Pod running(Pod pod) {
    var containers =
        NodeUsage.statuses(pod).stream()
            .filter(status -> status.getState() != null && status.getState().getRunning() != null)
            .map(PodListJson::container)
            .toList();
    return new PodBuilder()
        .withNewMetadata()
        .withName(pod.getMetadata().getName())
        .withNamespace(pod.getMetadata().getNamespace())
        .withUid(pod.getMetadata().getUid())
        .endMetadata()
        .withNewSpec()
        .withContainers(containers)
        .endSpec()
        .build();
  }

  private static Container container(ContainerStatus status) {
    return new ContainerBuilder().withName(status.getName()).withImage(status.getImage()).build();
  }

  /** Not by the model's own list, which leaves {@code items} out if there are none. */
  private static String list(List<Pod> pods) {
    return """
    {"kind":"PodList","apiVersion":"v1","metadata":{},"items":%s}
    """
        .formatted(Serialization.asJson(pods));
  }
}
