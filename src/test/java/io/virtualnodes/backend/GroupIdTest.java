package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GroupIdTest {

  @ParameterizedTest
  @CsvSource({
    "1f0c5e3a-8a3d-4a55-9b0e-3f6f8d1c2b7a, 0",
    "1f0c5e3a-8a3d-4a55-9b0e-3f6f8d1c2b7a, 12",
    "mirror, 3",
    "a, 0",
  })
  void whatWasWrittenIsRead(String uid, int attempt) {
    var id = new GroupId(uid, attempt);

    assertThat(id).hasToString(uid + "-" + attempt);
    assertThat(GroupId.parse(id.toString())).isEqualTo(id);
  }

  @Test
  void theFirstGroupOfAPodHasNumberZero() {
    assertThat(GroupId.first("uid")).isEqualTo(new GroupId("uid", 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "-a", "a-", "a/b", "a_b", "a.b", "ä", " a", "a\n"})
  void whatSomeBackendForbidsIsNoUid(String uid) {
    assertThatThrownBy(() -> new GroupId(uid, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a pod uid");
  }

  @Test
  void aUidIsAtMostOneLabelLong() {
    assertThat(new GroupId("a".repeat(63), 0).podUid()).hasSize(63);
    assertThatThrownBy(() -> new GroupId("a".repeat(64), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void attemptsCountUpwards() {
    assertThatThrownBy(() -> new GroupId("a", -1)).hasMessageContaining("attempt");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "uid",
        "-1",
        "uid-",
        "uid-x",
        "uid--1",
        "uid-+1",
        "uid-01",
        "uid-99999999999",
        "1f0c5e3a-8a3d-4a55-9b0e-3f6f8d1c2b7a",
        "1f0c5e3a-8a3d-4a55-9b0e-000000000001",
      })
  void anythingElseIsNoId(String text) {
    assertThatThrownBy(() -> GroupId.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
