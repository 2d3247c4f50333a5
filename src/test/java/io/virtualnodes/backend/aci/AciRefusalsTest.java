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
import io.virtualnodes.backend.ContainerGroup.Wishes;
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
  }

  @Test
  void aConfidentialGroupHasLessMemory() {
    var group =
        group()
            .resources(new Resources(1_000, 200_000_000_000L), Resources.UNNAMED)
            .script("one", "true")
            .build();

    assertThat(AciRefusals.of(group, confidential(Optional.of("cG9vbA=="))))
        .containsExactly(
            "spec.containers[].resources: 1.0 cores and 200.0 GB in all are more than the 31 cores"
                + " and 180 GB of Azure's largest confidential group");
  }

  @Test
  void aSpotPoolCannotHaveWhatAzureGivesToRegularGroupsOnly() {
    var place =
        new PlaceBuilder()
            .priority(AciPlace.Priority.SPOT)
            .zones("1")
            .sku(new AciPlace.Sku.Confidential(Optional.empty()))
            .build();

    assertThat(place.contradictions())
        .allSatisfy(one -> assertThat(one).startsWith("spec.backends[].aci.priority: "))
        .satisfiesExactly(
            one -> assertThat(one).contains("subnet"),
            one -> assertThat(one).contains("zone"),
            one -> assertThat(one).contains("confidential"));
  }

  @Test
  void anIdentityIsHadByNameAndWhereItIsOpenTo() {
    var place =
        new PlaceBuilder()
            .identities(
                new AciIdentities(
                    List.of(
                        new AciIdentities.Allowed("for-all", "/1", List.of()),
                        new AciIdentities.Allowed("for-a", "/2", List.of("team-a")),
                        new AciIdentities.Allowed("for-b", "/3", List.of("team-b"))),
                    List.of()))
            .build();

    assertThat(AciRefusals.of(asking("for-all"), place)).isEmpty();
    assertThat(AciRefusals.of(asking("for-a"), place)).isEmpty();
    assertThat(AciRefusals.of(asking("for-b"), place))
        .containsExactly(
            "metadata.annotations[virtualnodes.io/identity]: spec.backends[].aci.identities has no"
                + " \"for-b\" for pods of namespace team-a, but for-all, for-a");
    assertThat(refusals(asking("any"))).singleElement().asString().endsWith("but none");
  }

  @Test
  void aConfidentialPodNeedsAPolicyAndNoOtherHasOne() {
    var without = group().script("main", "true").build();
    var with = withPolicy("b3du");
    var wrong = withPolicy("package policy");
    var policy = "metadata.annotations[virtualnodes.io/confidential-policy]: ";

    assertThat(AciRefusals.of(without, confidential(Optional.of("cG9vbA==")))).isEmpty();
    assertThat(AciRefusals.of(with, confidential(Optional.empty()))).isEmpty();
    assertThat(AciRefusals.of(without, confidential(Optional.empty())))
        .containsExactly(
            policy
                + "a confidential pod needs a policy, and spec.backends[].aci.ccePolicy has none");
    assertThat(AciRefusals.of(wrong, confidential(Optional.empty())))
        .containsExactly(policy + "must be a policy in base64, as az confcom writes it");
    assertThat(refusals(with))
        .containsExactly(
            policy + "spec.backends[].aci.sku is not Confidential, so nothing would keep to it");
  }

  @Test
  void theGroupOfFilesIsNoGroupBesideAUsersOwn() {
    assertThat(refusals(group().filesOfGroup2000().script("main", "true").build())).isEmpty();
    assertThat(refusals(group().filesOfGroup2000(3000L).script("main", "true").build()))
        .containsExactly(
            "spec.containers[main].securityContext.supplementalGroups: Azure knows a user's first"
                + " group only");
  }

  @Test
  void aShareIsMountedForRootOnly() {
    var user =
        new Security(
            Optional.of(1000L),
            Optional.empty(),
            List.of(),
            true,
            false,
            false,
            true,
            List.of(),
            List.of(),
            Security.Confinement.USUAL,
            Security.Confinement.USUAL);
    var group =
        group()
            .volume(new Volume.AzureFile("data", "store1", "books", "k", false))
            .mount("data", "/data", false)
            .security(user)
            .script("main", "true")
            .security(user)
            .script("without", "true")
            .mount("data", "/data", false)
            .script("root", "true")
            .build();

    assertThat(refusals(group))
        .containsExactly(
            "spec.containers[main].securityContext.runAsUser: Azure mounts file shares for root"
                + " only, and volume data is one");
  }

  private static ContainerGroup asking(String identity) {
    return group()
        .wishes(new Wishes(Optional.of(identity), Optional.empty()))
        .script("main", "true")
        .build();
  }

  private static ContainerGroup withPolicy(String policy) {
    return group()
        .wishes(new Wishes(Optional.empty(), Optional.of(policy)))
        .script("main", "true")
        .build();
  }

  private static AciPlace confidential(Optional<String> policy) {
    return new PlaceBuilder().sku(new AciPlace.Sku.Confidential(policy)).build();
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
        .contains("spec.containers[main].readinessProbe", "subnetIds");
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
