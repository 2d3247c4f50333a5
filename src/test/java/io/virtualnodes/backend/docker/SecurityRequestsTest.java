package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Security.Confinement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecurityRequestsTest {

  /** With user and group, and otherwise as usual. */
  private static Security runningAs(Long user, Long group, boolean imageGroups) {
    return new Security(
        Optional.ofNullable(user),
        Optional.ofNullable(group),
        List.of(),
        imageGroups,
        false,
        false,
        true,
        List.of(),
        List.of(),
        Confinement.USUAL,
        Confinement.USUAL);
  }

  private static Security capable(List<String> added, List<String> dropped) {
    return new Security(
        Optional.empty(),
        Optional.empty(),
        List.of(2000L, 3000L),
        true,
        false,
        true,
        false,
        added,
        dropped,
        Confinement.NONE,
        Confinement.NONE);
  }

  private static ContainerSpec container(Security security) {
    return new GroupBuilder("burst")
        .security(security)
        .script("main", "true")
        .build()
        .containers()
        .getFirst();
  }

  // user and group of the pod; the image's user; what the engine is told
  @ParameterizedTest
  @CsvSource({
    ", , app, ",
    "1000, , app, 1000",
    "1000, 2000, app, 1000:2000",
    ", 2000, app, app:2000",
    ", 2000, app:app, app:2000",
    ", 2000, '', 0:2000",
    "0, 0, app, 0:0",
  })
  void aGroupGoesWithThePodsUserOrTheImages(
      Long user, Long group, String imageUser, String expected) {
    assertThat(SecurityRequests.user(runningAs(user, group, true), imageUser))
        .isEqualTo(Optional.ofNullable(expected));
  }

  @Test
  void theEngineIsToldWhatAContainerMayDo() {
    var host = HostConfig.newHostConfig();

    SecurityRequests.secure(host, capable(List.of("NET_ADMIN", "SYS_TIME"), List.of("ALL")));

    assertThat(host.getGroupAdd()).containsExactly("2000", "3000");
    assertThat(host.getReadonlyRootfs()).isTrue();
    assertThat(host.getCapAdd()).containsExactly(Capability.NET_ADMIN, Capability.SYS_TIME);
    assertThat(host.getCapDrop()).containsExactly(Capability.ALL);
    assertThat(host.getSecurityOpts())
        .containsExactly("no-new-privileges", "seccomp=unconfined", "apparmor=unconfined");
  }

  @Test
  void whatIsUsualIsLeftToTheEngine() {
    var host = HostConfig.newHostConfig();

    SecurityRequests.secure(host, Security.USUAL);

    assertThat(host.getReadonlyRootfs()).isFalse();
    assertThat(host.getSecurityOpts()).isEmpty();
    assertThat(host.getCapAdd()).isEmpty();
    assertThat(host.getCapDrop()).isEmpty();
  }

  @Test
  void capabilitiesThatThereAreNotAreRefused() {
    assertThat(
            SecurityRequests.refusals(
                container(capable(List.of("NET_ADMIN", "FLYING"), List.of("CAP_KILL")))))
        .satisfiesExactly(
            one ->
                assertThat(one)
                    .startsWith("spec.containers[main].securityContext.capabilities.add: ")
                    .contains("FLYING"),
            two ->
                assertThat(two)
                    .startsWith("spec.containers[main].securityContext.capabilities.drop: ")
                    .contains("CAP_KILL"));
  }

  @Test
  void aGuestIsRefusedByItsOwnPath() {
    assertThat(SecurityRequests.refusalsOfGuest(container(capable(List.of("FLYING"), List.of()))))
        .singleElement()
        .asString()
        .startsWith("spec.ephemeralContainers[main].securityContext.capabilities.add: ");
  }

  @Test
  void theImagesGroupsCanBeKeptAwayOnlyWithUserAndGroup() {
    assertThat(SecurityRequests.refusals(container(runningAs(1000L, 1000L, false)))).isEmpty();
    assertThat(SecurityRequests.refusals(container(runningAs(1000L, null, true)))).isEmpty();
    assertThat(SecurityRequests.refusals(container(runningAs(1000L, null, false))))
        .singleElement()
        .asString()
        .startsWith("spec.securityContext.supplementalGroupsPolicy: ");
    assertThat(SecurityRequests.refusals(container(runningAs(null, 1000L, false)))).hasSize(1);
  }
}
