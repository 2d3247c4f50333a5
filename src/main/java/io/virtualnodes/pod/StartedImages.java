package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The images that pods were started with, as far as this process knows. The API server lets an
 * image be changed while its pod runs, and a kubelet starts the container anew; no backend changes
 * one container of a group. A change that was made while no operator ran stays unnoticed.
 */
final class StartedImages {
  private final ConcurrentMap<String, Known> byUid = new ConcurrentHashMap<>();

  /**
   * @param started images by container
   * @param told those that the pod's owner knows of
   */
  private record Known(Map<String, String> started, Map<String, String> told) {}

  /** The pod starts with the images that it names now. */
  void started(Pod pod) {
    var now = images(pod);
    byUid.put(pod.getMetadata().getUid(), new Known(now, now));
  }

  /**
   * The path of each image that the pod names and was not started with, if that is news. A pod that
   * is seen for the first time is taken to have been started as it is.
   */
  List<String> news(Pod pod) {
    var uid = pod.getMetadata().getUid();
    var now = images(pod);
    var known = byUid.computeIfAbsent(uid, _ -> new Known(now, now));
    if (known.told().equals(now)) {
      return List.of();
    }
    byUid.put(uid, new Known(known.started(), now));
    var spec = pod.getSpec();
    return Stream.concat(
            changed("spec.initContainers", spec.getInitContainers(), known.started()),
            changed("spec.containers", spec.getContainers(), known.started()))
        .toList();
  }

  void forget(String podUid) {
    byUid.remove(podUid);
  }

  private static Stream<String> changed(
      String list, List<Container> containers, Map<String, String> started) {
    return IntStream.range(0, containers.size())
        .filter(
            index ->
                !image(containers.get(index)).equals(started.get(containers.get(index).getName())))
        .mapToObj(index -> "%s[%d].image".formatted(list, index));
  }

  private static Map<String, String> images(Pod pod) {
    return PodContainers.all(pod)
        .collect(Collectors.toUnmodifiableMap(Container::getName, StartedImages::image));
  }

  private static String image(Container container) {
    return Optional.ofNullable(container.getImage()).orElse("");
  }
}
