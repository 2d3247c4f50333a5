package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Surroundings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AciRefusalsTest {

  @Test
  void anOrdinaryGroupIsNotRefused() {
    var group =
        group()
            .volume(new Volume.Scratch("tmp", Volume.Medium.DISK, 0))
            .mount("tmp", "/tmp/work", false)
            .init("first", "true")
            .environment("PLAIN_1", "")
            .care(care(new Action.Exec(List.of("true"))))
            .script("main", "true")
            .build();

    assertThat(refusals(group)).isEmpty();
  }

  @Test
  void everythingThatAzureLacksIsNamedAtOnce() {
    var probe = probe(new Action.TcpSocket(Optional.empty(), 80));
    var group =
        group()
            .surroundings(
                new Surroundings(
                    Optional.of("db.team-a.svc.cluster.local"),
                    List.of(new Surroundings.Host("a", "10.0.0.1")),
                    true,
                    Optional.of(1000L),
                    Map.of("net.ipv4.tcp_syncookies", "1")))
            .volume(new Volume.Scratch("ram", Volume.Medium.MEMORY, 0))
            .volume(new Volume.Scratch("small", Volume.Medium.DISK, 100))
            .volume(new Volume.Claimed("claimed", "pvc-1"))
            .volume(
                new Volume.Files(
                    "files",
                    List.of(
                        new File("a/b", new byte[0], 0644), new File("run", new byte[0], 0755))))
            .sidecar("side", "true")
            .restarts(new Restarts(RestartPolicy.NEVER))
            .image("app", PullPolicy.NEVER)
            .environment("with.dot", "x")
            .workingDirectory("/srv")
            .terminal(new Terminal(true, true, false))
            .lastWords("/tmp/end", false)
            .mount("ram", "/a:b", false)
            .mountFile("files", "run", "/bin/run")
            .security(
                new Security(
                    Optional.empty(),
                    Optional.empty(),
                    List.of(5L),
                    false,
                    true,
                    true,
                    true,
                    List.of(),
                    List.of(),
                    Security.Confinement.NONE,
                    Security.Confinement.NONE))
            .care(
                new Care(
                    Optional.of(probe),
                    Optional.of(probe),
                    Optional.of(probe(new Action.Exec(List.of("true")))),
                    Optional.of(new Action.Sleep(Duration.ofSeconds(1))),
                    Optional.of(new Action.Sleep(Duration.ofSeconds(1))),
                    Optional.of("SIGUSR1")))
            .container("main", List.of(), List.of("--flag"))
            .build();

    assertThat(refusals(group))
        .extracting(reason -> reason.substring(0, reason.indexOf(": ")))
        .containsExactly(
            "spec.initContainers[side].restartPolicy",
            "spec.containers[main].restartPolicyRules",
            "spec.containers[main].args",
            "spec.containers[main].workingDir",
            "spec.containers[main].imagePullPolicy",
            "spec.containers[main].tty",
            "spec.containers[main].stdin",
            "spec.containers[main].terminationMessagePath",
            "spec.containers[main].env[with.dot]",
            "spec.containers[main].volumeMounts[ram].mountPath",
            "spec.containers[main].volumeMounts[files].subPath",
            "spec.containers[main].securityContext.runAsNonRoot",
            "spec.containers[main].securityContext.supplementalGroups",
            "spec.containers[main].securityContext.supplementalGroupsPolicy",
            "spec.containers[main].securityContext.readOnlyRootFilesystem",
            "spec.containers[main].securityContext.seccompProfile",
            "spec.containers[main].securityContext.appArmorProfile",
            "spec.containers[main].startupProbe",
            "spec.containers[main].readinessProbe",
            "spec.containers[main].livenessProbe",
            "spec.containers[main].lifecycle.postStart",
            "spec.containers[main].lifecycle.preStop",
            "spec.containers[main].lifecycle.stopSignal",
            "spec.volumes[ram].emptyDir.medium",
            "spec.volumes[small].emptyDir.sizeLimit",
            "spec.volumes[claimed].persistentVolumeClaim",
            "spec.volumes[files].items[].path",
            "spec.volumes[files].defaultMode",
            "spec.hostAliases",
            "spec.subdomain",
            "spec.shareProcessNamespace",
            "spec.securityContext.sysctls");
  }

  @Test
  void whatIsLargerThanAzuresLargestGroupIsRefusedBeforeItIsAskedFor() {
    var group =
        group()
            .resources(new Resources(16_000, 1_000_000_000), Resources.UNNAMED)
            .script("one", "true")
            .resources(new Resources(16_000, 1_000_000_000), Resources.UNNAMED)
            .script("two", "true")
            .build();

    assertThat(refusals(group))
        .containsExactly(
            "spec.containers[].resources: 32.0 cores and 2.0 GB in all are more than the 31 cores"
                + " and 240 GB of Azure's largest group");
  }

  @Test
  void aSpotGroupIsSmaller() {
    var place = Azures.place(Optional.empty(), AciPlace.Priority.SPOT);
    var group =
        group()
            .resources(new Resources(5_000, 1_000_000_000), Resources.UNNAMED)
            .script("one", "true")
            .build();

    assertThat(AciRefusals.of(group, place)).singleElement().asString().contains("Spot");
    assertThat(Azures.place(Optional.of(Azures.SUBNET), AciPlace.Priority.SPOT).contradictions())
        .singleElement()
        .asString()
        .contains("subnet");
  }

  @Test
  void readinessIsAskedOverTheNetworkAndNeedsAnAddressAndRoomInATag() {
    var asks = probe(new Action.TcpSocket(Optional.empty(), 8080));
    var tooLong =
        probe(
            new Action.HttpGet(
                Action.Scheme.HTTP, Optional.empty(), 8080, "/" + "x".repeat(256), List.of()));
    var lonely = Azures.place(Optional.empty(), AciPlace.Priority.REGULAR);

    assertThat(refusals(group().care(ready(asks)).script("main", "true").build())).isEmpty();
    assertThat(AciRefusals.of(group().care(ready(asks)).script("main", "true").build(), lonely))
        .singleElement()
        .asString()
        .contains("spec.containers[main].readinessProbe", "subnetId");
    assertThat(refusals(group().care(ready(tooLong)).script("main", "true").build()))
        .singleElement()
        .asString()
        .contains("room");
  }

  @Test
  void nameServersNeedASubnet() {
    var place = Azures.place(Optional.empty(), AciPlace.Priority.REGULAR);
    var servers = new ContainerGroup.Resolver(List.of("10.0.0.10"), List.of(), List.of());
    var none = new ContainerGroup.Resolver(List.of(), List.of("cluster.local"), List.of());

    assertThat(AciRefusals.of(group().resolver(servers).script("main", "true").build(), place))
        .singleElement()
        .asString()
        .startsWith("spec.dnsConfig: ");
    assertThat(AciRefusals.of(group().resolver(none).script("main", "true").build(), place))
        .isEmpty();
  }

  private static Care ready(Probe readiness) {
    return new Care(
        Optional.empty(),
        Optional.empty(),
        Optional.of(readiness),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Care care(Action liveness) {
    return new Care(
        Optional.empty(),
        Optional.of(probe(liveness)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Probe probe(Action action) {
    return new Probe(
        action,
        Duration.ZERO,
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        1,
        3,
        Optional.empty());
  }

  private static GroupBuilder group() {
    return new GroupBuilder("burst");
  }

  private static List<String> refusals(ContainerGroup group) {
    return AciRefusals.of(group, Azures.place());
  }
}
