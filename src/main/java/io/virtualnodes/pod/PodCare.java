package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ExecAction;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Action.Header;
import io.virtualnodes.backend.Action.Scheme;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The probes and hooks of a container, with its named ports resolved. */
final class PodCare {
  // The API server's defaults, of
  // https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/v1/defaults.go
  private static final int PERIOD_SECONDS = 10;
  private static final int TIMEOUT_SECONDS = 1;
  private static final int SUCCESSES = 1;
  private static final int FAILURES = 3;

  private PodCare() {}

  /** A port that a handler refers to, and where it stands. */
  private record PortUse(String path, IntOrString port) {}

  /** Every port that is called by a name that its container has not. */
  static Stream<String> refusals(Pod pod) {
    var spec = pod.getSpec();
    return Stream.concat(
        refusals("spec.initContainers", spec.getInitContainers()),
        refusals("spec.containers", spec.getContainers()));
  }

  private static Stream<String> refusals(String list, List<Container> containers) {
    return IntStream.range(0, containers.size())
        .boxed()
        .flatMap(
            index ->
                ports(containers.get(index))
                    .filter(use -> port(containers.get(index), use.port()).isEmpty())
                    .map(
                        use ->
                            "%s[%d].%s.port: the container has no port that is called \"%s\""
                                .formatted(list, index, use.path(), use.port().getStrVal())));
  }

  private static Stream<PortUse> ports(Container container) {
    var probes = new LinkedHashMap<String, Optional<Probe>>();
    probes.put("startupProbe", Optional.ofNullable(container.getStartupProbe()));
    probes.put("livenessProbe", Optional.ofNullable(container.getLivenessProbe()));
    probes.put("readinessProbe", Optional.ofNullable(container.getReadinessProbe()));
    var hooks = new LinkedHashMap<String, Optional<LifecycleHandler>>();
    hooks.put("lifecycle.postStart", lifecycle(container).map(Lifecycle::getPostStart));
    hooks.put("lifecycle.preStop", lifecycle(container).map(Lifecycle::getPreStop));
    return Stream.concat(
        probes.entrySet().stream()
            .flatMap(
                entry ->
                    entry.getValue().stream()
                        .flatMap(
                            probe ->
                                ports(entry.getKey(), probe.getHttpGet(), probe.getTcpSocket()))),
        hooks.entrySet().stream()
            .flatMap(
                entry ->
                    entry.getValue().stream()
                        .flatMap(hook -> ports(entry.getKey(), hook.getHttpGet(), null))));
  }

  private static Stream<PortUse> ports(String path, HTTPGetAction get, TCPSocketAction socket) {
    return Stream.concat(
            Stream.ofNullable(get).map(it -> new PortUse(path + ".httpGet", it.getPort())),
            Stream.ofNullable(socket).map(it -> new PortUse(path + ".tcpSocket", it.getPort())))
        .filter(use -> use.port() != null);
  }

  /** Of a container that has no {@link #refusals}. */
  static Care of(Container container) {
    return new Care(
        probe(container, container.getStartupProbe()),
        probe(container, container.getLivenessProbe()),
        probe(container, container.getReadinessProbe()),
        lifecycle(container).map(Lifecycle::getPostStart).flatMap(hook -> hook(container, hook)),
        lifecycle(container).map(Lifecycle::getPreStop).flatMap(hook -> hook(container, hook)),
        lifecycle(container).map(Lifecycle::getStopSignal));
  }

  private static Optional<Lifecycle> lifecycle(Container container) {
    return Optional.ofNullable(container.getLifecycle());
  }

  private static Optional<io.virtualnodes.backend.Probe> probe(Container container, Probe probe) {
    return Optional.ofNullable(probe)
        .flatMap(given -> action(container, given))
        .map(
            action ->
                new io.virtualnodes.backend.Probe(
                    action,
                    seconds(probe.getInitialDelaySeconds(), 0),
                    seconds(probe.getPeriodSeconds(), PERIOD_SECONDS),
                    seconds(probe.getTimeoutSeconds(), TIMEOUT_SECONDS),
                    number(probe.getSuccessThreshold(), SUCCESSES),
                    number(probe.getFailureThreshold(), FAILURES),
                    Optional.ofNullable(probe.getTerminationGracePeriodSeconds())
                        .map(Duration::ofSeconds)));
  }

  private static Optional<Action> action(Container container, Probe probe) {
    return Optional.ofNullable(probe.getExec())
        .<Action>map(exec -> probing(container, exec))
        .or(() -> Optional.ofNullable(probe.getHttpGet()).map(get -> get(container, get)))
        .or(() -> Optional.ofNullable(probe.getTcpSocket()).map(it -> socket(container, it)))
        .or(
            () ->
                Optional.ofNullable(probe.getGrpc())
                    .map(
                        grpc ->
                            new Action.Grpc(
                                grpc.getPort(),
                                Optional.ofNullable(grpc.getService()).orElse(""))));
  }

  /** Commands of hooks are taken as they are, those of probes are not: so a kubelet does. */
  private static Optional<Action> hook(Container container, LifecycleHandler hook) {
    return Optional.ofNullable(hook.getExec())
        .<Action>map(exec -> new Action.Exec(exec.getCommand()))
        .or(() -> Optional.ofNullable(hook.getHttpGet()).map(get -> get(container, get)))
        .or(
            () ->
                Optional.ofNullable(hook.getSleep())
                    .map(
                        sleep ->
                            new Action.Sleep(
                                Duration.ofSeconds(
                                    Optional.ofNullable(sleep.getSeconds()).orElse(0L)))));
  }

  private static Action.Exec probing(Container container, ExecAction exec) {
    // Of the variables that are written out, and as they are written: the kubelet looks no further.
    var variables = new LinkedHashMap<String, EnvironmentValue>();
    container
        .getEnv()
        .forEach(
            variable ->
                variables.put(
                    variable.getName(),
                    new EnvironmentValue.Plain(
                        Optional.ofNullable(variable.getValue()).orElse(""))));
    return new Action.Exec(
        exec.getCommand().stream()
            .map(word -> VariableExpansion.expand(word, variables).text())
            .toList());
  }

  private static Action.HttpGet get(Container container, HTTPGetAction get) {
    var path = Optional.ofNullable(get.getPath()).orElse("");
    return new Action.HttpGet(
        "HTTPS".equals(get.getScheme()) ? Scheme.HTTPS : Scheme.HTTP,
        host(get.getHost()),
        port(container, get.getPort()).orElseThrow(),
        path.startsWith("/") ? path : "/" + path,
        get.getHttpHeaders().stream()
            .map(
                header ->
                    new Header(header.getName(), Optional.ofNullable(header.getValue()).orElse("")))
            .toList());
  }

  private static Action.TcpSocket socket(Container container, TCPSocketAction socket) {
    return new Action.TcpSocket(
        host(socket.getHost()), port(container, socket.getPort()).orElseThrow());
  }

  private static Optional<String> host(String host) {
    return Optional.ofNullable(host).filter(text -> !text.isEmpty());
  }

  /** A number, also one that is written as text, or the name of one of the container's ports. */
  private static Optional<Integer> port(Container container, IntOrString port) {
    if (port.getIntVal() != null) {
      return Optional.of(port.getIntVal());
    }
    return container.getPorts().stream()
        .filter(candidate -> port.getStrVal().equals(candidate.getName()))
        .map(ContainerPort::getContainerPort)
        .findFirst()
        .or(
            () ->
                Optional.of(port.getStrVal())
                    .filter(text -> text.matches("[0-9]{1,5}"))
                    .map(Integer::valueOf));
  }

  private static Duration seconds(Integer given, int otherwise) {
    return Duration.ofSeconds(number(given, otherwise));
  }

  private static int number(Integer given, int otherwise) {
    return Optional.ofNullable(given).orElse(otherwise);
  }
}
