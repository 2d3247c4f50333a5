package io.virtualnodes.backend.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Security.Confinement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NonRootRuleTest {
  private static final String WHICH = " (pod: \"pod-a_team-a(some-uid)\", container: main)";

  private static ContainerGroup group(Optional<Long> user, boolean neverRoot) {
    var security =
        new Security(
            user,
            Optional.empty(),
            List.of(),
            true,
            neverRoot,
            false,
            true,
            List.of(),
            List.of(),
            Confinement.USUAL,
            Confinement.USUAL);
    return new GroupBuilder("burst")
        .id(GroupId.first("some-uid"))
        .security(security)
        .script("main", "true")
        .build();
  }

  private static Optional<String> violation(ContainerGroup group, String imageUser) {
    return NonRootRule.violation(
            group.id(), group.owner(), group.containers().getFirst(), imageUser)
        .map(
            waiting -> {
              assertThat(waiting.reason()).isEqualTo("CreateContainerConfigError");
              return waiting;
            })
        .map(Waiting::message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1000", "1000:1000", "1000:app", "010"})
  void anImageWithANumberForItsUserMayRun(String imageUser) {
    assertThat(violation(group(Optional.empty(), true), imageUser)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"''", "0", "0:1000", "00", "':1000'"})
  void anImageOfRootsMayNot(String imageUser) {
    assertThat(violation(group(Optional.empty(), true), imageUser))
        .contains("container has runAsNonRoot and image will run as root" + WHICH);
  }

  @Test
  void aNameCannotBeTrusted() {
    assertThat(violation(group(Optional.empty(), true), "app:1000"))
        .contains(
            "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is"
                + " non-root"
                + WHICH);
  }

  @Test
  void whatThePodSaysCountsBeforeTheImage() {
    assertThat(violation(group(Optional.of(1000L), true), "0")).isEmpty();
    assertThat(violation(group(Optional.of(0L), true), "1000"))
        .contains("container's runAsUser breaks non-root policy" + WHICH);
  }

  @Test
  void withoutTheWishEveryUserIsFine() {
    assertThat(violation(group(Optional.empty(), false), "")).isEmpty();
    assertThat(violation(group(Optional.of(0L), false), "")).isEmpty();
  }
}
