package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.TestCaller;
import io.virtualnodes.emulator.arm.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * That the roles in deploy/cloud/azure allow what the backend asks of Azure, and nothing else. The
 * actions follow from the requests themselves, by Azure's rule for their names.
 *
 * @see <a
 *     href="https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations">
 *     Azure's operations</a>
 */
class AzureRolesTest {
  private static final Path ROLES = Path.of("deploy/cloud/azure");
  // Asked of whoever names a subnet in a request for a group, and by no request of its own.
  private static final String JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action";
  // The same, of whoever gives an identity to a group.
  private static final String ASSIGN =
      "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
  private static final Channels HEARS = new Channels(false, true, true, false);

  @Test
  void theRolesAllowWhatIsAskedOfAzureAndNothingElse() throws Exception {
    try (var azure = new AciSubject("roles", Limits.USUAL)) {
      doEverything(azure);

      var used = new TreeSet<String>();
      azure.azure().traffic().requests().forEach(request -> used.add(action(request)));
      used.add(JOIN);
      used.add(ASSIGN);
      assertThat(used)
          .isEqualTo(
              granted("role.json", "role-subnet.json", "role-identities.json", "role-usages.json"));
    }
  }

  @Test
  void anActionIsNamedAfterTheTypesOfItsPath() {
    var group =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerInstance/containerGroups/vn";

    assertThat(action("GET " + group))
        .isEqualTo("Microsoft.ContainerInstance/containerGroups/read");
    assertThat(action("PUT " + group))
        .isEqualTo("Microsoft.ContainerInstance/containerGroups/write");
    assertThat(action("POST " + group + "/stop"))
        .isEqualTo("Microsoft.ContainerInstance/containerGroups/stop/action");
    assertThat(action("GET " + group + "/containers/main/logs"))
        .isEqualTo("Microsoft.ContainerInstance/containerGroups/containers/logs/read");
  }

  /** One request of each kind that the backend makes, in the life of a group. */
  private static void doEverything(AciSubject azure) throws Exception {
    var backend = azure.backend();
    var group =
        new GroupBuilder(azure.pool())
            .script("main", "trap 'exit 0' TERM; sleep 3600 & wait")
            .build();
    backend.create(group);
    azure.await(group.id(), seen -> seen.progress() == Progress.ALIVE);
    azure.pass(Duration.ofSeconds(30));
    assertThat(backend.streams().logs(group.id(), "main", LogOptions.ALL)).isPresent();
    var streams = backend.streams();
    assertThat(
            streams
                .exec(group.id(), "main", List.of("true"), HEARS)
                .orElseThrow()
                .hold(TestCaller.silent().caller()))
        .isZero();
    var attached = streams.attach(group.id(), "main", HEARS).orElseThrow();
    var listening = new FutureTask<>(() -> attached.hold(TestCaller.silent().caller()));
    Thread.ofVirtual().start(listening);
    Awaitility.await()
        .until(
            () ->
                azure.azure().traffic().requests().stream()
                    .anyMatch(request -> request.endsWith("/attach")));
    backend.stop(group.id(), Duration.ZERO);
    azure.await(group.id(), seen -> seen.progress() == Progress.FINISHED);
    backend.delete(group.id());
    assertThat(backend.quota()).isPresent();
  }

  /**
   * @param request method and path
   */
  private static String action(String request) {
    var method = request.substring(0, request.indexOf(' '));
    // The provider, and then by turns a type and a name.
    var path =
        request.substring(request.indexOf("/providers/") + "/providers/".length()).split("/");
    var types = new ArrayList<String>();
    types.add(path[0]);
    for (int i = 1; i < path.length; i += 2) {
      types.add(path[i]);
    }
    types.add(
        switch (method) {
          case "GET" -> "read";
          case "PUT", "PATCH" -> "write";
          case "DELETE" -> "delete";
          case "POST" -> "action";
          default -> throw new IllegalArgumentException("no action is named after " + method);
        });
    return String.join("/", types);
  }

  private static Set<String> granted(String... roles) throws IOException {
    var actions = new ArrayList<String>();
    for (var role : roles) {
      var json = Azures.json(Files.readString(ROLES.resolve(role)));
      assertThat(json.path("DataActions")).isEmpty();
      json.path("Actions").forEach(action -> actions.add(action.asText()));
    }
    assertThat(actions).as("each is granted once").doesNotHaveDuplicates();
    return actions.stream().collect(Collectors.toCollection(TreeSet::new));
  }
}
