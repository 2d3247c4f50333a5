package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.docker.Marks.Listed;
import io.virtualnodes.backend.docker.Marks.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ErrandRequestsTest {
  private static final Marks MARKS =
      new Marks(
          GroupId.first("uid"),
          new GroupOwner("burst", "node-0", "team-a", "pod-a"),
          Role.SANDBOX,
          "",
          0,
          Duration.ZERO,
          RestartPolicy.ALWAYS,
          PullPolicy.IF_NOT_PRESENT,
          Duration.ofSeconds(30),
          List.of(new Listed("main", Part.MAIN, Optional.empty())),
          Instant.parse("2026-02-03T04:05:06Z"));

  private final Names names = new Names("burst");
  private final ErrandRequests requests = new ErrandRequests(names);

  @Test
  void aRelayJoinsTheNetworkAndLivesByItsInput() {
    var relay = requests.relay(MARKS, "sha256:1", "network-id", "ab12");

    assertThat(relay.name()).isEqualTo("vn_burst_uid-0_relay_ab12");
    assertThat(relay.entrypoint()).containsExactly("/virtualnodes-relay");
    assertThat(relay.terminal()).isEqualTo(new Terminal(false, true, true));
    assertThat(relay.user()).contains("65534:65534");
    assertThat(relay.hostConfig().getNetworkMode()).isEqualTo("container:network-id");
    assertThat(relay.hostConfig().getCapAdd()).isNull();
    assertThat(relay.hostConfig().getPidMode()).isNull();
    assertErrand(relay, Role.RELAY);
  }

  @Test
  void anEnderMaySendSignalsToWhatItSeesAndNothingElse() {
    var ender = requests.ender(MARKS, "sha256:1", "container-id", "0123456789abcdef", 4711);

    assertThat(ender.entrypoint()).containsExactly("/virtualnodes-end");
    assertThat(ender.command()).containsExactly("/proc/4711/cgroup", "container-id", "4711");
    assertThat(ender.hostConfig().getPidMode()).isEqualTo("host");
    assertThat(ender.hostConfig().getNetworkMode()).isEqualTo("none");
    assertThat(ender.hostConfig().getCapAdd()).containsExactly(Capability.KILL);
    assertErrand(ender, Role.ENDER);
  }

  private void assertErrand(ContainerRequest request, Role role) {
    HostConfig host = request.hostConfig();
    assertThat(host.getAutoRemove()).isTrue();
    assertThat(host.getCapDrop()).containsExactly(Capability.ALL);
    assertThat(host.getSecurityOpts()).containsExactly("no-new-privileges");
    assertThat(host.getMounts()).isNull();
    assertThat(Marks.of(request.labels()))
        .get()
        .extracting(Marks::role, Marks::group)
        .containsExactly(role, MARKS.group());
    assertThat(names.belongsTo(MARKS.group(), request.name())).isTrue();
    assertThat(Names.stoppedBy(request.name())).isEqualTo(Optional.empty());
  }
}
