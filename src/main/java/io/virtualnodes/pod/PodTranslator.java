package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Surroundings;
import io.virtualnodes.backend.Surroundings.Host;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns a pod into the group that a backend is asked for. */
final class PodTranslator {
  private PodTranslator() {}

  /** Every reason why the pod can never run here, each naming its field; empty if it can. */
  static List<String> refusals(Pod pod, NodeFacts node) {
    return Stream.of(
            daemon(pod).stream(),
            PodFields.refusals(pod, node.features()).stream(),
            PodWishes.refusals(pod, node.features()),
            AzureShares.refusals(pod, node.features()),
            PodCare.refusals(pod),
            PodHostname.refusals(pod, node.network().clusterDomain()),
            SubPaths.refusals(pod))
        .flatMap(reasons -> reasons)
        .filter(reason -> !PodGuests.concerns(reason))
        .toList();
  }

  /**
   * The group of a pod that has no {@link #refusals}.
   *
   * @param inputs everything that {@link PodReferences} says the pod refers to, if it is there
   * @throws MissingInput if something is not there that is not optional
   * @throws io.virtualnodes.backend.BackendException.Unsupported if a claim's volume is of no kind
   *     that can be mounted here
   */
  static ContainerGroup translate(Pod pod, PodInputs inputs, NodeFacts node) {
    var metadata = pod.getMetadata();
    var spec = pod.getSpec();
    // Before the containers: what a volume lacks is told first, as by a kubelet.
    var volumes = new PodVolumes(pod, inputs, node);
    var hostname = PodHostname.of(pod, node.network().clusterDomain());
    var containers =
        PodContainers.all(pod)
            .map(
                container ->
                    container(
                        pod,
                        container,
                        PodContainers.part(spec, container),
                        PodEnvironment.of(pod, container, inputs, node),
                        volumes))
            .toList();
    return new ContainerGroup(
        GroupId.first(metadata.getUid()),
        new GroupOwner(node.pool(), node.node(), metadata.getNamespace(), metadata.getName()),
        hostname.name(),
        containers,
        volumes.used(),
        PodRestarts.policy(spec.getRestartPolicy()),
        PodGrace.of(pod),
        PodDnsConfig.addedTo(PodResolver.of(pod, node.network()), pod),
        new Surroundings(
            hostname.domain(),
            hosts(spec),
            Boolean.TRUE.equals(spec.getShareProcessNamespace()),
            PodSecurity.filesGroup(pod),
            PodSecurity.kernelSettings(pod)),
        PodWishes.of(pod),
        Optional.ofNullable(spec.getServiceAccountName())
            .orElse(ContainerGroup.USUAL_SERVICE_ACCOUNT));
  }

  private static Optional<String> daemon(Pod pod) {
    return PodOwners.daemonSet(pod)
        .map(
            _ ->
                "metadata.ownerReferences: a DaemonSet serves machines, and a virtual node is none;"
                    + " keep it off with node affinity");
  }

  private static List<Host> hosts(PodSpec spec) {
    return spec.getHostAliases().stream()
        .flatMap(alias -> alias.getHostnames().stream().map(name -> new Host(name, alias.getIp())))
        .toList();
  }

  private static ContainerSpec container(
      Pod pod,
      Container container,
      Part part,
      Map<String, EnvironmentValue> environment,
      PodVolumes volumes) {
    return new ContainerSpec(
        container.getName(),
        part,
        PodRestarts.own(container, part),
        container.getImage(),
        pullPolicy(container.getImagePullPolicy()),
        expanded(container.getCommand(), environment),
        expanded(container.getArgs(), environment),
        Optional.ofNullable(container.getWorkingDir()).filter(text -> !text.isEmpty()),
        environment,
        resources(
            Optional.ofNullable(container.getResources()).map(r -> r.getRequests()).orElse(null)),
        resources(
            Optional.ofNullable(container.getResources()).map(r -> r.getLimits()).orElse(null)),
        container.getVolumeMounts().stream()
            .map(mount -> volumes.mount(mount, environment))
            .toList(),
        terminal(container.getTty(), container.getStdin(), container.getStdinOnce()),
        lastWords(container),
        PodSecurity.of(pod, container),
        PodCare.of(container));
  }

  private static LastWords lastWords(Container container) {
    return new LastWords(
        Optional.ofNullable(container.getTerminationMessagePath())
            .filter(path -> !path.isEmpty())
            .orElse(LastWords.USUAL.file()),
        "FallbackToLogsOnError".equals(container.getTerminationMessagePolicy()));
  }

  static List<String> expanded(List<String> words, Map<String, EnvironmentValue> environment) {
    return words.stream().map(word -> VariableExpansion.expand(word, environment).text()).toList();
  }

  private static Resources resources(Map<String, Quantity> amounts) {
    if (amounts == null) {
      return Resources.UNNAMED;
    }
    return new Resources(
        Amounts.thousandths(amounts.get("cpu")), Amounts.units(amounts.get("memory")));
  }

  /** Of fields that may be left out. */
  static Terminal terminal(Boolean tty, Boolean stdin, Boolean stdinOnce) {
    return new Terminal(
        Boolean.TRUE.equals(tty), Boolean.TRUE.equals(stdin), Boolean.TRUE.equals(stdinOnce));
  }

  static PullPolicy pullPolicy(String policy) {
    return switch (policy) {
      case "Always" -> PullPolicy.ALWAYS;
      case "Never" -> PullPolicy.NEVER;
      case "IfNotPresent" -> PullPolicy.IF_NOT_PRESENT;
      // The API server defaults the field and admits nothing else.
      case null, default -> throw new IllegalArgumentException("imagePullPolicy: " + policy);
    };
  }
}
