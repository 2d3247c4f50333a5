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
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AciRequestsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

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
            plain.surroundings());

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
                List.of(
                    new RegistryLogin("docker.io", "one", "p1"),
                    new RegistryLogin("registry.example", "two", "p2"),
                    new RegistryLogin("docker.io", "three", "p3")),
                NOON);

    assertThat(Azures.json(request).at("/properties/imageRegistryCredentials"))
        .isEqualTo(
            Azures.json(
                """
                [{"server": "index.docker.io", "username": "one", "password": "p1"},
                 {"server": "registry.example", "username": "two", "password": "p2"}]
                """));
  }

  @Test
  void aSpotGroupWithoutASubnetHasNeitherAddressNorNameServers() {
    var place = Azures.place(Optional.empty(), AciPlace.Priority.SPOT);

    var request =
        Azures.json(
            new AciRequests(place).of(group().script("main", "true").build(), List.of(), NOON));

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
    var place = Azures.place();
    var tagged =
        new AciPlace(
            place.pool(),
            place.poolUid(),
            place.endpoint(),
            place.subscriptionId(),
            place.resourceGroup(),
            place.location(),
            place.subnetId(),
            place.priority(),
            place.unnamed(),
            Map.of("team", "data", AciTags.POOL_UID, "another"));

    var tags =
        new AciRequests(tagged).of(group().script("main", "true").build(), List.of(), NOON).tags();

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
    return Azures.json(new AciRequests(Azures.place()).of(group, List.of(), NOON));
  }

  private static JsonNode container(JsonNode group) {
    return group.at("/properties/containers/0/properties");
  }
}
