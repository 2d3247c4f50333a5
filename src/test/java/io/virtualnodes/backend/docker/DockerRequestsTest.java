package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resolver;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume.Claimed;
import io.virtualnodes.backend.ContainerGroup.Volume.Files;
import io.virtualnodes.backend.ContainerGroup.Volume.Medium;
import io.virtualnodes.backend.ContainerGroup.Volume.Scratch;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.OwnAddress;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.Surroundings;
import io.virtualnodes.backend.Surroundings.Host;
import io.virtualnodes.backend.docker.DockerBackend.SharedFolder;
import io.virtualnodes.backend.docker.Marks.Listed;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerRequestsTest {
  private static final Instant NOON = Instant.parse("2026-02-03T12:00:00Z");
  private static final GroupId ID = new GroupId("some-uid", 1);

  private final DockerRequests requests =
      requests(
          new SharedFolder("/srv/models", "/models", true),
          new SharedFolder("/srv/out", "/out", false));

  private static DockerRequests requests(SharedFolder... folders) {
    return new DockerRequests(
        new DockerBackend.Settings(
            "burst", URI.create("unix:///x"), "pods", "pause:1", List.of(folders)));
  }

  private static GroupBuilder group() {
    return new GroupBuilder("burst").id(ID);
  }

  private ContainerRequest container(ContainerGroup group, Optional<String> sandbox) {
    return requests.container(
        group, group.containers().getFirst(), "app", sandbox, "/var/lib/engine", NOON);
  }

  @ParameterizedTest
  @CsvSource({"1, NEVER, false", "1, ON_FAILURE, true", "1, ALWAYS, true", "2, NEVER, true"})
  void aSandboxIsForSeveralContainersOrForRestarts(
      int containers, RestartPolicy policy, boolean sandboxed) {
    var listed =
        IntStream.range(0, containers)
            .mapToObj(i -> new Listed("c" + i, Part.MAIN, Optional.empty()))
            .toList();

    assertThat(DockerRequests.sandboxed(listed, policy)).isEqualTo(sandboxed);
  }

  @ParameterizedTest
  @CsvSource({"ALWAYS, NEVER, false", "NEVER, ON_FAILURE, true"})
  void aContainerThatSpeaksForItselfIsAsked(
      RestartPolicy groups, RestartPolicy own, boolean sandboxed) {
    var group = group().restarts(groups).restarts(new Restarts(own)).script("main", "true").build();

    assertThat(DockerRequests.sandboxed(group)).isEqualTo(sandboxed);
  }

  @Test
  void anAddressThatIsToldIsASandboxs() {
    var group = group().environment("IP", OwnAddress.FIRST).script("main", "true").build();

    assertThat(DockerRequests.sandboxed(group)).isTrue();
  }

  @Test
  void aContainerIsToldItsAddressesWhereItAsksForThem() {
    var group =
        group()
            .environment("IP", OwnAddress.FIRST)
            .environment("URL", "http://" + OwnAddress.FIRST + ":80")
            .environment("ALL", OwnAddress.ALL)
            .environment("OTHER", "x")
            .script("main", "serve " + OwnAddress.FIRST)
            .build();
    var request = container(group, Optional.of("sandbox-id"));

    var told = request.at(List.of("10.1.0.7", "fd00::7"));

    assertThat(request.asksForAddress()).isTrue();
    assertThat(told.asksForAddress()).isFalse();
    assertThat(told.environment())
        .containsExactly(
            "IP=10.1.0.7", "URL=http://10.1.0.7:80", "ALL=10.1.0.7,fd00::7", "OTHER=x");
    assertThat(told.entrypoint()).containsExactly("sh", "-c", "serve 10.1.0.7");
  }

  @Test
  void theNextInstanceIsToldTheAddressesOfItsTime() {
    var group =
        group()
            .environment("IP", OwnAddress.FIRST)
            .script("main", "serve " + OwnAddress.FIRST)
            .build();
    var first = container(group, Optional.of("sandbox-id")).at(List.of("10.1.0.7"));
    var former = inspected(first);

    var next =
        ContainerRequest.like(former, "next", Marks.of(first.labels()).orElseThrow())
            .at(List.of("10.1.0.8"));

    assertThat(next.environment()).containsExactly("IP=10.1.0.8", "PATH=/bin");
    assertThat(next.entrypoint()).containsExactly("sh", "-c", "serve 10.1.0.8");
    assertThat(AddressTexts.of(next.labels())).isEqualTo(AddressTexts.of(first.labels()));
  }

  /** As the engine tells of it, with a variable of its image. */
  private static InspectContainerResponse inspected(ContainerRequest request) {
    var nodes = JsonNodeFactory.instance;
    var config = nodes.objectNode().put("Image", request.image());
    request.environment().forEach(config.putArray("Env")::add);
    config.withArray("Env").add("PATH=/bin");
    request.entrypoint().forEach(config.putArray("Entrypoint")::add);
    request.labels().forEach(config.putObject("Labels")::put);
    var answer = nodes.objectNode().set("Config", config);
    ((ObjectNode) answer).putObject("HostConfig");
    return new ObjectMapper().convertValue(answer, InspectContainerResponse.class);
  }

  @Test
  void aClaimedVolumeIsCalledAndMarkedAsNoGroupsVolumeIs() {
    var group =
        group()
            .volume(new Claimed("data", "pvc-1"))
            .mount("data", "/data", true)
            .script("main", "true")
            .build();

    var mount = container(group, Optional.empty()).hostConfig().getMounts().getFirst();

    assertThat(mount.getSource()).isEqualTo("vn_burst_claimed_pvc-1");
    assertThat(new Names("burst").belongsTo(ID, mount.getSource())).isFalse();
    assertThat(mount.getReadOnly()).isTrue();
    var labels = mount.getVolumeOptions().getLabels();
    assertThat(Marks.volumeGroup(labels)).isEmpty();
    assertThat(Marks.areOfClaimed(labels, "burst", "pvc-1")).isTrue();
    assertThat(Marks.areOfClaimed(labels, "spot", "pvc-1")).isFalse();
    assertThat(Marks.areOfClaimed(labels, "burst", "pvc-2")).isFalse();
    assertThat(Marks.areOfClaimed(null, "burst", "pvc-1")).isFalse();
  }

  @Test
  void aContainerWithoutSandboxJoinsTheNetworkItself() {
    var request = container(group().script("main", "true").build(), Optional.empty());

    assertThat(request.name()).isEqualTo("vn_burst_some-uid-1_main_0");
    assertThat(request.image()).isEqualTo(EnginePool.BUSYBOX);
    assertThat(request.hostConfig().getNetworkMode()).isEqualTo("pods");
    assertThat(request.hostConfig().getIpcMode()).isNull();
    assertThat(request.hostname()).contains("host-of-pod");
    assertThat(Marks.of(request.labels()).orElseThrow().container()).isEqualTo("main");
  }

  @Test
  void aContainerWithSandboxSharesItsNetworkAndName() {
    var request = container(group().script("main", "true").build(), Optional.of("abc"));

    assertThat(request.hostConfig().getNetworkMode()).isEqualTo("container:abc");
    assertThat(request.hostConfig().getIpcMode()).isEqualTo("container:abc");
    assertThat(request.hostname()).isEmpty();
  }

  @Test
  void whoHoldsTheNetworkIsToldHowNamesAreResolvedAndNobodyElse() {
    var group =
        group()
            .resolver(
                new ContainerGroup.Resolver(
                    List.of("10.43.0.10"), List.of("svc.cluster.local"), List.of("ndots:5")))
            .script("main", "true")
            .build();

    for (var holder : List.of(requests.sandbox(group, NOON), container(group, Optional.empty()))) {
      assertThat(holder.hostConfig().getDns()).containsExactly("10.43.0.10");
      assertThat(holder.hostConfig().getDnsSearch()).containsExactly("svc.cluster.local");
      assertThat(holder.hostConfig().getDnsOptions()).containsExactly("ndots:5");
    }
    // The engine refuses these beside another container's network.
    assertThat(container(group, Optional.of("abc")).hostConfig().getDns()).isNull();
  }

  @Test
  void aSandboxHoldsNetworkNameAndVolumes() {
    var group =
        group()
            .volume(new Scratch("data", Medium.DISK, 0))
            .mount("data", "/d", true)
            .script("one", "true")
            .script("two", "true")
            .build();

    var request = requests.sandbox(group, NOON);

    assertThat(request.name()).isEqualTo("vn_burst_some-uid-1_sandbox");
    assertThat(request.image()).isEqualTo("pause:1");
    assertThat(request.entrypoint()).isEmpty();
    assertThat(request.hostname()).contains("host-of-pod");
    assertThat(request.hostConfig().getNetworkMode()).isEqualTo("pods");
    assertThat(request.hostConfig().getIpcMode()).isEqualTo("shareable");
    assertThat(request.hostConfig().getBinds()).isEmpty();
    assertThat(request.hostConfig().getMounts())
        .extracting(Mount::getTarget, Mount::getReadOnly)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("/volumes/data", false),
            org.assertj.core.groups.Tuple.tuple("/volumes/last.words", false));
    assertThat(Marks.of(request.labels()).orElseThrow().containers())
        .extracting(Marks.Listed::name)
        .containsExactly("one", "two");
  }

  @Test
  void theWriterHasTheVolumesAndNoNetwork() {
    var group =
        group()
            .volume(new Files("config", List.of()))
            .mount("config", "/c", true)
            .script("main", "true")
            .build();

    var request = requests.writer(group, NOON);

    assertThat(request.hostConfig().getNetworkMode()).isEqualTo("none");
    assertThat(request.hostConfig().getMounts())
        .extracting(Mount::getTarget)
        .containsExactly("/volumes/config", "/volumes/last.words");
    assertThat(Marks.of(request.labels()).orElseThrow().role()).isEqualTo(Marks.Role.WRITER);
  }

  @Test
  void commandReplacesTheEntrypointAndArgumentsTheCommand() {
    var request =
        container(
            group()
                .environment("B", "2")
                .environment("A", "x=y z")
                .workingDirectory("/work")
                .container("main", List.of("sh", "-c"), List.of("echo"))
                .build(),
            Optional.empty());

    assertThat(request.entrypoint()).containsExactly("sh", "-c");
    assertThat(request.command()).containsExactly("echo");
    assertThat(request.workingDirectory()).contains("/work");
    assertThat(request.environment()).containsExactly("B=2", "A=x=y z");
  }

  // requested and limited millicores; shares; quota, none if empty
  @ParameterizedTest
  @CsvSource({
    "0, 0, 2, ",
    "100, 0, 102, ",
    "1000, 0, 1024, ",
    "0, 500, 512, 50000",
    "250, 500, 256, 50000",
    "1, 1, 2, 1000",
    "0, 64000, 65536, 6400000",
    "1000000, 0, 262144, "
  })
  void processorTimeIsSharedByRequestsAndCutByLimits(
      long requested, long limited, int shares, Long quota) {
    var group =
        group()
            .resources(new Resources(requested, 0), new Resources(limited, 0))
            .script("main", "true")
            .build();

    var host = container(group, Optional.empty()).hostConfig();

    assertThat(host.getCpuShares()).isEqualTo(shares);
    assertThat(host.getCpuQuota()).isEqualTo(quota);
    assertThat(host.getCpuPeriod()).isEqualTo(quota == null ? null : 100_000L);
    assertThat(host.getNanoCPUs()).isNull();
  }

  @Test
  void memoryIsLimitedWithoutSwap() {
    var limited =
        container(group().memory(64 << 20).script("main", "true").build(), Optional.empty());
    var free = container(group().script("main", "true").build(), Optional.empty());

    assertThat(limited.hostConfig().getMemory()).isEqualTo(64L << 20);
    assertThat(limited.hostConfig().getMemorySwap()).isEqualTo(64L << 20);
    assertThat(free.hostConfig().getMemory()).isNull();
    assertThat(free.hostConfig().getMemorySwap()).isNull();
  }

  @Test
  void logsAreKeptToASize() {
    var host = container(group().script("main", "true").build(), Optional.empty()).hostConfig();

    assertThat(host.getLogConfig().getType()).isEqualTo(LogConfig.LoggingType.JSON_FILE);
    assertThat(host.getLogConfig().getConfig())
        .isEqualTo(Map.of("max-size", "10m", "max-file", "5"));
  }

  @Test
  void volumesAreMountedEmptyMarkedAndAsTheContainerSaid() {
    var group =
        group()
            .volume(new Scratch("data", Medium.DISK, 0))
            .volume(new Scratch("memory", Medium.MEMORY, 1 << 20))
            .volume(new Scratch("free", Medium.MEMORY, 0))
            .mount("data", "/data", false)
            .mount("data", "/again", true)
            .mount("memory", "/memory", false)
            .mount("free", "/free", false)
            .script("main", "true")
            .build();

    var mounts = container(group, Optional.empty()).hostConfig().getMounts();

    assertThat(mounts)
        .extracting(Mount::getTarget, Mount::getSource, Mount::getReadOnly)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("/data", "vn_burst_some-uid-1_data", false),
            org.assertj.core.groups.Tuple.tuple("/again", "vn_burst_some-uid-1_data", true),
            org.assertj.core.groups.Tuple.tuple("/memory", "vn_burst_some-uid-1_memory", false),
            org.assertj.core.groups.Tuple.tuple("/free", "vn_burst_some-uid-1_free", false));
    assertThat(mounts)
        .allSatisfy(
            mount -> {
              assertThat(mount.getType()).isEqualTo(MountType.VOLUME);
              assertThat(mount.getVolumeOptions().getNoCopy()).isTrue();
              assertThat(Marks.volumeGroup(mount.getVolumeOptions().getLabels())).contains(ID);
            });
    assertThat(mounts.get(0).getVolumeOptions().getDriverConfig()).isNull();
    assertThat(mounts.get(2).getVolumeOptions().getDriverConfig().getOptions())
        .isEqualTo(Map.of("type", "tmpfs", "device", "tmpfs", "o", "mode=0777,size=1048576"));
    assertThat(mounts.get(3).getVolumeOptions().getDriverConfig().getOptions())
        .containsEntry("o", "mode=0777");
  }

  @Test
  void sharedFoldersAreBoundAsThePoolSays() {
    var binds =
        container(group().script("main", "true").build(), Optional.empty()).hostConfig().getBinds();

    assertThat(binds)
        .extracting(
            bind -> bind.getPath(),
            bind -> bind.getVolume().getPath(),
            bind -> bind.getAccessMode())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("/srv/models", "/models", AccessMode.ro),
            org.assertj.core.groups.Tuple.tuple("/srv/out", "/out", AccessMode.rw),
            org.assertj.core.groups.Tuple.tuple(
                "/var/lib/engine/volumes/vn_burst_some-uid-1_last.words/_data/main.0",
                "/dev/termination-log",
                AccessMode.rw));
  }

  @Test
  void everyReasonAgainstAGroupNamesItsField() {
    var group =
        group()
            .volume(new Scratch("data", Medium.DISK, 1))
            .volume(new Scratch("more", Medium.DISK, 1))
            .volume(new Scratch("memory", Medium.MEMORY, 1))
            .mount("data", "/models", false)
            .mount("more", "/more", false)
            .mount("memory", "/memory", false)
            .script("main", "true")
            .build();

    assertThat(requests.refusals(group))
        .satisfiesExactly(
            one -> assertThat(one).startsWith("spec.volumes[data].emptyDir.sizeLimit: "),
            two -> assertThat(two).startsWith("spec.volumes[more].emptyDir.sizeLimit: "),
            three ->
                assertThat(three)
                    .startsWith("spec.containers[main].volumeMounts[data].mountPath: /models"));
    assertThat(requests.refusals(group().script("main", "true").build())).isEmpty();
  }

  @Test
  void lastWordsThatTheEngineCannotKeepAreRefused() {
    var group =
        group()
            .volume(new Scratch("data", Medium.DISK, 0))
            .mount("data", "/words", false)
            .lastWords("/words", false)
            .script("one", "true")
            .lastWords("/a:b", true)
            .script("two", "true")
            .lastWords("/fine", true)
            .script("three", "true")
            .build();

    assertThat(requests.refusals(group))
        .satisfiesExactly(
            one -> assertThat(one).startsWith("spec.containers[one].terminationMessagePath: a vol"),
            two ->
                assertThat(two).startsWith("spec.containers[two].terminationMessagePath: the eng"));
  }

  @Test
  void aSingleFileThatTheEngineCannotNameIsRefused() {
    var group =
        group()
            .volume(new Files("config", List.of(new File("a:b", new byte[] {1}, 0644))))
            .mountFile("config", "a:b", "/etc/app.conf")
            .script("main", "true")
            .build();

    assertThat(requests.refusals(group))
        .singleElement()
        .asString()
        .startsWith("spec.containers[main].volumeMounts[config].subPath: ");
  }

  private static Surroundings surroundings(Optional<Long> group, Map<String, String> settings) {
    return new Surroundings(Optional.empty(), List.of(), false, group, settings);
  }

  @Test
  void namesAreKnownToTheContainerThatHoldsTheNetwork() {
    var hosts = List.of(new Host("db", "10.0.0.1"), new Host("six", "fd00::1"));
    var group =
        group()
            .resolver(
                new Resolver(List.of("10.0.0.10"), List.of("example.com"), List.of("ndots:2")))
            .surroundings(
                new Surroundings(
                    Optional.of("sub.team.svc.cluster.local"),
                    hosts,
                    false,
                    Optional.empty(),
                    Map.of()))
            .script("main", "true")
            .build();

    assertThat(List.of(requests.sandbox(group, NOON), container(group, Optional.empty())))
        .allSatisfy(
            holder -> {
              var host = holder.hostConfig();
              assertThat(holder.domain()).contains("sub.team.svc.cluster.local");
              assertThat(host.getExtraHosts()).containsExactly("db:10.0.0.1", "six:fd00::1");
              assertThat(host.getDns()).containsExactly("10.0.0.10");
              assertThat(host.getDnsSearch()).containsExactly("example.com");
              assertThat(host.getDnsOptions()).containsExactly("ndots:2");
            });
    var other = container(group, Optional.of("abc"));
    assertThat(other.domain()).isEmpty();
    assertThat(other.hostConfig().getExtraHosts()).isNull();
    assertThat(other.hostConfig().getDns()).isNull();
  }

  @Test
  void processesAreSharedInASandboxAlsoByOneContainer() {
    var group =
        group()
            .surroundings(
                new Surroundings(Optional.empty(), List.of(), true, Optional.empty(), Map.of()))
            .script("main", "true")
            .build();

    assertThat(DockerRequests.sandboxed(group)).isTrue();
    assertThat(container(group, Optional.of("abc")).hostConfig().getPidMode())
        .isEqualTo("container:abc");
    assertThat(requests.sandbox(group, NOON).hostConfig().getPidMode()).isNull();
  }

  @Test
  void kernelSettingsAreOfTheContainerThatHoldsTheNetwork() {
    var settings = Map.of("net.ipv4.tcp_syncookies", "0");
    var group =
        group()
            .surroundings(surroundings(Optional.empty(), settings))
            .script("main", "true")
            .build();

    assertThat(requests.sandbox(group, NOON).hostConfig().getSysctls()).isEqualTo(settings);
    assertThat(container(group, Optional.of("abc")).hostConfig().getSysctls()).isNull();
    assertThat(container(group, Optional.empty()).hostConfig().getSysctls()).isEqualTo(settings);
  }

  @Test
  void memoryThatAGroupSharesIsMadeForIt() {
    var group =
        group()
            .surroundings(surroundings(Optional.of(2000L), Map.of()))
            .volume(new Scratch("memory", Medium.MEMORY, 1 << 20))
            .mount("memory", "/memory", false)
            .script("main", "true")
            .build();

    var mount = container(group, Optional.empty()).hostConfig().getMounts().getFirst();

    assertThat(mount.getVolumeOptions().getDriverConfig().getOptions())
        .containsEntry("o", "mode=2777,gid=2000,size=1048576");
  }

  @Test
  void noValueOfTheEnvironmentIsEverPrinted() {
    var group =
        group()
            .environment("TOKEN", "geheim")
            .image("some/image:1", PullPolicy.ALWAYS)
            .script("main", "true")
            .build();

    assertThat(container(group, Optional.empty())).asString().doesNotContain("geheim");
    assertThat(group).asString().doesNotContain("geheim");
  }

  @Test
  void aSingleFileIsBoundFromWhereTheEngineKeepsItsVolume() {
    var group =
        group()
            .volume(new Files("config", List.of(new File("deep/app.conf", new byte[] {1}, 0644))))
            .mountFile("config", "deep/app.conf", "/etc/app.conf")
            .script("main", "true")
            .build();

    var host = container(group, Optional.empty()).hostConfig();

    assertThat(host.getMounts()).isEmpty();
    assertThat(host.getBinds())
        .extracting(Bind::toString)
        .contains(
            "/var/lib/engine/volumes/vn_burst_%s_config/_data/deep/app.conf:/etc/app.conf:ro"
                .formatted(ID));
  }
}
