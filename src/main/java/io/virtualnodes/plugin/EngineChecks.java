package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether an operator has the socket of an engine of its machine, and may use it. Pure. */
final class EngineChecks {
  private static final String SOCKET = "unix://";
  private static final String NEXT =
      "stat --format=%g SOCKET on the engine's machine prints its group: put that into"
          + " supplementalGroups (socket.yaml of deploy/overlays/docker)";

  private EngineChecks() {}

  static List<Finding> of(ClusterFacts facts) {
    var findings = new ArrayList<Finding>();
    for (var operator : facts.operators().or(List.of())) {
      for (var pool : facts.pools()) {
        findings.addAll(of(operator.template().getSpec(), pool));
      }
    }
    return findings;
  }

  private static List<Finding> of(PodSpec operator, PoolFacts pool) {
    var findings = new ArrayList<Finding>();
    for (var rung : pool.rungs()) {
      var docker = rung.settings().docker();
      if (docker == null || !docker.host().startsWith(SOCKET)) {
        continue;
      }
      var path = rung.path() + ".docker.host: ";
      var file = docker.host().substring(SOCKET.length());
      findings.add(
          pool.answers(rung.settings())
              ? Finding.ok(Check.ENGINE_SOCKET, pool.about(), path + "the engine answers")
              : silent(operator, pool.about(), path, file));
    }
    return findings;
  }

  /** What can be wrong where the engine has not answered. */
  private static Finding silent(PodSpec operator, String about, String path, String file) {
    var holder =
        operator.getContainers().stream()
            .filter(container -> mounts(operator, container, file))
            .findFirst();
    if (holder.isEmpty()) {
      return Finding.fail(
          Check.ENGINE_SOCKET,
          about,
          path + "the operator's pod has no file " + file + " of its machine",
          "kubectl apply -k deploy/overlays/docker, or let the pool name an engine at tcp://");
    }
    var next = NEXT.replace("SOCKET", file);
    if (isRoot(operator, holder.get())) {
      return Finding.warn(
          Check.ENGINE_SOCKET,
          about,
          path + "the operator has the socket as root, and the engine has not answered",
          "see whether the engine runs, and the operator's log");
    }
    var groups = groups(operator);
    return groups.isEmpty()
        ? Finding.fail(
            Check.ENGINE_SOCKET,
            about,
            path + "the operator is in no group that may use " + file,
            next)
        : Finding.warn(
            Check.ENGINE_SOCKET,
            about,
            path
                + "the engine has not answered; the operator is in the group "
                + String.join(", ", groups)
                + ", and whether the socket is too cannot be seen from here",
            next);
  }

  /** Whether this file of the machine, or a folder that it is in, is there under its own path. */
  private static boolean mounts(PodSpec pod, Container container, String file) {
    return OperatorFacts.mounted(pod, container, path -> isOrHolds(path, file))
        .anyMatch(volume -> volume.getHostPath() != null);
  }

  private static boolean isOrHolds(String folder, String file) {
    return file.equals(folder) || file.startsWith(folder.endsWith("/") ? folder : folder + "/");
  }

  private static boolean isRoot(PodSpec pod, Container container) {
    return Optional.ofNullable(container.getSecurityContext())
        .map(SecurityContext::getRunAsUser)
        .or(
            () ->
                Optional.ofNullable(pod.getSecurityContext()).map(PodSecurityContext::getRunAsUser))
        .filter(user -> user == 0)
        .isPresent();
  }

  /** Beside that of its user. */
  private static TreeSet<String> groups(PodSpec pod) {
    return Stream.ofNullable(pod.getSecurityContext())
        .flatMap(
            context ->
                Stream.concat(
                    context.getSupplementalGroups().stream(),
                    Stream.ofNullable(context.getFsGroup())))
        .map(String::valueOf)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
