package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.RegistryLogin;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.ContainerDependency;
import software.amazon.awssdk.services.ecs.model.LaunchType;
import software.amazon.awssdk.services.ecs.model.TaskDefinition;

class FargateRequestsTest {
  private static final String ARN =
      "arn:aws:secretsmanager:us-east-1:123456789012:secret:vn/x-AbCdEf";
  private static final long MIB = 1024 * 1024;

  @Test
  void aGroupOfOneContainerInTheWordsOfEcs() throws Exception {
    var group =
        Fargates.group()
            .restarts(RestartPolicy.ON_FAILURE)
            .image("registry.example/app:1", PullPolicy.IF_NOT_PRESENT)
            .resources(new Resources(500, 512 * MIB), new Resources(500, 600 * MIB))
            .environment("EMPTY", "")
            .container("app", List.of("app"), List.of("--fast"))
            .build();

    var asked = asked(group);

    // As text, so that a difference explains itself.
    assertThat(ContentText.of(asked.definition()).toPrettyString())
        .isEqualTo(
            json(
                """
                {
                  "containerDefinitions": [
                    {
                      "cpu": 512,
                      "dockerLabels": {
                        "io.virtualnodes.part": "MAIN",
                        "io.virtualnodes.restart-policy": "ON_FAILURE"
                      },
                      "entryPoint": ["app"],
                      "essential": true,
                      "image": "registry.example/app:1",
                      "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {
                          "awslogs-group": "/virtual-nodes/burst",
                          "awslogs-region": "us-east-1",
                          "awslogs-stream-prefix": "vn",
                          "mode": "blocking"
                        }
                      },
                      "memory": 600,
                      "memoryReservation": 512,
                      "name": "app",
                      "stopTimeout": 30
                    }
                  ],
                  "cpu": "512",
                  "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
                  "memory": "1024",
                  "networkMode": "awsvpc",
                  "requiresCompatibilities": ["FARGATE"],
                  "runtimePlatform": {
                    "cpuArchitecture": "X86_64",
                    "operatingSystemFamily": "LINUX"
                  }
                }
                """));
    assertThat(ContentText.of(asked.overrides()).toPrettyString())
        .isEqualTo(
            json(
                """
                {
                  "containerOverrides": [
                    {
                      "command": ["--fast"],
                      "environment": [
                        {"name": "HOSTNAME", "value": "host-of-pod"},
                        {"name": "EMPTY", "value": ""}
                      ],
                      "name": "app"
                    }
                  ]
                }
                """));
  }

  @Test
  void groupsThatDifferInWhatATaskCanBeToldShareADefinition() {
    var one = asked(told(GroupId.first("one"), "1"));
    var other = asked(told(GroupId.first("other"), "2"));

    assertThat(one.definition()).isEqualTo(other.definition());
    assertThat(one.overrides()).isNotEqualTo(other.overrides());
  }

  @Test
  void whatDoesNotFitIntoOverridesGetsADefinitionOfItsOwn() {
    var fits = asked(told(Fargates.ID, "x".repeat(7_900)));
    var asked = asked(told(Fargates.ID, "x".repeat(8_200)));

    assertThat(fits.definition().containerDefinitions().getFirst().environment()).isEmpty();
    assertThat(asked.overrides().containerOverrides()).isEmpty();
    assertThat(asked.definition().containerDefinitions().getFirst().environment())
        .anyMatch(variable -> variable.value().length() == 8_200);
  }

  @Test
  void ofSeveralContainersNoneEndsTheTask() {
    var definition =
        asked(
                Fargates.group()
                    .init("first", "true")
                    .init("second", "true")
                    .script("main", "true")
                    .script("more", "true")
                    .build())
            .definition();

    assertThat(definition.containerDefinitions())
        .extracting(ContainerDefinition::name, ContainerDefinition::essential)
        .containsExactly(
            org.assertj.core.api.Assertions.tuple("first", false),
            org.assertj.core.api.Assertions.tuple("second", false),
            org.assertj.core.api.Assertions.tuple("main", false),
            org.assertj.core.api.Assertions.tuple("more", false),
            org.assertj.core.api.Assertions.tuple(FargateNames.KEEPER, true));
    assertThat(definition.containerDefinitions())
        .extracting(
            one -> one.dependsOn().stream().map(ContainerDependency::containerName).toList())
        .containsExactly(
            List.of(), List.of("first"), List.of("second"), List.of("second"), List.of());
  }

  @Test
  void whatASecretSaysIsNowhereInTheTask() {
    var group =
        FargateRefusalsTest.with(
            Fargates.group()
                .volume(
                    new Volume.Files("files", List.of(new File("a", "file-word".getBytes(), 0400))))
                .mount("files", "/files", true)
                .container("main", List.of(), List.of()),
            "TOKEN",
            "secret-word");
    var login = Map.of("main", new RegistryLogin("registry.example", "me", "login-word"));
    var secrets = GroupSecrets.of(group, login);

    var asked = new FargateRequests(Fargates.place()).of(group, secrets, List.of(ARN, ARN + "2"));

    var text = asked.definition().toString() + asked.overrides();
    assertThat(text).doesNotContain("secret-word", "file-word", "login-word");
    assertThat(secrets.texts()).hasSize(2).first().asString().contains("secret-word");
    assertThat(secrets).hasToString("GroupSecrets[2 hidden]");
    var containers = asked.definition().containerDefinitions();
    assertThat(containers)
        .extracting(ContainerDefinition::name)
        .containsExactly(FargateNames.FILLER, "main");
    assertThat(containers.getLast().secrets())
        .extracting(secret -> secret.name() + "=" + secret.valueFrom())
        .containsExactly(
            "TOKEN=" + ARN + ":k0::" + FargateNames.version(secrets.texts().getFirst()));
    assertThat(containers.getLast().repositoryCredentials().credentialsParameter())
        .isEqualTo(ARN + "2");
    assertThat(containers.getLast().dependsOn())
        .extracting(ContainerDependency::containerName)
        .containsExactly(FargateNames.FILLER);
  }

  /** Each secret has its price. */
  @Test
  void twoPiecesOfAnArchiveShareASecret() {
    var random = new byte[40_000];
    new Random(1).nextBytes(random);
    var group =
        Fargates.group()
            .volume(new Volume.Files("files", List.of(new File("a", random, 0444))))
            .mount("files", "/files", true)
            .container("main", List.of(), List.of())
            .build();

    var secrets = GroupSecrets.of(group, Map.of());

    assertThat(secrets.files()).hasSize(2);
    assertThat(secrets.texts()).hasSize(1);
  }

  @Test
  void aDefinitionTellsTheNextProcessWhatItIsFor() {
    var group =
        Fargates.group()
            .restarts(RestartPolicy.ALWAYS)
            .init("first", "true")
            .script("main", "true")
            .script("more", "true")
            .build();
    var asked = asked(group).definition();

    var shape =
        TaskShape.of(
            TaskDefinition.builder().containerDefinitions(asked.containerDefinitions()).build());

    assertThat(shape).isPresent();
    assertThat(shape.get().policy()).isEqualTo(RestartPolicy.ALWAYS);
    assertThat(shape.get().containers())
        .extracting(TaskShape.Shaped::name, TaskShape.Shaped::part)
        .containsExactly(
            org.assertj.core.api.Assertions.tuple("first", ContainerGroup.Part.INIT),
            org.assertj.core.api.Assertions.tuple("main", ContainerGroup.Part.MAIN),
            org.assertj.core.api.Assertions.tuple("more", ContainerGroup.Part.MAIN));
  }

  @Test
  void sharedFileSystemsAreInEveryContainer() {
    var place =
        Fargates.place(
            List.of("subnet-a"),
            List.of(FargatePlace.Capacity.ON_DEMAND),
            List.of(
                new FargatePlace.SharedFileSystem("fs-1", Optional.of("fsap-1"), "/data", true)));
    var group = Fargates.group().init("first", "true").script("main", "true").build();

    var definition =
        new FargateRequests(place)
            .of(group, GroupSecrets.of(group, Map.of()), List.of())
            .definition();

    assertThat(definition.volumes()).hasSize(1);
    assertThat(definition.volumes().getFirst().efsVolumeConfiguration().fileSystemId())
        .isEqualTo("fs-1");
    assertThat(definition.containerDefinitions())
        .allSatisfy(
            one ->
                assertThat(one.mountPoints())
                    .singleElement()
                    .satisfies(
                        mount -> {
                          assertThat(mount.containerPath()).isEqualTo("/data");
                          assertThat(mount.readOnly()).isTrue();
                        }));
  }

  @Test
  void aFileSystemOfAPodsOwnIsMountedWhereItSaysAsItsVolumeSays() {
    var group =
        Fargates.group()
            .volume(new Volume.ElasticFileSystem("data", "fs-1", "/", Optional.of("fsap-1"), false))
            .volume(
                new Volume.ElasticFileSystem("old", "fs-1", "/years/2024", Optional.empty(), true))
            .mount("data", "/data", false)
            .mount("old", "/old", false)
            .script("main", "true")
            .build();

    var definition = asked(group).definition();

    var data = definition.volumes().getFirst().efsVolumeConfiguration();
    assertThat(data.fileSystemId()).isEqualTo("fs-1");
    assertThat(data.rootDirectory()).as("an access point has its own").isNull();
    assertThat(data.authorizationConfig().accessPointId()).isEqualTo("fsap-1");
    assertThat(data.transitEncryptionAsString()).isEqualTo("ENABLED");
    var old = definition.volumes().getLast().efsVolumeConfiguration();
    assertThat(old.rootDirectory()).isEqualTo("/years/2024");
    assertThat(old.authorizationConfig()).isNull();
    assertThat(definition.containerDefinitions().getLast().mountPoints())
        .extracting(mount -> mount.containerPath() + " " + mount.readOnly())
        .containsExactly("/data false", "/old true");
  }

  @Test
  void onlyPodsOfAServiceAccountThatThePoolNamesHaveARole() {
    var named = asked(Fargates.group().serviceAccount("importer").script("main", "true").build());
    var other = asked(Fargates.group().script("main", "true").build());

    assertThat(named.definition().taskRoleArn())
        .isEqualTo("arn:aws:iam::123456789012:role/importer");
    assertThat(other.definition().taskRoleArn()).isNull();
  }

  @Test
  void everySubnetIsTriedForEachKindOfCapacity() {
    var place =
        Fargates.place(
            List.of("subnet-a", "subnet-b"),
            List.of(FargatePlace.Capacity.SPOT, FargatePlace.Capacity.ON_DEMAND),
            List.of());
    var launch = FargateLaunch.first("pool-uid", Fargates.ID);

    var attempts = FargateRequests.attempts(place, launch.text(), 0);

    assertThat(attempts)
        .extracting(FargateRequests.Attempt::capacity)
        .containsExactly(
            FargatePlace.Capacity.SPOT,
            FargatePlace.Capacity.SPOT,
            FargatePlace.Capacity.ON_DEMAND,
            FargatePlace.Capacity.ON_DEMAND);
    assertThat(attempts.subList(0, 2))
        .extracting(FargateRequests.Attempt::subnet)
        .containsExactlyInAnyOrder("subnet-a", "subnet-b");
  }

  @Test
  void theSameTaskIsAskedForByTheSameTokenAndAnotherByAnother() {
    var requests = new FargateRequests(Fargates.place());
    var group = Fargates.group().script("main", "true").build();
    var launch = FargateLaunch.first("pool-uid", group.id());
    var attempts = FargateRequests.attempts(Fargates.place(), launch.text(), 0);
    var overrides = asked(group).overrides();

    var one = requests.run(launch, group.owner(), "arn", overrides, attempts.getFirst());
    var again = requests.run(launch, group.owner(), "arn", overrides, attempts.getFirst());
    var elsewhere = requests.run(launch, group.owner(), "arn", overrides, attempts.getLast());

    assertThat(one).isEqualTo(again);
    assertThat(one.clientToken()).hasSize(64).isNotEqualTo(elsewhere.clientToken());
    assertThat(one.launchType()).isEqualTo(LaunchType.FARGATE);
    assertThat(one.startedBy()).isEqualTo(launch.text());
    assertThat(FargateRequests.owner("burst", one.group())).contains(group.owner());
  }

  private static ContainerGroup told(GroupId id, String index) {
    return Fargates.group().id(id).environment("INDEX", index).script("main", "true").build();
  }

  private static FargateRequests.Asked asked(ContainerGroup group) {
    return new FargateRequests(Fargates.place())
        .of(group, GroupSecrets.of(group, Map.of()), List.of());
  }

  private static String json(String text) throws Exception {
    JsonNode parsed = new ObjectMapper().readTree(text);
    return parsed.toPrettyString();
  }
}
