package io.virtualnodes.backend.simulated;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.TestCaller;
import io.virtualnodes.backend.simulated.SimulatedBackend.Faults;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a simulation says for itself, beyond what every backend does. */
class SimulatedTalkTest {
  @TempDir private Path folder;
  @AutoClose private SimulatedSubject subject;

  @BeforeEach
  void open() {
    subject = new SimulatedSubject("burst", folder, Faults.NONE);
  }

  private ContainerGroup running(GroupBuilder builder) {
    var group = builder.build();
    subject.backend().create(group);
    subject.await(group.id(), seen -> !seen.addresses().isEmpty());
    return group;
  }

  private GroupBuilder group() {
    return new GroupBuilder("burst");
  }

  @Test
  void aTerminalSaysThatItIsASimulation() throws Exception {
    var group = running(group().script("main", "sleep 600"));
    var caller = TestCaller.saying("hostname\rexit 5\r");

    int code =
        subject
            .backend()
            .streams()
            .exec(group.id(), "main", List.of("sh"), new Channels(true, true, false, true))
            .orElseThrow()
            .hold(caller.caller());

    assertThat(code).isEqualTo(5);
    assertThat(caller.output())
        .startsWith("Simulated: nothing really runs")
        .contains("\r\npod-a\r\n");
  }

  @Test
  void aCommandEndsWithItsContainer() throws Exception {
    var group = running(group().script("main", "sleep 30"));

    int code =
        subject
            .backend()
            .streams()
            .exec(
                group.id(),
                "main",
                List.of("sleep", "3600"),
                new Channels(false, true, false, false))
            .orElseThrow()
            .hold(TestCaller.saying("").caller());

    assertThat(code).isEqualTo(137);
  }

  @Test
  void aPortSaysThatItIsSimulated() throws Exception {
    var group = running(group().script("main", "sleep 600"));
    var ports = subject.backend().streams().ports(group.id()).orElseThrow();

    try (var link = ports.connect(8080)) {
      link.output().write("GET / HTTP/1.1\r\nHost: x\r\n".getBytes(UTF_8));
      link.output().write("\r\n".getBytes(UTF_8));

      assertThat(new String(link.input().readAllBytes(), UTF_8))
          .startsWith("HTTP/1.1 200 OK\r\n")
          .endsWith(
              "\r\n\r\nSimulated: nothing really listens on port 8080 of container main of pod"
                  + " team-a/pod-a\n");
    }
  }

  @Test
  void onlyPortsThatAreNamedAnswerIfSomeAre() throws Exception {
    var group =
        running(group().environment("SIMULATED_PORTS", "8080, 9090").script("main", "sleep 600"));
    var ports = subject.backend().streams().ports(group.id()).orElseThrow();

    ports.connect(9090).close();
    assertThatThrownBy(() -> ports.connect(80))
        .isInstanceOf(IOException.class)
        .hasMessage("nothing listens on port 80: connection refused");
  }

  @Test
  void aLoadThatIsNamedIsUsed() {
    var group =
        running(
            group()
                .resources(new Resources(500, 1 << 20), Resources.UNNAMED)
                .environment("SIMULATED_CPU_LOAD", "80%")
                .script("main", "sleep 6000"));
    var before = one(group);
    // A simulation's groups outlive the operator, and so do their loads.
    subject.restart();
    subject.pass(Duration.ofSeconds(100));
    var after = one(group);

    assertThat(after.at()).isEqualTo(before.at().plusSeconds(100));
    assertThat(after.cpuNanos().getAsLong() - before.cpuNanos().getAsLong())
        .isEqualTo(40_000_000_000L);
    assertThat(after.workingSetBytes().getAsLong()).isBetween(1L << 18, 1L << 20);
  }

  private ContainerUsage one(ContainerGroup group) {
    var usage = subject.backend().streams().usage();
    assertThat(usage).hasSize(1);
    assertThat(usage.getFirst().group()).isEqualTo(group.id());
    return usage.getFirst();
  }

  @Test
  void hintsThatAreNotUnderstoodAreRefused() {
    var group =
        group()
            .environment("SIMULATED_CPU_LOAD", "much")
            .environment("SIMULATED_PORTS", "http")
            .script("main", "sleep 600")
            .build();

    assertThatThrownBy(() -> subject.backend().create(group))
        .isInstanceOfSatisfying(
            Unsupported.class,
            refusal ->
                assertThat(refusal.reasons())
                    .containsExactly(
                        "spec.containers[main].env[SIMULATED_CPU_LOAD]: write a load as 80% or as"
                            + " 20% 5m, 90% 10m",
                        "spec.containers[main].env[SIMULATED_PORTS]: write ports as 8080, 9090"));
  }
}
