package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Surroundings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FargateRefusalsTest {

  @Test
  void anOrdinaryGroupIsNotRefused() {
    var group =
        Fargates.group()
            .volume(new Volume.Scratch("tmp", Volume.Medium.DISK, 0))
            .volume(new Volume.Files("files", List.of(new File("a/b", new byte[] {1}, 0755))))
            .mount("tmp", "/tmp", false)
            .mount("files", "/files", true)
            .workingDirectory("/tmp")
            .terminal(new Terminal(true, false, false))
            .care(readiness(new Action.TcpSocket(Optional.empty(), 80)))
            .container("main", List.of(), List.of("only arguments"))
            .build();

    assertThat(refusals(group)).isEmpty();
  }

  @Test
  void everyReasonIsNamedAtOnce() {
    var group =
        Fargates.group()
            .resolver(new ContainerGroup.Resolver(List.of("10.0.0.10"), List.of(), List.of()))
            .surroundings(
                new Surroundings(
                    Optional.of("team"),
                    List.of(new Surroundings.Host("a", "10.0.0.1")),
                    false,
                    Optional.empty(),
                    Map.of()))
            .volume(new Volume.Scratch("memory", Volume.Medium.MEMORY, 1))
            .volume(new Volume.Claimed("claim", "id"))
            .volume(new Volume.Files("files", List.of(new File("a", new byte[0], 0644))))
            .mount("memory", "/memory", false)
            .mount("claim", "/claim", false)
            .mountFile("files", "a", "/etc/a")
            .image("x".repeat(256), PullPolicy.NEVER)
            .terminal(new Terminal(false, true, false))
            .lastWords("/elsewhere", false)
            .care(
                new Care(
                    Optional.of(probe(new Action.TcpSocket(Optional.empty(), 80))),
                    Optional.of(probe(new Action.TcpSocket(Optional.empty(), 80))),
                    Optional.of(probe(new Action.Exec(List.of("true")))),
                    Optional.of(new Action.Exec(List.of("true"))),
                    Optional.of(new Action.Exec(List.of("true"))),
                    Optional.of("SIGUSR1")))
            .script("main", "true")
            .build();

    assertThat(refusals(group).stream().map(reason -> reason.split(": ", 2)[0]))
        .containsExactlyInAnyOrder(
            "spec.containers[main].image",
            "spec.containers[main].imagePullPolicy",
            "spec.containers[main].stdin",
            "spec.containers[main].terminationMessagePath",
            "spec.containers[main].volumeMounts[files].subPath",
            "spec.containers[main].startupProbe",
            "spec.containers[main].livenessProbe",
            "spec.containers[main].readinessProbe",
            "spec.containers[main].lifecycle.postStart",
            "spec.containers[main].lifecycle.preStop",
            "spec.containers[main].lifecycle.stopSignal",
            "spec.volumes[memory].emptyDir.medium",
            "spec.volumes[memory].emptyDir.sizeLimit",
            "spec.volumes[claim].persistentVolumeClaim",
            "spec.hostAliases",
            "spec.subdomain",
            "spec.dnsConfig");
  }

  @Test
  void aCommandMustNotHoldWhatASecretSays() {
    var group =
        with(
            Fargates.group().container("main", List.of("run"), List.of("--token=s3cret-word")),
            "TOKEN",
            "s3cret-word");

    assertThat(refusals(group))
        .singleElement()
        .satisfies(
            reason ->
                assertThat(reason)
                    .startsWith("spec.containers[main].args: ")
                    .doesNotContain("s3cret-word"));
  }

  @Test
  void tenContainersAreTheMostWithThoseThatAreAdded() {
    var group = Fargates.group().volume(new Volume.Scratch("tmp", Volume.Medium.DISK, 0));
    for (int i = 0; i < 9; i++) {
      group.mount("tmp", "/tmp", false).script("c" + i, "true");
    }

    assertThat(refusals(group.build()))
        .containsExactly(
            "spec.containers: a task has 10 containers at most, of which 2 are needed besides the"
                + " pod's own");
  }

  @Test
  void whatIsTooLargeIsToldWithTheLargestSize() {
    var group =
        Fargates.group()
            .resources(new Resources(17_000, 0), Resources.UNNAMED)
            .script("main", "true")
            .build();

    assertThat(refusals(group))
        .singleElement()
        .satisfies(
            reason ->
                assertThat(reason)
                    .startsWith("spec.containers[].resources: 17000 thousandths of a core")
                    .endsWith("16 cores with 120 GiB"));
  }

  @Test
  void privilegesAreForbiddenWhereThereAreNoneToBeGained() {
    assertThat(refusals(secured(false, List.of())))
        .singleElement()
        .satisfies(
            reason ->
                assertThat(reason)
                    .startsWith("spec.containers[main].securityContext.allowPrivilegeEscalation"));
    assertThat(refusals(secured(false, List.of("ALL")))).isEmpty();
    assertThat(refusals(secured(true, List.of()))).isEmpty();
  }

  @Test
  void theGroupOfFilesIsNoGroupBesideAUsersOwn() {
    assertThat(refusals(Fargates.group().filesOfGroup2000().script("main", "true").build()))
        .isEmpty();
    assertThat(refusals(Fargates.group().filesOfGroup2000(3000L).script("main", "true").build()))
        .containsExactly(
            "spec.containers[main].securityContext.supplementalGroups: Fargate knows a user's first"
                + " group only");
  }

  private static ContainerGroup secured(boolean mayGain, List<String> dropped) {
    return Fargates.group()
        .security(
            new Security(
                Optional.of(1000L),
                Optional.empty(),
                List.of(),
                true,
                true,
                true,
                mayGain,
                List.of(),
                dropped,
                Security.Confinement.USUAL,
                Security.Confinement.USUAL))
        .script("main", "true")
        .build();
  }

  /** The same with a variable of which a Secret is part. */
  static ContainerGroup with(GroupBuilder builder, String name, String secret) {
    var group = builder.build();
    return new ContainerGroup(
        group.id(),
        group.owner(),
        group.hostname(),
        group.containers().stream()
            .map(
                one ->
                    new ContainerGroup.ContainerSpec(
                        one.name(),
                        one.part(),
                        one.restarts(),
                        one.image(),
                        one.pullPolicy(),
                        one.command(),
                        one.arguments(),
                        one.workingDirectory(),
                        Map.of(name, new EnvironmentValue.Secret(secret)),
                        one.requests(),
                        one.limits(),
                        one.mounts(),
                        one.terminal(),
                        one.lastWords(),
                        one.security(),
                        one.care()))
            .toList(),
        group.volumes(),
        group.restartPolicy(),
        group.grace(),
        group.resolver(),
        group.surroundings(),
        group.wishes(),
        group.serviceAccount());
  }

  private static Care readiness(Action action) {
    return new Care(
        Optional.empty(),
        Optional.empty(),
        Optional.of(probe(action)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Probe probe(Action action) {
    return new Probe(
        action,
        Duration.ZERO,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        1,
        3,
        Optional.empty());
  }

  private static List<String> refusals(ContainerGroup group) {
    return FargateRefusals.of(group, Fargates.place());
  }
}
