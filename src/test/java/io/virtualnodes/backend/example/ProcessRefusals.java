package io.virtualnodes.backend.example;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What cannot be done for a group, each reason naming the pod's field. */
final class ProcessRefusals {
  private final List<String> reasons = new ArrayList<>();

  private ProcessRefusals() {}

  /** All of them; empty if it can be run. */
  static List<String> of(ContainerGroup group, String image) {
    var refusals = new ProcessRefusals();
    group.containers().forEach(container -> refusals.look(container, image));
    group
        .volumes()
        .forEach(volume -> refusals.refuse("spec.volumes[" + volume.name() + "]", "no volumes"));
    refusals.look(group.surroundings());
    refusals.check(group.resolver().isEmpty(), "spec.dnsConfig", "names are the machine's");
    return List.copyOf(refusals.reasons);
  }

  private void look(ContainerSpec container, String image) {
    var list = container.part() == Part.MAIN ? "spec.containers" : "spec.initContainers";
    var field = list + "[" + container.name() + "]";
    var words =
        Stream.concat(container.command().stream(), container.arguments().stream()).toList();
    check(
        words.size() > 2 && words.subList(0, 2).equals(List.of("sh", "-c")),
        field + ".command",
        "only sh -c is run");
    check(container.image().equals(image), field + ".image", "only " + image + " is there");
    check(container.workingDirectory().isEmpty(), field + ".workingDir", "has a folder of its own");
    check(
        container.limits().equals(Resources.UNNAMED),
        field + ".resources.limits",
        "nothing holds a process to them");
    check(!container.terminal().input(), field + ".stdin", "has no input");
    check(!container.terminal().terminal(), field + ".tty", "has no terminal");
    check(
        container.lastWords().file().equals(LastWords.USUAL.file()),
        field + ".terminationMessagePath",
        "is not read");
    check(
        !container.lastWords().elseLog(),
        field + ".terminationMessagePolicy",
        "the log is not read");
    check(
        container.security().equals(Security.USUAL),
        field + ".securityContext",
        "runs as the operator does");
    look(field, container.care());
  }

  private void look(String field, Care care) {
    absent(care.startup(), field + ".startupProbe", "probes are not carried out");
    absent(care.liveness(), field + ".livenessProbe", "probes are not carried out");
    absent(care.readiness(), field + ".readinessProbe", "probes are not carried out");
    absent(care.postStart(), field + ".lifecycle.postStart", "there are no hooks");
    absent(care.preStop(), field + ".lifecycle.preStop", "there are no hooks");
    absent(care.stopSignal(), field + ".lifecycle.stopSignal", "ends with SIGTERM");
  }

  private void look(Surroundings around) {
    absent(around.domain(), "spec.subdomain", "names are the machine's");
    check(around.hosts().isEmpty(), "spec.hostAliases", "names are the machine's");
    check(!around.sharesProcesses(), "spec.shareProcessNamespace", "all see the machine's");
    absent(around.filesGroup(), "spec.securityContext.fsGroup", "no volumes");
    check(
        around.kernelSettings().isEmpty(),
        "spec.securityContext.sysctls",
        "the kernel is the machine's");
  }

  private void absent(Optional<?> value, String field, String why) {
    check(value.isEmpty(), field, why);
  }

  private void check(boolean fine, String field, String why) {
    if (!fine) {
      refuse(field, why);
    }
  }

  private void refuse(String field, String why) {
    reasons.add(field + ": " + why);
  }
}
