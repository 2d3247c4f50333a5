package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.GroupId;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NamesTest {
  private static final GroupId ID = new GroupId("some-uid", 1);
  private final Names names = new Names("burst");

  @Test
  void aNameTellsPoolGroupAndPart() {
    assertThat(names.container(ID, "main", 2)).isEqualTo("vn_burst_some-uid-1_main_2");
    assertThat(names.sandbox(ID)).isEqualTo("vn_burst_some-uid-1_sandbox");
    assertThat(names.writer(ID)).isEqualTo("vn_burst_some-uid-1_writer");
    assertThat(names.volume(ID, "data")).isEqualTo("vn_burst_some-uid-1_data");
  }

  @Test
  void aContainerCanBeCalledAsAPartOfOursIs() {
    assertThat(names.container(ID, "sandbox", 0)).isNotEqualTo(names.sandbox(ID));
    assertThat(names.container(ID, "writer", 0)).isNotEqualTo(names.writer(ID));
    assertThat(Names.stoppedBy(names.container(ID, "stopped", 0))).isEmpty();
    assertThat(Names.stoppedBy(names.container(ID, "stopped", 1) + "_1")).isEmpty();
  }

  @Test
  void aStoppedGroupIsToldByAName() {
    var by = Instant.parse("2026-02-03T12:00:00.123Z");

    var stopped = Names.stopped(names.sandbox(ID), by);

    assertThat(Names.stoppedBy(names.sandbox(ID))).isEmpty();
    assertThat(Names.stoppedBy(stopped)).contains(by);
    assertThat(names.belongsTo(ID, stopped)).isTrue();
    assertThat(Names.stopped(stopped, by.minusSeconds(5)))
        .isEqualTo(Names.stopped(names.sandbox(ID), by.minusSeconds(5)));
  }

  @Test
  void namesOfOtherGroupsAndPoolsAreNotOfThisOne() {
    assertThat(names.belongsTo(ID, names.volume(ID, "data"))).isTrue();
    assertThat(names.belongsTo(ID, names.volume(new GroupId("some-uid", 11), "data"))).isFalse();
    assertThat(names.belongsTo(ID, new Names("burst-2").volume(ID, "data"))).isFalse();
    assertThat(names.belongsTo(ID, "data")).isFalse();
  }
}
