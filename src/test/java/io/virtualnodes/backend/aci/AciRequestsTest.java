package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.ContainerGroup.Wishes;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.Security;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AciRequestsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final String IDENTITY =
      "/subscriptions/s/resourceGroups/ids/providers/Microsoft.ManagedIdentity"
          + "/userAssignedIdentities/";

  @Test
  void aGroupInAzuresWords() {
    var group =
        group()
            .restarts(RestartPolicy.ON_FAILURE)
            .resolver(
                new ContainerGroup.Resolver(
                    List.of("10.0.0.10"),
                    List.of("team-a.svc.cluster.local", "svc.cluster.local"),
                    List.of("ndots:5")))
            .volume(new Volume.Scratch("tmp", Volume.Medium.DISK, 0))
            .volume(new Volume.Files("config", List.of(new File("a.txt", "hi".getBytes(), 0644))))
            .image("registry.example/setup:1", PullPolicy.ALWAYS)
            .mount("tmp", "/work", false)
            .init("setup", "true")
            .image("registry.example/app:1", PullPolicy.IF_NOT_PRESENT)
            .resources(new Resources(1000, 1_000_000_000), new Resources(1000, 2_000_000_000))
            .environment("EMPTY", "")
            .mount("tmp", "/work", false)
            .mount("config", "/etc/app", true)
            .container("app", List.of("app"), List.of("--fast"))
            .build();

    // As text, so that a difference explains itself. The null is Azure's own library's doing.
    assertThat(json(group).toPrettyString())
        .isEqualTo(
            Azures.json(
                    """
                    {
                      "location": "eastus",
                      "tags": {
                        "virtualnodes-pool-uid": "pool-uid",
                        "virtualnodes-group": "a-uid-0",
                        "virtualnodes-pool": "burst",
                        "virtualnodes-node": "node-0",
                        "virtualnodes-namespace": "team-a",
                        "virtualnodes-pod": "pod-a",
                        "virtualnodes-created": "2026-01-01T12:00:00Z"
                      },
                      "properties": {
                        "containers": [
                          {
                            "name": "app",
                            "properties": {
                              "image": "registry.example/app:1",
                              "resources": {
                                "requests": {"memoryInGB": 1.0, "cpu": 1.0},
                                "limits": {"memoryInGB": 1.0, "cpu": 1.0}
                              },
                              "command": ["app", "--fast"],
                              "environmentVariables": [{"name": "EMPTY", "value": ""}],
                              "volumeMounts": [
                                {"name": "volume-0", "mountPath": "/work", "readOnly": false},
                                {"name": "volume-1", "mountPath": "/etc/app", "readOnly": true}
                              ]
                            }
                          }
                        ],
                        "osType": "Linux",
                        "restartPolicy": "OnFailure",
                        "volumes": [
                          {"name": "volume-0", "emptyDir": {}},
                          {"name": "volume-1", "emptyDir": null, "secret": {"a.txt": "aGk="}}
                        ],
                        "subnetIds": [{"id": "%s"}],
                        "dnsConfig": {
                          "nameServers": ["10.0.0.10"],
                          "searchDomains": "team-a.svc.cluster.local svc.cluster.local",
                          "options": "ndots:5"
                        },
                        "sku": "Standard",
                        "initContainers": [
                          {
                            "name": "setup",
                            "properties": {
                              "image": "registry.example/setup:1",
                              "command": ["sh", "-c", "true"],
                              "volumeMounts": [
                                {"name": "volume-0", "mountPath": "/work", "readOnly": false}
                              ]
                            }
                          }
                        ],
                        "priority": "Regular"
                      }
                    }
                    """
                        .formatted(Azures.SUBNET))
                .toPrettyString());
  }

  @Test
  void whatASecretSaysIsAValueThatAzureDoesNotShowAgain() {
    var plain = group().environment("TOKEN", "of a Secret").script("main", "true").build();
    var main = plain.containers().getFirst();
    var secret =
        new ContainerGroup.ContainerSpec(
            main.name(),
            main.part(),
            main.restarts(),
            main.image(),
            main.pullPolicy(),
            main.command(),
            main.arguments(),
            main.workingDirectory(),
            Map.of("TOKEN", new EnvironmentValue.Secret("of a Secret")),
            main.requests(),
            main.limits(),
            main.mounts(),
            main.terminal(),
            main.lastWords(),
            main.security(),
            main.care());
    var group =
        new ContainerGroup(
            plain.id(),
            plain.owner(),
            plain.hostname(),
            List.of(secret),
            plain.volumes(),
            plain.restartPolicy(),
            plain.grace(),
            plain.resolver(),
            plain.surroundings(),
            plain.wishes(),
            plain.serviceAccount());

    var variable = container(json(group)).at("/environmentVariables/0");

    assertThat(variable)
        .isEqualTo(Azures.json("{\"name\": \"TOKEN\", \"secureValue\": \"of a Secret\"}"));
  }

  @Test
  void anOptionalVolumeWithoutFilesIsAnEmptyFolder() {
    var group =
        group()
            .volume(new Volume.Files("optional", List.of()))
            .mount("optional", "/optional", true)
            .script("main", "true")
            .build();

    assertThat(json(group).at("/properties/volumes/0"))
        .isEqualTo(Azures.json("{\"name\": \"volume-0\", \"emptyDir\": {}}"));
  }

  @Test
  void oneLoginForEachRegistryAndDockerHubUnderItsOwnName() {
    var request =
        new AciRequests(Azures.place())
            .of(
                group().script("main", "true").build(),
                terms(
                    Azures.place(),
                    new RegistryLogin("docker.io", "one", "p1"),
                    new RegistryLogin("registry.example", "two", "p2"),
                    new RegistryLogin("docker.io", "three", "p3")));

    assertThat(Azures.json(request).at("/properties/imageRegistryCredentials"))
        .isEqualTo(
            Azures.json(
                """
                [{"server": "index.docker.io", "username": "one", "password": "p1"},
                 {"server": "registry.example", "username": "two", "password": "p2"}]
                """));
  }

  @Test
  void anImageIsFetchedByTheRegistrysIdentityUnlessThePodHasALogin() {
    var place =
        new PlaceBuilder()
            .identities(
                new AciIdentities(
                    List.of(new AciIdentities.Allowed("reader", IDENTITY + "reader", List.of())),
                    List.of(
                        new AciIdentities.Registry("one.azurecr.io", IDENTITY + "pull"),
                        new AciIdentities.Registry("two.azurecr.io", IDENTITY + "pull"),
                        new AciIdentities.Registry("unused.azurecr.io", IDENTITY + "other"))))
            .build();
    var group =
        group()
            .wishes(new Wishes(Optional.of("reader"), Optional.empty()))
            .image("one.azurecr.io/app:1", PullPolicy.ALWAYS)
            .init("first", "true")
            .image("two.azurecr.io/app:1", PullPolicy.ALWAYS)
            .script("main", "true")
            .build();

    var request =
        Azures.json(
            new AciRequests(place)
                .of(group, terms(place, new RegistryLogin("two.azurecr.io", "own", "p"))));

    assertThat(request.at("/properties/imageRegistryCredentials"))
        .isEqualTo(
            Azures.json(
                """
                [{"server": "two.azurecr.io", "username": "own", "password": "p"},
                 {"server": "one.azurecr.io", "identity": "%spull"}]
                """
                    .formatted(IDENTITY)));
    assertThat(request.at("/identity"))
        .isEqualTo(
            Azures.json(
                """
                {"type": "UserAssigned", "userAssignedIdentities": {"%1$sreader": {}, "%1$spull": {}}}
                """
                    .formatted(IDENTITY)));
  }

  @Test
  void aGroupIsInOneZoneAndOneSubnet() {
    var place = new PlaceBuilder().subnets("a", "b").zones("2", "3").build();

    var request = json(place, group().script("main", "true").build());

    assertThat(request.at("/zones")).isEqualTo(Azures.json("[\"2\"]"));
    assertThat(request.at("/properties/subnetIds")).isEqualTo(Azures.json("[{\"id\": \"a\"}]"));
  }

  @Test
  void aShareIsMountedByTheKeyOfItsAccount() {
    var group =
        group()
            .volume(new Volume.AzureFile("tmp", "store1", "books", "the key", true))
            .mount("tmp", "/books", false)
            .script("main", "true")
            .build();

    assertThat(json(group).at("/properties/volumes/0"))
        .isEqualTo(
            Azures.json(
                """
                {"name": "volume-0", "emptyDir": null,
                 "azureFile": {"shareName": "books", "readOnly": true,
                               "storageAccountName": "store1", "storageAccountKey": "the key"}}
                """));
    assertThat(group.volumes().toString()).contains("books").doesNotContain("the key");
  }

  @Test
  void theOutputOfContainersGoesToTheWorkspaceWithItsKey() {
    var place =
        new PlaceBuilder().logs(new AciLogTarget("w-1", "ContainerInsights", Path.of("/"))).build();

    assertThat(
            json(place, group().script("main", "true").build())
                .at("/properties/diagnostics/logAnalytics"))
        .isEqualTo(
            Azures.json(
                """
                {"workspaceId": "w-1", "workspaceKey": "the key", "logType": "ContainerInsights"}
                """));
    assertThat(terms(place).toString()).doesNotContain("the key");
  }

  @Test
  void aPodsOwnPolicyComesBeforeThePools() {
    var place =
        new PlaceBuilder().sku(new AciPlace.Sku.Confidential(Optional.of("cG9vbA=="))).build();
    var own = new Wishes(Optional.empty(), Optional.of("b3du"));

    var usual = json(place, group().script("main", "true").build());
    var special = json(place, group().wishes(own).script("main", "true").build());

    assertThat(usual.at("/properties/sku").asText()).isEqualTo("Confidential");
    assertThat(usual.at("/properties/confidentialComputeProperties/ccePolicy").asText())
        .isEqualTo("cG9vbA==");
    assertThat(special.at("/properties/confidentialComputeProperties/ccePolicy").asText())
        .isEqualTo("b3du");
  }

  @Test
  void aSpotGroupWithoutASubnetHasNeitherAddressNorNameServers() {
    var place = Azures.place(Optional.empty(), AciPlace.Priority.SPOT);

    var request = json(place, group().script("main", "true").build());

    assertThat(request.at("/properties/priority").asText()).isEqualTo("Spot");
    assertThat(request.at("/properties").has("subnetIds")).isFalse();
    assertThat(request.at("/properties").has("dnsConfig")).isFalse();
  }

  @Test
  void aLivenessProbeIsAzuresOwn() {
    var probe =
        new Probe(
            new Action.HttpGet(
                Action.Scheme.HTTPS,
                Optional.empty(),
                8443,
                "/live?full=1",
                List.of(new Action.Header("X-A", "b"))),
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(2),
            1,
            5,
            Optional.empty());
    var group = group().care(live(probe)).script("main", "true").build();

    assertThat(container(json(group)).at("/livenessProbe"))
        .isEqualTo(
            Azures.json(
                """
                {"httpGet": {"path": "/live?full=1", "port": 8443, "scheme": "https",
                             "httpHeaders": [{"name": "X-A", "value": "b"}]},
                 "initialDelaySeconds": 3, "periodSeconds": 10, "failureThreshold": 5,
                 "successThreshold": 1, "timeoutSeconds": 2}
                """));
  }

  @Test
  void aSecurityContextSaysOnlyWhatIsNotUsual() {
    var strict =
        new Security(
            Optional.of(1000L),
            Optional.of(2000L),
            List.of(),
            true,
            true,
            false,
            false,
            List.of("NET_BIND_SERVICE"),
            List.of("ALL"),
            Security.Confinement.USUAL,
            Security.Confinement.USUAL);
    var group = group().security(strict).script("main", "true").script("usual", "true").build();

    assertThat(container(json(group)).at("/securityContext"))
        .isEqualTo(
            Azures.json(
                """
                {"allowPrivilegeEscalation": false,
                 "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
                 "runAsGroup": 2000, "runAsUser": 1000}
                """));
    assertThat(json(group).at("/properties/containers/1/properties").has("securityContext"))
        .isFalse();
  }

  @Test
  void thePoolsTagsDoNotHideOurs() {
    var tagged =
        new PlaceBuilder().tags(Map.of("team", "data", AciTags.POOL_UID, "another")).build();

    var tags =
        new AciRequests(tagged).of(group().script("main", "true").build(), terms(tagged)).tags();

    assertThat(tags).containsEntry("team", "data").containsEntry(AciTags.POOL_UID, "pool-uid");
    assertThat(AciTags.of(tags)).map(AciTags::group).contains(GroupId.first("a-uid"));
  }

  private static Care live(Probe probe) {
    return new Care(
        Optional.empty(),
        Optional.of(probe),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static GroupBuilder group() {
    return new GroupBuilder("burst").id(GroupId.first("a-uid"));
  }

  private static JsonNode json(ContainerGroup group) {
    return json(Azures.place(), group);
  }

  private static JsonNode json(AciPlace place, ContainerGroup group) {
    return Azures.json(new AciRequests(place).of(group, terms(place)));
  }

  /** At the first seat of a place that is empty. */
  private static AciRequests.Terms terms(AciPlace place, RegistryLogin... logins) {
    return new AciRequests.Terms(
        new AciSeats(place).of("first", NOON), List.of(logins), Optional.of("the key"), NOON);
  }

  private static JsonNode container(JsonNode group) {
    return group.at("/properties/containers/0/properties");
  }
}
