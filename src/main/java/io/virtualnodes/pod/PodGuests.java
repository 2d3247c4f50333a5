package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Guests.Guest;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import java.util.List;
import java.util.Optional;

/** Ephemeral containers as guests of the pod's group. */
final class PodGuests {
  private static final String PATH = "spec.ephemeralContainers[";

  private PodGuests() {}

  /** Whether a refusal of {@link PodFields} is about an ephemeral container, and not the pod. */
  static boolean concerns(String refusal) {
    return refusal.startsWith(PATH);
  }

  /** Every reason why one cannot run here, each naming its field; empty if it can. */
  static List<String> refusals(Pod pod, String name, NodeFacts node) {
    var names = pod.getSpec().getEphemeralContainers().stream().map(one -> one.getName()).toList();
    var path = PATH + names.indexOf(name) + "]";
    return PodFields.refusals(pod, node.features()).stream()
        .filter(reason -> reason.startsWith(path))
        .toList();
  }

  /** Those that are to be started: neither refused nor known to have been. */
  static List<EphemeralContainer> missing(Pod pod, Observation group, NodeFacts node) {
    return pod.getSpec().getEphemeralContainers().stream()
        .filter(
            wanted ->
                seen(group, wanted.getName())
                    .filter(guest -> !(guest.state() instanceof Waiting))
                    .isEmpty())
        .filter(wanted -> refusals(pod, wanted.getName(), node).isEmpty())
        .toList();
  }

  static Optional<ContainerObservation> seen(Observation group, String name) {
    return group.guests().stream().filter(guest -> guest.name().equals(name)).findFirst();
  }

  /**
   * What a backend is asked for.
   *
   * @param inputs the Services that it is told of; it refers to nothing else
   */
  static Guest guest(Pod pod, EphemeralContainer wanted, PodInputs inputs, NodeFacts node) {
    var container =
        new ContainerBuilder()
            .withName(wanted.getName())
            .withEnv(wanted.getEnv())
            .withSecurityContext(wanted.getSecurityContext())
            .build();
    var environment = PodEnvironment.of(pod, container, inputs, node);
    return new Guest(
        new ContainerSpec(
            wanted.getName(),
            Part.MAIN,
            Optional.empty(),
            wanted.getImage(),
            PodTranslator.pullPolicy(wanted.getImagePullPolicy()),
            PodTranslator.expanded(wanted.getCommand(), environment),
            PodTranslator.expanded(wanted.getArgs(), environment),
            Optional.ofNullable(wanted.getWorkingDir()).filter(text -> !text.isEmpty()),
            environment,
            Resources.UNNAMED,
            Resources.UNNAMED,
            List.of(),
            PodTranslator.terminal(wanted.getTty(), wanted.getStdin(), wanted.getStdinOnce()),
            LastWords.USUAL,
            PodSecurity.of(pod, container),
            Care.NONE),
        Optional.ofNullable(wanted.getTargetContainerName()).filter(text -> !text.isEmpty()));
  }
}
