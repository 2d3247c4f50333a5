package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.docker.Marks.Listed;
import io.virtualnodes.backend.docker.Marks.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
            new Listed("first", Part.INIT),
            new Listed("side", Part.SIDECAR),
            new Listed("main", Part.MAIN)),
        Instant.parse("2026-02-03T04:05:06.123456789Z"));
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void whatIsWrittenIsReadBack(Role role) {
    assertThat(Marks.of(marks(role).labels())).contains(marks(role));
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
