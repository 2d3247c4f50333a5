package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.GroupId;
import java.util.List;
import org.junit.jupiter.api.Test;

class AciNamesTest {
  private static final GroupId GROUP = GroupId.first("3d0f5a5e-8f0e-4d1c-9a49-0d3f6ad0a001");

  @Test
  void aNameIsTheSameEachTimeAndNobodyElses() {
    var names = new AciNames("burst", "uid-1");

    assertThat(names.group(GROUP)).isEqualTo(new AciNames("burst", "uid-1").group(GROUP));
    assertThat(
            List.of(
                names.group(GROUP),
                names.group(new GroupId(GROUP.podUid(), 1)),
                names.group(GroupId.first("another")),
                new AciNames("burst", "uid-2").group(GROUP)))
        .doesNotHaveDuplicates();
  }

  @Test
  void everyPoolsNameFitsAzuresRules() {
    for (var pool : List.of("a", "burst", "a.b-c", "x".repeat(253), "a" + ".".repeat(3) + "b")) {
      assertThat(new AciNames(pool, "uid").group(GROUP))
          .hasSizeLessThanOrEqualTo(AciNames.LONGEST)
          .matches("[a-z0-9]+(-[a-z0-9]+)*")
          .startsWith("vn-");
    }
  }

  @Test
  void volumesHaveNamesOfAzuresLength() {
    assertThat(AciNames.volume(0)).matches("[a-z0-9]+(-[a-z0-9]+)*").hasSizeBetween(5, 63);
  }
}
