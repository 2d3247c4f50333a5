package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.Restarts.ExitCodes;
import io.virtualnodes.backend.docker.Marks.Listed;
import io.virtualnodes.backend.docker.Marks.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MarksTest {
  private static final GroupOwner OWNER = new GroupOwner("burst", "node-0", "team-a", "pod-a");
  private static final GroupId ID = new GroupId("some-uid", 2);

  private static Marks marks(Role role) {
    return new Marks(
        ID,
        OWNER,
        role,
        role == Role.CONTAINER ? "main" : "",
        3,
        Duration.ofSeconds(40),
        RestartPolicy.ON_FAILURE,
        PullPolicy.ALWAYS,
        Duration.ofSeconds(90),
        List.of(
            new Listed("first", Part.INIT, Optional.empty()),
            new Listed("side", Part.SIDECAR, Optional.empty()),
            new Listed("main", Part.MAIN, Optional.empty()),
            new Listed(
                "ruled",
                Part.MAIN,
                Optional.of(
                    new Restarts(
                        RestartPolicy.NEVER,
                        List.of(
                            new ExitCodes(false, new TreeSet<>(List.of(42, 137))),
                            new ExitCodes(true, new TreeSet<>(List.of(0))),
                            new ExitCodes(true, new TreeSet<>())))))),
        Instant.parse("2026-02-03T04:05:06.123456789Z"));
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void whatIsWrittenIsReadBack(Role role) {
    assertThat(Marks.of(marks(role).labels())).contains(marks(role));
  }

  @Test
  void careIsReadBackWhateverItIs() {
    var probe =
        new Probe(
            new Action.Exec(List.of("sh", "-c", "echo \"a,b\" # ü")),
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            2,
            3,
            Optional.of(Duration.ofSeconds(5)));
    var cared =
        cared(
            new Care(
                Optional.of(probe),
                Optional.of(with(probe, new Action.TcpSocket(Optional.of("db"), 5432))),
                Optional.of(with(probe, new Action.Grpc(50051, "shop"))),
                Optional.of(
                    new Action.HttpGet(
                        Action.Scheme.HTTPS,
                        Optional.empty(),
                        8443,
                        "/up?all=1",
                        List.of(new Action.Header("Host", "shop"), new Action.Header("X", "")))),
                Optional.of(new Action.Sleep(Duration.ofSeconds(7))),
                Optional.of("SIGUSR1")));

    assertThat(Marks.of(cared.labels())).contains(cared);
    assertThat(cared.next(4, Duration.ofSeconds(80)).care()).isEqualTo(cared.care());
    assertThat(marks(Role.CONTAINER).labels()).doesNotContainKey("virtualnodes.io/care");
  }

  @Test
  void careThatIsNotUnderstoodIsNotOurs() {
    var labels = new HashMap<>(marks(Role.CONTAINER).labels());
    labels.put("virtualnodes.io/care", "{\"liveness\":{\"action\":{\"wish\":{}}}}");

    assertThat(Marks.of(labels)).isEmpty();
  }

  private static Probe with(Probe probe, Action action) {
    return new Probe(
        action,
        probe.initialDelay(),
        probe.period(),
        probe.timeout(),
        probe.successThreshold(),
        probe.failureThreshold(),
        Optional.empty());
  }

  private static Marks cared(Care care) {
    var marks = marks(Role.CONTAINER);
    return new Marks(
        marks.group(),
        marks.owner(),
        marks.role(),
        marks.container(),
        marks.instance(),
        marks.backOff(),
        marks.restartPolicy(),
        marks.pullPolicy(),
        marks.grace(),
        marks.containers(),
        marks.acceptedAt(),
        care);
  }

  @Test
  void theNextInstanceDiffersInItsNumberAndBackOffOnly() {
    var next = marks(Role.CONTAINER).next(4, Duration.ofSeconds(80));

    assertThat(next.instance()).isEqualTo(4);
    assertThat(next.backOff()).isEqualTo(Duration.ofSeconds(80));
    assertThat(next.next(3, Duration.ofSeconds(40))).isEqualTo(marks(Role.CONTAINER));
  }

  @Test
  void labelsOfWhichAnyIsMissingAreNotOurs() {
    for (var key : marks(Role.CONTAINER).labels().keySet()) {
      var labels = new HashMap<>(marks(Role.CONTAINER).labels());
      labels.remove(key);

      assertThat(Marks.of(labels)).describedAs(key).isEmpty();
    }
    assertThat(Marks.of(null)).isEmpty();
    assertThat(Marks.of(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "virtualnodes.io/group, nonsense",
    "virtualnodes.io/group, some-uid--1",
    "virtualnodes.io/role, king",
    "virtualnodes.io/restarts, many",
    "virtualnodes.io/back-off-seconds, soon",
    "virtualnodes.io/restart-policy, Sometimes",
    "virtualnodes.io/pull-policy, Sometimes",
    "virtualnodes.io/grace-seconds, long",
    "virtualnodes.io/containers, main",
    "virtualnodes.io/containers, main:SUPPORT",
    "virtualnodes.io/containers, main:SIDECAR",
    "virtualnodes.io/accepted-at, yesterday"
  })
  void labelsThatWeWouldNotWriteAreNotOurs(String key, String value) {
    var labels = new HashMap<>(marks(Role.CONTAINER).labels());
    labels.put(key, value);

    assertThat(Marks.of(labels)).isEmpty();
  }

  @Test
  void aVolumeTellsItsGroup() {
    assertThat(Marks.volumeGroup(Marks.volumeLabels(ID, OWNER, "data"))).contains(ID);
    assertThat(Marks.volumeGroup(marks(Role.CONTAINER).labels())).isEmpty();
    assertThat(Marks.volumeGroup(null)).isEmpty();
    assertThat(
            Marks.volumeGroup(Map.of(Marks.POOL, "burst", Marks.GROUP, "x", Marks.VOLUME, "data")))
        .isEmpty();
  }
}
